"""`grader bundle`: an archive that carries the grader and one exercise to another grading service."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import click

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def bundle() -> None:
    """Write an exercise as an archive for a grading service."""


@bundle.command()
@click.argument("exercise")
@click.option("-o", "--output", type=_FILE, default=Path("autograder.zip"), show_default=True, metavar="FILE", help="Where it goes.")
@click.option("--profile", metavar="NAME", default="native", show_default=True, help="Which generation of the assignment is asked.")
@click.option("--rubrics", type=_FOLDER, metavar="DIR", help="A folder whose rubric goes before the grader's own.")
@click.option("--holdout-secret", "hidden", is_flag=True, help="Put your own secret for the hidden images into the archive.")
def gradescope(exercise: str, output: Path, profile: str, rubrics: Path | None, hidden: bool) -> None:
    """Write Gradescope's autograder.zip.

    It runs from the zip alone. Without --holdout-secret it measures on the public practice images, which students have, too.
    """
    from grader import course  # noqa: PLC0415
    from grader.bundle import write_gradescope  # noqa: PLC0415
    from grader.judge import load_rubric  # noqa: PLC0415
    from grader.runs.secret import holdout_secret  # noqa: PLC0415

    from .output import replace, require_writable  # noqa: PLC0415

    require_writable(output, "-o", "autograder.zip")
    asked = course.load_from(rubrics, exercise, profile)
    points = sum(criterion.points for criterion in load_rubric(asked).criteria)
    secret = holdout_secret() if hidden else None
    content = write_gradescope(asked, secret.value if secret else None)
    with _private(hidden):
        replace(output, content)
    click.echo(f"{output}: {len(content) / 1e6:.1f} MB. Upload it in Gradescope under Configure Autograder.")
    click.echo(f"There, first: give the assignment {points:g} points and the container at least 2 CPUs, 4 GB and 20 minutes.")
    if secret:
        click.echo(f"It holds the secret of your hidden images ({secret.source}): whoever gets the file can draw them.", err=True)
    else:
        click.echo("It measures on the public practice images; --holdout-secret puts yours in.", err=True)


@contextlib.contextmanager
def _private(wanted: bool) -> Iterator[None]:
    """Let new files be readable by their owner alone."""
    before = os.umask(0o077) if wanted else None
    try:
        yield
    finally:
        if before is not None:
            os.umask(before)

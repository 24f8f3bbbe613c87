"""`grader explain-mark`: how a mark came about, from stored evidence, and a bundle to look into it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.contracts.errors import GraderError, UsageError

if TYPE_CHECKING:
    from grader.runs.explaining import Marked
    from grader.runs.reading import Reader

_RUN = click.Path(file_okay=False, path_type=Path)


@click.command("explain-mark")
@click.argument("run", type=_RUN)
@click.argument("student")
@click.argument("criterion", required=False)
@click.option("--exercise", metavar="NAME", help="Which exercise, where the student has several.")
@click.option(
    "--bundle",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.zip",
    help="Write what the student needs to look into it and to grade it again.",
)
def explain_mark(run: Path, student: str, criterion: str | None, exercise: str | None, bundle: Path | None) -> None:
    """Show how a mark was decided, point by point."""
    from grader.runs.explaining import explained, marked  # noqa: PLC0415
    from grader.runs.reading import Reader  # noqa: PLC0415
    from grader.runs.written import remember  # noqa: PLC0415

    with Reader(run) as store:
        found = marked(store, student, exercise)
        if criterion:
            found = [one for one in found if any(each.id == criterion for each in one.mark.report.criteria)] or found[:1]
        click.echo("\n".join(explained(one, criterion) for one in found), nl=False)
        if bundle is None:
            return
        if len(found) > 1:
            raise UsageError(f"{student} has marks in several exercises.", hint="Say which one to bundle with --exercise.")
        remember(run, bundle, "")  # it is the student's alone
        _write(store, found[0], bundle)
    click.echo(f"Bundle: {bundle}", err=True)


def _write(store: Reader, found: Marked, bundle: Path) -> None:
    from grader.runs.appeals import write_bundle  # noqa: PLC0415

    if bundle.suffix.lower() != ".zip":
        raise UsageError(f"--bundle {bundle}: a bundle is a .zip file.", hint=f"Try --bundle {bundle}.zip")
    if not bundle.resolve().parent.is_dir():
        raise UsageError(f"--bundle {bundle}: the folder {bundle.parent} does not exist.", hint="Make it first, or name another.")
    draft = bundle.with_name(f".{bundle.name}.part")
    try:
        write_bundle(store, found, draft)
        draft.replace(bundle)
    except OSError as error:
        raise GraderError(f"{bundle} could not be written: {error.strerror or error}.", hint="Is there space left on the disk?") from error
    finally:
        draft.unlink(missing_ok=True)

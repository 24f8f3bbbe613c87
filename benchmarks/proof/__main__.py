"""`python -m benchmarks.proof`: proves solutions and experiments, writes docs/proof.md, and fails where a claim does not hold."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from grader import course
from grader.contracts.errors import GraderError
from grader.trials.measuring import Reuse, close_warm_pipeline
from grader.trials.variants import solutions_folder

from .proving import HALVES, prove


@click.command()
@click.argument("exercises", nargs=-1)
@click.option("--seeds", default=5, show_default=True, type=click.IntRange(1), help="Of each side of an experiment.")
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1), help="Processes side by side, of one computing thread each.")
@click.option("--only", type=click.Choice(HALVES), help="One half of the proof.")
@click.option("--fresh", "reuse", flag_value="nothing", help="Measure again what is stored.")
@click.option("--stored", "reuse", flag_value="stored alone", help="Measure nothing: show what is stored.")
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="Where to write the page. Default: docs/proof.md, of a whole proof."
)
def main(exercises: tuple[str, ...], seeds: int, jobs: int, only: str | None, reuse: Reuse | None, output: Path | None) -> None:
    """Prove EXERCISES, or all of them. What was measured is kept: stopped, it goes on where it was."""
    try:
        solutions = solutions_folder()
        names = [course.load(name).name for name in exercises] or course.names()
        problems, text = prove(solutions, names, seeds=seeds, jobs=jobs, only=only, reuse=reuse or "stored")
    except GraderError as error:
        raise click.ClickException(f"{error.message} {error.hint}".rstrip()) from error
    finally:
        close_warm_pipeline()
    if output is None and not exercises and only is None:
        output = solutions.parent / "docs" / "proof.md"
    if output is not None:
        output.write_text(text, encoding="utf-8")
    click.echo(text)
    for problem in problems:
        click.echo(f"Not as claimed: {problem}", err=True)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()

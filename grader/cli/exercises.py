"""`grader exercises`: which exercises there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from grader.words import Table as Words

from .language import language_option

if TYPE_CHECKING:
    from grader import course


WORDS = Words("exercises", {"week": "Week", "name": "Name", "title": "Title", "points": "Points", "next": "Next: {command}"})


@click.command()
@language_option
def exercises() -> None:
    """List the exercises."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from grader import course  # noqa: PLC0415
    from grader.course.translated import title_of  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(WORDS["week"], justify="right")
    table.add_column(WORDS["name"], style="cyan", no_wrap=True)
    table.add_column(WORDS["title"], overflow="fold")
    table.add_column(WORDS["points"], justify="right")
    for exercise in map(course.load, course.names()):
        table.add_row(str(exercise.week), Text(exercise.name), Text(title_of(exercise)), f"{_points(exercise):g}")
    console = Console()
    console.print(table)
    console.print("\n" + WORDS["next"].format(command="grader start NAME"), highlight=False)


def _points(exercise: course.Exercise) -> float:
    total = 0.0
    for index, criterion in enumerate(exercise.criteria):
        points = criterion.get("points", 0)
        if not isinstance(points, int | float):
            raise exercise.document.error("`points` must be a number", *exercise.place(index, "points"))
        total += points
    return total

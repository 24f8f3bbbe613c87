"""`grader similar`: likely copies in a run, and who has the same network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .language import language_option

if TYPE_CHECKING:
    from rich.console import Console

    from grader.report.pairs import Pair

_SHOWN = 20  # pairs in the terminal


@click.command()
@click.argument("run", type=click.Path(file_okay=False, path_type=Path))
@click.option("--exercise", metavar="NAME", help="Only this one.")
@click.option("--at-least", type=click.FloatRange(0.5, 1.0), default=0.8, show_default=True, help="Share of what is a student's own.")
@language_option
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Where the page goes; by default RUN/similar.html.")
def similar(run: Path, exercise: str | None, at_least: float, output: Path | None) -> None:
    """Show likely copies in a run.

    Functions are compared without names, comments and layout; what the starter or many of the class have is left out.
    A likeness is a reason to look, not a verdict.
    """
    from rich.console import Console  # noqa: PLC0415

    from grader import course  # noqa: PLC0415
    from grader.contracts.errors import UsageError  # noqa: PLC0415
    from grader.course.translated import title_of  # noqa: PLC0415
    from grader.report.class_words import CLASS  # noqa: PLC0415
    from grader.report.pairs import MOST_PAIRS, pairs_page  # noqa: PLC0415
    from grader.runs import similarity  # noqa: PLC0415
    from grader.runs.reading import Reader  # noqa: PLC0415
    from grader.runs.written import remember  # noqa: PLC0415

    from .output import replace, require_writable  # noqa: PLC0415

    file = output or run / "similar.html"
    with Reader(run) as store:
        require_writable(file, "-o")
        there = {row.exercise for row in store.rows()}
        names = [name for name in course.names() if name in there and exercise in (None, name)]
        if not names:
            raise UsageError(
                f"Nothing of {exercise or 'any exercise'} was graded in this run.", hint=f"`grader gradebook {run}` lists what was."
            )
        pairs = [pair for name in names for pair in similarity.similar(store, name, at_least=at_least)]
        pairs.sort(key=lambda pair: -pair.share)
        count, pairs = len(pairs), similarity.linking(pairs)
        cautions = [caution for name in names for caution in similarity.cautions(store, name)]
        networks = {name: groups for name in names if (groups := [one.students for one in similarity.same_networks(store, name)])}
        titles = {name: title_of(course.load(name)) for name in names}
    console = Console()
    _show(console, pairs, count)
    for caution in cautions:
        console.print(caution, highlight=False)
    for name, groups in networks.items():
        sharing = sum(len(students) for students in groups)
        shared = f"{len(groups)} {'network' if len(groups) == 1 else 'networks'}"
        console.print(f"{name}: {sharing} students share {shared}; the commonest is that of {len(groups[0])}.", highlight=False)
    if networks:
        console.print(CLASS["why-networks"], style="dim", highlight=False)
    remember(run, file, f"grader similar {run}" + (f" -o {file}" if output else ""))
    replace(file, pairs_page(pairs, networks, name=run.resolve().name, titles=titles, cautions=cautions))
    more = f" ({MOST_PAIRS} of them)" if len(pairs) > MOST_PAIRS else ""
    click.echo(f"Side by side{more}: {file}")


def _show(console: Console, pairs: list[Pair], count: int) -> None:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from grader.report.text import one_line  # noqa: PLC0415
    from grader.report.wording import percent  # noqa: PLC0415

    console.print(_counted(count, len(pairs)), highlight=False)
    if not pairs:
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for title in ("Student", "Student", "Exercise", "Share", "Tokens"):
        table.add_column(title, justify="right" if title in ("Share", "Tokens") else "left", overflow="fold")
    for pair in pairs[:_SHOWN]:
        names = [Text(one_line(side.student)) for side in (pair.left, pair.right)]
        table.add_row(*names, pair.exercise, percent(pair.share), str(pair.tokens))
    console.print(table)
    if len(pairs) > _SHOWN:
        console.print(f"… and {len(pairs) - _SHOWN} more.", highlight=False)


def _counted(pairs: int, shown: int) -> str:
    if not pairs:
        return "No two submissions are alike."
    linked = f" {shown} of them link all who are alike." if shown < pairs else ""
    return f"{'One pair is' if pairs == 1 else f'{pairs} pairs are'} alike.{linked} That is a reason to look, not a verdict."

"""`grader gradebook` and `grader review`: a run's marks as a table, and what needs a human."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from grader.runs.attention import Attention
    from grader.runs.gradebook import Cell, Gradebook

_RUN = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)
_LISTED = 4  # of each kind of thing that needs a human, under the table


@click.command()
@click.argument("run", type=_RUN)
@click.option("--csv", "csv_file", type=_FILE, metavar="FILE", help="Write the table as CSV.")
@click.option("--roster", type=_FILE, metavar="CSV", help="Who should have handed something in.")
@click.option("--policy", "policy_file", type=_FILE, metavar="FILE", help="Deadlines and what lateness costs; kept in the run.")
def gradebook(run: Path, csv_file: Path | None, roster: Path | None, policy_file: Path | None) -> None:
    """Show a run's marks, and what needs a human."""
    from rich.console import Console  # noqa: PLC0415

    from grader import course  # noqa: PLC0415
    from grader.runs import gradebook as books  # noqa: PLC0415
    from grader.runs.attention import needs_a_human  # noqa: PLC0415
    from grader.runs.people import read_roster  # noqa: PLC0415
    from grader.runs.reading import Reader  # noqa: PLC0415
    from grader.runs.written import remember  # noqa: PLC0415

    from .output import replace, require_writable  # noqa: PLC0415

    if csv_file:
        require_writable(csv_file, "--csv")
    if policy_file:
        _keep_policy(run, policy_file)
    with Reader(run) as store:
        named = read_roster(roster).named(row.student for row in store.rows()) if roster else store.roster()
        book = books.gradebook(store, course.names(), named)
        human = needs_a_human(store)
    console = Console()
    _show_book(console, book)
    _show_late(console, book)
    if human:
        _show_attention(
            console, [one for index, one in enumerate(human) if [each.kind for each in human[:index]].count(one.kind) < _LISTED]
        )
        more = f"{len(human)} things need a human; `grader review {run}` lists all. " if len(human) > _LISTED else ""
        advice = f"`grader explain-mark {run} STUDENT` shows how a mark came about, `grader override` decides."
        console.print(f"\n{more}{advice}", highlight=False, markup=False)
    if csv_file:
        remember(run, csv_file, f"grader gradebook {run} --csv {csv_file}")
        replace(csv_file, books.to_csv(book))
        click.echo(f"CSV: {csv_file}", err=True)


@click.command()
@click.argument("run", type=_RUN)
def review(run: Path) -> None:
    """List what needs a human, with the reason."""
    from rich.console import Console  # noqa: PLC0415

    from grader.runs.attention import needs_a_human  # noqa: PLC0415
    from grader.runs.reading import Reader  # noqa: PLC0415

    with Reader(run) as store:
        human = needs_a_human(store)
    console = Console()
    if not human:
        console.print("Nothing needs a human.", highlight=False)
        return
    _show_attention(console, human)


def _keep_policy(run: Path, file: Path) -> None:
    from grader.runs.policy import read_policy  # noqa: PLC0415
    from grader.runs.store import Store  # noqa: PLC0415

    _, text = read_policy(file)
    with Store(run) as store:
        store.keep_policy(text)


def _show_book(console: Console, book: Gradebook) -> None:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from grader.report.text import one_line  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("Student", overflow="fold", min_width=12)
    for name in book.exercises:
        table.add_column(name, justify="right", overflow="fold")
    table.add_column("Total", justify="right", overflow="fold")
    for student, cells in book.rows.items():
        table.add_row(Text(one_line(student)), *(_shown(cell) for cell in cells.values()), f"{book.total(student):g}")
    console.print(table)


def _shown(cell: Cell) -> str:
    if cell.points is None:
        return cell.state
    return f"{cell.points:g}/{cell.max_points:g}" + ("*" if cell.raw != cell.points else "")


def _show_late(console: Console, book: Gradebook) -> None:
    late = [(student, name, cell) for student, cells in book.rows.items() for name, cell in cells.items() if cell.raw != cell.points]
    if late:
        _heading(console, "* Late")
    for student, name, cell in late:
        _say(console, f"{student}, {name}: {cell.raw:g} → {cell.points:g}: {cell.late}")


def _show_attention(console: Console, human: list[Attention]) -> None:
    from grader.runs.attention import KINDS  # noqa: PLC0415

    kind = None
    for one in human:
        if one.kind != kind:
            kind = one.kind
            _heading(console, f"Needs a human: {KINDS[one.kind].lower()}")
        where = "" if one.exercise == "?" else f", {one.exercise}"
        _say(console, f"{one.student}{where}: {one.why}")


def _heading(console: Console, text: str) -> None:
    console.print(f"\n{text}", style="bold", highlight=False, markup=False)


def _say(console: Console, text: str) -> None:
    """Print a row; its continuation is indented."""
    from rich.padding import Padding  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from grader.report.text import one_line  # noqa: PLC0415

    first, *rest = Text(one_line(text)).wrap(console, max(console.width - 4, 20))
    console.print(Padding(first, (0, 0, 0, 2), expand=False))
    for line in rest:
        console.print(Padding(line, (0, 0, 0, 4), expand=False))

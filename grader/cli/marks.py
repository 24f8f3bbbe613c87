"""`grader regrade`, `override`, `gradebook` and `forget`: a run's marks, judged again, decided by hand, as a table, or removed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.contracts.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from grader.runs import Change
    from grader.runs.gradebook import Gradebook

_RUN = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("run", type=_RUN)
@click.option("--rubrics", type=_RUN, metavar="DIR", help="Where the rubrics are; by default the grader's own.")
@click.option("--apply", "apply_", is_flag=True, help="Write the new marks; without it they are only shown.")
def regrade(run: Path, rubrics: Path | None, apply_: bool) -> None:
    """Judge a run's stored evidence again.

    No submission is run and nothing is trained: only rubrics and decisions may have changed.
    """
    from rich.console import Console  # noqa: PLC0415

    from grader import runs  # noqa: PLC0415

    with runs.Store(run) as store:
        changes = runs.regrade(store, rubrics)
        console = Console()
        _show_changes(console, changes)
        changed = [change for change in changes if change.changed]
        if apply_ and changed:
            store.judge_again([(change.mark.submission, change.after) for change in changed], "judged again")
            console.print(f"{len(changed)} marks were written; the earlier ones are kept.", highlight=False)
        elif changed:
            console.print(f"Nothing was written. Next: grader regrade {run} --apply", highlight=False, markup=False)


@click.command()
@click.argument("run", type=_RUN)
@click.argument("student")
@click.argument("criterion")
@click.argument("points", type=click.FloatRange(min=0))
@click.option("--why", required=True, help="The reason, which the student reads.")
@click.option("--exercise", metavar="NAME", help="Which exercise, where the student has several with this criterion.")
def override(run: Path, student: str, criterion: str, points: float, why: str, exercise: str | None) -> None:
    """Decide a criterion by hand; the decision outlives every rubric."""
    from grader import runs  # noqa: PLC0415
    from grader.runs.override import with_overrides  # noqa: PLC0415

    with runs.Store(run) as store:
        marks = [mark for mark in store.marks() if mark.student == student and exercise in (None, mark.exercise)]
        if not marks:
            raise UsageError(f"{student!r} has no mark in this run.", hint=f"`grader gradebook {run}` lists who has.")
        fitting = [(mark, one) for mark in marks for one in mark.report.criteria if one.id == criterion]
        if not fitting:
            known = ", ".join(one.id for mark in marks for one in mark.report.criteria)
            raise UsageError(f"There is no criterion {criterion!r}.", hint=f"There are: {known}.")
        if len(fitting) > 1:
            raise UsageError(f"{student} has several exercises with {criterion!r}.", hint="Say which with --exercise.")
        mark, judged = fitting[0]
        if points > judged.max_points:
            raise UsageError(f"{criterion} is worth {judged.max_points:g} points; {points:g} are more.", hint="Points go up to that.")
        store.override(student, mark.exercise, criterion, points, why)
        after = with_overrides(mark.report, {criterion: (points, why)})
        store.judge_again([(mark.submission, after)], f"decided by hand: {why}", by_hand=True)
        click.echo(f"{student}, {mark.exercise}: {mark.report.points:g} → {after.points:g} of {after.max_points:g} points.")


@click.command()
@click.argument("run", type=_RUN)
@click.option("--csv", "csv_file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write the table as CSV.")
@click.option("--roster", type=click.Path(dir_okay=False, path_type=Path), metavar="CSV", help="Who should have handed something in.")
def gradebook(run: Path, csv_file: Path | None, roster: Path | None) -> None:
    """Show a run's marks, and what needs a human."""
    from rich.console import Console  # noqa: PLC0415

    from grader import course, runs  # noqa: PLC0415
    from grader.runs import gradebook as books  # noqa: PLC0415

    from .output import replace, require_writable  # noqa: PLC0415

    if csv_file:
        require_writable(csv_file, "--csv")
    with runs.Reader(run) as store:
        named = books.read_roster(roster) if roster else store.roster()
        book = books.gradebook(store, course.names(), named)
        human = runs.needs_a_human(store)
    console = Console()
    _show_book(console, book)
    if human:
        console.print("\nNeeds a human:", style="bold")
        for one in human:
            console.print(f"  {one.student}, {one.exercise}: {one.kind}: {one.why}", highlight=False, markup=False)
    if csv_file:
        replace(csv_file, books.to_csv(book))
        click.echo(f"CSV: {csv_file}", err=True)


@click.command()
@click.argument("run", type=_RUN)
@click.argument("student")
@click.confirmation_option(prompt="Remove everything that this run knows of them?")
def forget(run: Path, student: str) -> None:
    """Remove a student from a run.

    What was read of their files, evidence that is theirs alone, marks and decisions.
    """
    from grader import runs  # noqa: PLC0415

    with runs.Store(run) as store:
        removed = store.forget(student)
    if not removed:
        raise UsageError(f"{student!r} is not in this run.", hint=f"`grader gradebook {run}` lists who is.")
    click.echo(f"{removed} submissions of {student} were removed. The files that they handed in lie where they lay.")


def _show_changes(console: Console, changes: list[Change]) -> None:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    changed = [change for change in changes if change.changed]
    stale = [change for change in changes if change.stale]
    if changed:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for title in ("Student", "Exercise", "Before", "After", "Because of"):
            table.add_column(title, justify="right" if title in ("Before", "After") else "left", overflow="fold")
        for change in changed:
            before = change.mark.report
            old = {one.id: (one.points, one.max_points, one.status) for one in before.criteria}
            because = [one.id for one in change.after.criteria if old.get(one.id) != (one.points, one.max_points, one.status)]
            because += [f"without {id_}" for id_ in old if id_ not in {one.id for one in change.after.criteria}]
            table.add_row(
                Text(change.mark.student),
                change.mark.exercise,
                f"{before.points:g}/{before.max_points:g}",
                f"{change.after.points:g}/{change.after.max_points:g}",
                ", ".join(because),
            )
        console.print(table)
    console.print(f"{len(changed)} of {len(changes)} marks change.", highlight=False)
    if stale:
        console.print(
            f"{len(stale)} submissions need new evidence ({stale[0].stale}): run `grader grade` for them.", highlight=False, markup=False
        )


def _show_book(console: Console, book: Gradebook) -> None:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("Student", overflow="fold")
    for name in book.exercises:
        table.add_column(name, justify="right", overflow="fold")
    table.add_column("Total", justify="right")
    for student, cells in book.rows.items():
        shown = [cell.state if cell.points is None else f"{cell.points:g}/{cell.max_points:g}" for cell in cells.values()]
        table.add_row(Text(student), *shown, f"{book.total(student):g}")
    console.print(table)

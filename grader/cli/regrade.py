"""`grader regrade`: judges a run's stored evidence again, and shows who changes before it writes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from grader.runs.regrading import Change

_RUN = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("run", type=_RUN)
@click.option("--rubrics", type=_RUN, metavar="DIR", help="A folder of rubrics that go before the grader's own; kept in the run.")
@click.option("--apply", "apply_", is_flag=True, help="Write the new marks; without it they are only shown.")
def regrade(run: Path, rubrics: Path | None, apply_: bool) -> None:
    """Judge a run's stored evidence again.

    No submission is run and nothing is trained: only rubrics and decisions may have changed.
    """
    from rich.console import Console  # noqa: PLC0415

    from grader import course  # noqa: PLC0415
    from grader.runs.regrading import regrade as judged_again  # noqa: PLC0415
    from grader.runs.rubrics import kept_rubrics  # noqa: PLC0415
    from grader.runs.store import Store  # noqa: PLC0415
    from grader.words.marks import MARKS  # noqa: PLC0415

    with Store(run) as store:
        folder = kept_rubrics(store, rubrics)
        changes = judged_again(store, folder)
        console = Console()
        _show_changes(console, changes)
        changed = [change for change in changes if change.changed]
        if apply_:
            store.keep_rubrics(folder)
            for change in {change.after.rubric_digest: change for change in changed}.values():
                used = course.load_from(folder, change.after.exercise, change.after.profile)
                store.keep_rubric(change.after.rubric_digest, change.after.protocol_digest, used.rubric_path)
        if apply_ and changed:
            store.judge_again([(change.mark.submission, change.after) for change in changed], MARKS.kept("judged-again"))
            console.print(f"{len(changed)} marks were written; the earlier ones are kept.", highlight=False)
        elif changed:
            chosen = f" --rubrics {rubrics}" if rubrics else ""
            console.print(f"Nothing was written. Next: grader regrade {run}{chosen} --apply", highlight=False, markup=False)


def _show_changes(console: Console, changes: list[Change]) -> None:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    changed = [change for change in changes if change.changed]
    stale = [change for change in changes if change.stale]
    if changed:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for title in ("Student", "Exercise", "Before", "After", "Change", "Because of"):
            table.add_column(title, justify="right" if title in ("Before", "After", "Change") else "left", overflow="fold")
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
                f"{change.after.points - before.points:+g}",
                ", ".join(because) or f"{change.after.pass_mark:g} points pass now",
            )
        console.print(table)
    up, down = (sum(sign * (one.after.points - one.mark.report.points) > 0 for one in changed) for sign in (1, -1))
    how = f": {up} up, {down} down, {len(changed) - up - down} in something else than points" if changed else ""
    console.print(f"{len(changed)} of {len(changes)} marks change{how}.", highlight=False)
    for why in dict.fromkeys(change.stale for change in stale):
        number = sum(change.stale == why for change in stale)
        console.print(
            f"{number} submissions need new evidence ({why}): their marks stay until `grader grade` measures them with these rubrics.",
            highlight=False,
            markup=False,
        )

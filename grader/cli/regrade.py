"""`grader regrade`: judges a run's stored evidence again, and shows who changes before it writes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from grader.runs import Change

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

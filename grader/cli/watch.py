"""`grader check --watch`: grades again at every save, tells what changed, and lets a training go that an edit made pointless."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from grader.contracts.errors import GraderError, SubmissionError, UsageError
from grader.contracts.progress import Step
from grader.words import Table as Words

if TYPE_CHECKING:
    from rich.console import Console

    from grader.contracts.report import Report

Stamp = tuple[tuple[str, int, int], ...]
_SUBMISSIONS = {".py", ".ipynb", ".zip"}

WORDS = Words("watch", {"again": "Saved again: starting over.", "watching": "Watching {file}; Ctrl-C ends."})


class Saved(BaseException):
    """Ends a grading whose file has changed. No `Exception`, so that nothing on the way takes it for a fault."""


class Watch:
    """One file, or the folder that holds it: notices a save while something runs, and waits for one while nothing does."""

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()
        self._seen: Stamp = ()

    def begin(self) -> None:
        """Take what is there now as known."""
        self._seen = self._stamp()

    def step(self, step: Step) -> None:
        """Raise `Saved` where the file has changed since `begin` and a training is under way: all else is over in a moment."""
        if step.stage == "training" and self._changed():
            raise Saved

    def wait(self) -> None:
        """Return once the file has changed."""
        from watchfiles import watch  # noqa: PLC0415

        folder = self._path if self._path.is_dir() else self._path.parent
        # A look now and then too: not every network drive tells of its changes.
        for _ in watch(folder, recursive=False, yield_on_timeout=True, rust_timeout=1000, raise_interrupt=True):
            if self._changed():
                return

    def _changed(self) -> bool:
        now = self._stamp()
        # While it saves, an editor removes the file for a moment, or empties it.
        return now != self._seen and bool(now) and all(size for _, _, size in now)

    def _stamp(self) -> Stamp:
        files = self._path.iterdir() if self._path.is_dir() else [self._path]
        try:
            return tuple(
                (file.name, state.st_mtime_ns, state.st_size)
                for file in sorted(files)
                if file.suffix in _SUBMISSIONS
                for state in [file.stat()]
            )
        except OSError:
            return ()


def watch(path: Path, check: Callable[[Watch], Report], show: Callable[[Report], None], console: Console) -> Iterator[Report | None]:
    """Grade now and whenever the file was saved, without end; yields each answer once it was shown, None for a file that cannot be read."""
    watched, before = Watch(path), None
    while True:
        watched.begin()
        report = None
        try:
            report = check(watched)
        except Saved:
            console.print(WORDS["again"], style="dim")
            continue
        except (SubmissionError, UsageError) as error:  # a file half edited; anything else ends the command
            _heading(console)
            _say(console, error)
        else:
            _heading(console)
            show(report)
            changes(console, before, report)
            before = report
        console.print("\n" + WORDS["watching"].format(file=path.resolve().name), style="dim", highlight=False, markup=False)
        yield report
        watched.wait()


def changes(console: Console, before: Report | None, after: Report) -> None:
    """Say which criteria are judged otherwise than last time, and what that makes of the mark."""
    if before is None or before.exercise != after.exercise:
        return
    from grader.report.wording import STATES, SYMBOLS, number  # noqa: PLC0415
    from grader.report.wording import WORDS as REPORT  # noqa: PLC0415
    from grader.words import speaking  # noqa: PLC0415

    old = {criterion.id: criterion for criterion in before.criteria}
    with speaking(after.language):
        console.print(f"\n{REPORT['since']}", style="bold")
        for now in after.criteria:
            was = old.get(now.id)
            if was is None or (was.status, was.points) == (now.status, now.points):
                continue
            states = f"{STATES[was.status]} → {STATES[now.status]} ({number(was.points)} → {number(now.points)})"
            style = "green" if now.points > was.points else "red" if now.points < was.points else ""
            _indented(console, f"  {SYMBOLS[now.status]} ", f"{now.title}: {states}", style)
        points = {"before": number(before.points), "points": number(after.points), "total": number(after.max_points)}
        _indented(console, "  ", REPORT["mark-changed" if before.points != after.points else "mark-same"].format(**points))


def _indented(console: Console, lead: str, text: str, style: str = "") -> None:
    """Print a line whose continuation stands under its first word."""
    from rich.padding import Padding  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    row = Table.grid()
    row.add_row(Text(lead, style=style), Text(text, style=style, overflow="fold"))
    console.print(Padding(row, 0))


def _heading(console: Console) -> None:
    console.print()
    console.rule(time.strftime("%H:%M:%S"), style="dim")


def _say(console: Console, error: GraderError) -> None:
    from grader.report.text import many_lines  # noqa: PLC0415

    console.print(many_lines(error.message), style="bold red", highlight=False, markup=False)
    if error.hint:
        console.print(many_lines(error.hint), highlight=False, markup=False)

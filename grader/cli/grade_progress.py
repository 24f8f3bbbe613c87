"""How a run is shown: bars, rate and what each worker does on a terminal; one line per submission in a log."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Self

from grader.contracts.progress import Step
from grader.contracts.report import Report
from grader.report.text import one_line
from grader.report.wording import number

from .progress import described

if TYPE_CHECKING:
    from rich.console import Console

    from grader.runs.reading import Row
    from grader.runs.store import Store


def display(console: Console, store: Store) -> Log | Bars:
    """Return the display that suits the console."""
    return Bars(console, store) if console.is_terminal and not console.is_dumb_terminal else Log(console, store)


class Log(AbstractContextManager["Log"]):
    """A line per submission."""

    def __init__(self, console: Console, store: Store) -> None:
        self._console, self._store = console, store
        self._lock = threading.Lock()
        self._todo = self._done = self._failed = 0

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Leave everything as printed."""

    def planned(self, todo: int, known: int, unreadable: int) -> None:
        """Say what there is to do."""
        self._todo = todo
        also = [f"{known} unchanged"] * bool(known) + [f"{unreadable} cannot be read"] * bool(unreadable)
        self._print(f"{todo} to grade" + (f" ({', '.join(also)})" if also else ""))

    def step(self, worker: int, row: Row, step: Step) -> None:
        """Leave steps out."""

    def finished(self, worker: int, row: Row, outcome: Report | str) -> None:  # noqa: ARG002 - one line whoever did it
        """Print what came of a submission."""
        with self._lock:
            self._done += 1
            self._failed += isinstance(outcome, str)
            self._print(f"[{self._done}/{self._todo}] {_outcome(row, outcome)}")

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, emoji=False, soft_wrap=True)


class Bars(Log):
    """A bar with rate and remaining time, and a line per worker."""

    def __init__(self, console: Console, store: Store) -> None:
        super().__init__(console, store)
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn  # noqa: PLC0415

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
        )
        self._all = self._progress.add_task("graded", total=None, note="")
        self._workers: dict[int, int] = {}

    def __enter__(self) -> Self:
        """Begin to show."""
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Take the display away."""
        self._progress.stop()

    def planned(self, todo: int, known: int, unreadable: int) -> None:
        """Say what there is to do."""
        super().planned(todo, known, unreadable)
        self._progress.update(self._all, total=todo)

    def step(self, worker: int, row: Row, step: Step) -> None:
        """Show what a worker does."""
        with self._lock:
            if worker not in self._workers:
                self._workers[worker] = int(self._progress.add_task("", total=None, note=""))
            task = self._workers[worker]
        text = f"  {one_line(row.student)[:24]}: {described(step)}"
        self._progress.update(task, description=text[:60], total=step.total or None, completed=step.done)  # type: ignore[arg-type]

    def finished(self, worker: int, row: Row, outcome: Report | str) -> None:
        """Count a submission."""
        super().finished(worker, row, outcome)
        note = f"{self._failed} failed" if self._failed else ""
        self._progress.update(self._all, completed=self._done, note=note)


def _outcome(row: Row, outcome: Report | str) -> str:
    who = one_line(row.student)
    if isinstance(outcome, str):
        return f"{who}: no mark: {one_line(outcome)}"
    cause = f": {one_line(outcome.causes[0].sentence)}" if outcome.causes else ""
    return f"{who}, {outcome.exercise}: {number(outcome.points)} of {number(outcome.max_points)}{cause}"

"""Signs of life while a submission is graded: a small live display on a terminal, a line per event in a log."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Self

from grader.contracts.progress import Step
from grader.contracts.submission import Finding
from grader.report.text import one_line
from grader.report.wording import WORDS as REPORT_WORDS
from grader.report.wording import number
from grader.words import Table
from grader.words.places import placed

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from grader.contracts.report import Report

STAGES = Table(
    "progress.stages",
    {
        "reading": "Reading",
        "building": "Building",
        "structure": "Examining",
        "training": "Training",
        "judging": "Judging",
    },
)
DOING = Table(
    "progress.doing",
    {
        "calling": "calling {what}",
        "criteria": "criteria",
        "data": "handing out data",
        "drawing": "drawing {what}",
        "drawing-holdout": "drawing the holdout",
        "fetching": "fetching {what}, in MB",
        "functions": "your functions",
        "probes": "probes",
        "structure": "what was built",
        "training": "on the grader's own terms",
        "try": "try {what}",
    },
)
WORDS = Table(
    "progress",
    {
        "error": "error: {finding}",
        "note": "note: {finding}",
        "accuracy": "accuracy {accuracy:.2f}",
        "so-far": "So far {points} of {total} points; training decides about the rest.",
        "settled": "{points} of {total} points; a few measurements for the report follow.",
    },
)
_SECONDS = 5.0  # between two lines of a log about the same thing
_BAR = 20  # characters


def display(console: Console) -> Live | Plain:
    """Return the display that suits the console."""
    return Live(console) if console.is_terminal and not console.is_dumb_terminal else Plain(console)


def describe(finding: Finding) -> str:
    """Return a finding as a line."""
    where = f"{placed(finding.place)}: " if finding.place else ""
    return one_line(f"{where}{finding.message}")


def described(step: Step) -> str:
    """Return a step as a line."""
    what = f": {said}" if (said := doing(step)) else ""
    counted = f" {step.done}/{step.total}" if step.total else ""
    accuracy = f", {_accuracy(step)}" if step.accuracy is not None else ""
    return f"{STAGES[step.stage]}{what}{counted}{accuracy}"


def doing(step: Step) -> str:
    """Return what a step is about: "calling create_model", "dnn, try 1"."""
    what = one_line(DOING[step.doing].format(what=step.text) if step.doing else step.text)
    return f"{one_line(step.training)}, {what}" if step.training else what


def undecided(report: Report) -> bool:
    """Whether a training decides about points that are still open."""
    from grader.contracts.verdict import Status  # noqa: PLC0415

    return any(criterion.status is Status.PENDING for criterion in report.criteria)


def standing(report: Report) -> list[tuple[str, str]]:
    """Return how things stand before probes and training, as styled lines: the first cause as the answer will have it, and the points."""
    lines = []
    for cause in report.causes[:1]:
        where = placed(cause.place) if cause.place is not None else ""
        told = (("expected", cause.expected), ("found", cause.found), ("where", where))
        lines.append((one_line(cause.sentence), "bold red"))
        width = max(len(REPORT_WORDS[key]) for key, _ in told)
        lines += [(f"  {REPORT_WORDS[key]:{width}} {one_line(text)}", "") for key, text in told if text]
        lines += [(f"  {'':{width}} {one_line(cause.line)}", "cyan")] if cause.line else []
    key = "so-far" if undecided(report) else "settled"
    return [*lines, (WORDS[key].format(points=number(report.points), total=number(report.max_points)), "")]


class Plain(AbstractContextManager["Plain"]):
    """Prints a line when something new begins, and while it lasts at most one every few seconds. Safe to call from several threads."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._said: dict[tuple[str, int], tuple[str, float]] = {}  # stage, lane -> text and when
        self._lock = threading.Lock()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Leave everything as printed."""

    def step(self, step: Step) -> None:
        """Print a step, or leave it out."""
        now, what = self._clock(), doing(step)
        with self._lock:
            text, when = self._said.get((step.stage, step.lane), ("", 0.0))
            finished = 0 < step.total <= step.done
            if text == what and now - when < _SECONDS and not finished:
                return
            self._said[step.stage, step.lane] = (what, now)
            self._print(described(step))

    def finding(self, finding: Finding) -> None:
        """Print a finding at once."""
        with self._lock:
            self._print(WORDS[finding.severity].format(finding=describe(finding)))

    def structure(self, report: Report) -> None:
        """Print how things stand before a training; without one, the answer itself is a moment away."""
        if not undecided(report):
            return
        with self._lock:
            for line, _ in standing(report):
                self._print(line)

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, emoji=False, soft_wrap=True)


class Live(AbstractContextManager["Live"]):
    """Shows findings, the stage and a bar for each try, and takes itself away at the end. Safe to call from several threads."""

    def __init__(self, console: Console) -> None:
        from rich.live import Live as RichLive  # noqa: PLC0415

        self._step: Step | None = None
        self._lanes: dict[int, Step] = {}
        self._findings: list[Finding] = []
        self._standing: list[tuple[str, str]] = []
        self._lock = threading.Lock()
        self._start = time.monotonic()
        self._live = RichLive(console=console, transient=True, get_renderable=self._render, refresh_per_second=8)

    def __enter__(self) -> Self:
        """Begin to show."""
        self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Take the display away."""
        self._live.stop()

    def step(self, step: Step) -> None:
        """Take note of a step; the next refresh shows it."""
        with self._lock:
            if self._step is None or self._step.stage != step.stage:
                self._lanes.clear()
            if step.total:
                self._lanes[step.lane] = step
            self._step = step

    def finding(self, finding: Finding) -> None:
        """Take note of a finding."""
        with self._lock:
            self._findings.append(finding)

    def structure(self, report: Report) -> None:
        """Take note of how things stand before probes and training."""
        with self._lock:
            self._standing = standing(report)

    def _render(self) -> RenderableType:
        from rich.console import Group  # noqa: PLC0415
        from rich.progress_bar import ProgressBar  # noqa: PLC0415
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        with self._lock:
            step, lanes, findings, stand = self._step, sorted(self._lanes.items()), list(self._findings), self._standing
        parts: list[RenderableType] = [
            Text(describe(finding), style="red" if finding.severity == "error" else "yellow") for finding in findings
        ]
        parts += [Text(line, style=style) for line, style in stand]
        if step is not None:
            seconds = int(time.monotonic() - self._start)
            head = Text.assemble((STAGES[step.stage], "bold"), f" {doing(step)}" if not lanes else "", (f"  {seconds} s", "dim"))
            parts.append(head)
        if lanes:
            table = Table.grid(padding=(0, 1))
            for _, lane in lanes:
                bar = ProgressBar(total=lane.total, completed=min(lane.done, lane.total), width=_BAR)
                table.add_row(Text(f"  {doing(lane)}"), bar, Text(f"{lane.done}/{lane.total}"), Text(_accuracy(lane)))
            parts.append(table)
        return Group(*parts)


def _accuracy(step: Step) -> str:
    return "" if step.accuracy is None else WORDS["accuracy"].format(accuracy=step.accuracy)

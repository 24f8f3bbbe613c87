"""Signs of life: a line per event in a log, a display that goes away on a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from grader.cli.progress import Live, Plain, display
from grader.contracts.base import Place
from grader.contracts.progress import Step
from grader.contracts.submission import Finding
from grader.contracts.verdict import Cause, Status

HOSTILE = "::error::x [bold]y[/bold] \x1b[31m\u202e"


def training(done: int, lane: int = 0, accuracy: float | None = None) -> Step:
    return Step(stage="training", text=f"try {lane + 1}", done=done, total=180, lane=lane, accuracy=accuracy)


@pytest.mark.parametrize(
    ("show", "status", "points"),
    [
        (Live, Status.PENDING, "So far 0 of 2 points; training decides about the rest."),
        (Plain, Status.PENDING, "So far 0 of 2 points; training decides about the rest."),
        (Live, Status.FAILED, "0 of 2 points; a few measurements for the report follow."),
        (Plain, Status.FAILED, ""),  # a log need not say twice what comes at once
    ],
)
def test_how_things_stand_names_the_first_cause_as_the_answer_will(report, show: type[Live | Plain], status: Status, points: str) -> None:
    cause = Cause(id="a", sentence="Too small.", expected="148", found="150", place=Place(file="submission.py", line=12))
    console = Console(file=io.StringIO(), width=80)
    shown = show(console)
    before = report(Status.FAILED)
    criteria = tuple(each.model_copy(update={"status": status}) for each in before.criteria)
    assert criteria
    shown.structure(before.model_copy(update={"causes": (cause, cause), "criteria": criteria}))
    if isinstance(shown, Live):
        console.print(shown._render())
    assert isinstance(console.file, io.StringIO)
    said = [line.strip() for line in console.file.getvalue().splitlines()]
    if not points:
        assert not said
        return
    first = said.index("Too small.")
    assert said[first + 1 : first + 5] == ["Expected: 148", "Found:    150", "Where:    submission.py, line 12", points]


class Clock:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("steps", "lines"),
    [
        ([(0, Step(stage="reading", text="a.py"))], ["Reading: a.py"]),
        ([(0, Step(stage="reading", text=""))], ["Reading"]),
        ([(0, Step(stage="reading", text="a.py")), (9, Step(stage="building", text="b"))], ["Reading: a.py", "Building: b"]),
        ([(0, training(1)), (1, training(2)), (2, training(3))], ["Training: try 1 1/180"]),
        ([(0, training(1)), (6, training(90, accuracy=0.756))], ["Training: try 1 1/180", "Training: try 1 90/180, accuracy 0.76"]),
        ([(0, training(1)), (1, training(180))], ["Training: try 1 1/180", "Training: try 1 180/180"]),
        ([(0, training(1)), (0, training(1, lane=1)), (1, training(2, lane=1))], ["Training: try 1 1/180", "Training: try 2 1/180"]),
        ([(0, Step(stage="building", text="f")), (0, Step(stage="building", text="g"))], ["Building: f", "Building: g"]),
        ([(0, Step(stage="building", text=HOSTILE))], ["Building: : :error: :x [bold]y[/bold] \\x1b[31m\\u202e"]),
    ],
)
def test_a_log_gets_few_plain_lines(steps: list[tuple[float, Step]], lines: list[str]) -> None:
    clock, out = Clock(), io.StringIO()
    plain = Plain(Console(file=out), clock)
    for seconds, step in steps:
        clock.now += seconds
        plain.step(step)
    assert out.getvalue().splitlines() == lines


def test_long_lines_of_a_log_are_not_broken() -> None:
    out = io.StringIO()
    Plain(Console(file=out, width=40)).step(Step(stage="building", text="x" * 100))
    assert out.getvalue() == f"Building: {'x' * 100}\n"


@pytest.mark.parametrize(("terminal", "kind"), [(True, Live), (False, Plain)])
def test_display_suits_the_console(terminal: bool, kind: type) -> None:
    assert isinstance(display(Console(file=io.StringIO(), force_terminal=terminal, _environ={"TERM": "xterm"})), kind)


def test_a_terminal_shows_findings_stage_and_tries_and_cleans_up() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=60, height=20, color_system=None, _environ={"TERM": "xterm"})
    with Live(console) as live:
        live.finding(Finding(id="x", severity="error", message=HOSTILE, place=Place(file="a.py", line=3)))
        live.step(Step(stage="training", text="on the grader's own terms"))
        live.step(training(60, accuracy=0.5))
        live.step(training(90, lane=1, accuracy=0.75))
        with console.capture() as captured:
            console.print(live._render())
    shown = captured.get()
    assert "a.py, line 3: : :error: :x [bold]y[/bold] \\x1b[31m\\u202e" in " ".join(shown.split())
    assert "Training" in shown
    first, second = [line for line in shown.splitlines() if "try " in line]
    assert "60/180" in first
    assert "0.50" in first
    assert "90/180" in second
    assert "0.75" in second
    assert max(map(len, shown.splitlines())) <= 60
    assert "\x1b[2K" in out.getvalue()  # what was shown is erased


def test_the_tries_of_an_earlier_stage_are_forgotten() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=60, _environ={"TERM": "xterm"})
    with Live(console) as live:
        live.step(training(60))
        live.step(Step(stage="judging", text="criteria"))
        with console.capture() as captured:
            console.print(live._render())
    assert "Judging" in captured.get()
    assert "try" not in captured.get()

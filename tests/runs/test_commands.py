"""`grader grade`, `gradebook`, `override`, `regrade` and `forget`, as an instructor types them."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from grader.cli import main
from grader.contracts.submission import Submission
from grader.runs.secret import VARIABLE

from .conftest import SECRET, FakePipeline

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, students: Path, pipeline: type[FakePipeline]) -> Run:
    """Run `grader` in a folder that holds `submissions`."""
    monkeypatch.chdir(students.parent)
    monkeypatch.setenv(VARIABLE, SECRET.decode())
    monkeypatch.setenv("COLUMNS", "80")
    return lambda *arguments: CliRunner().invoke(main, [str(a) for a in arguments], prog_name="grader")


@pytest.fixture
def graded(run: Run) -> Run:
    """The class is graded into `run`."""
    (Path("roster.csv")).write_text("student\nalice\nbob\nzoe\n", encoding="utf-8")
    result = run("grade", "submissions", "--run", "run", "--roster", "roster.csv", "--jobs", 1)
    assert result.exit_code == 0, result.stderr
    return run


def test_a_class_from_submissions_to_gradebook(graded: Run) -> None:
    again = graded("grade", "submissions", "--run", "run")
    assert "0 to grade (4 unchanged, 1 cannot be read)" in again.stderr
    assert "Done: 4 graded, 1 unreadable." in again.stdout
    shown = graded("gradebook", "run", "--csv", "marks.csv")
    words = " ".join(shown.stdout.split())
    assert "alice 10/10 10" in words
    assert "zoe missing 0" in words
    assert "Needs a human: could not be read dora:" in words
    assert Path("marks.csv").read_text(encoding="utf-8").startswith("student,output-shapes,output-shapes status,total")


def test_every_submission_is_a_line_of_the_log(run: Run) -> None:
    lines = run("grade", "submissions", "--run", "run", "--jobs", 1).stderr.splitlines()
    assert lines[0] == "4 to grade (1 cannot be read)"
    assert len([line for line in lines if line.startswith("[")]) == 4
    assert any(line.startswith("[2/4] bob, output-shapes: 8 of 10: `conv_model`") for line in lines)


def test_an_interrupt_lets_what_is_under_way_finish(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    told = threading.Event()
    monkeypatch.setattr("grader.cli.grade._say", lambda _, text: told.set() if text.startswith("Finishing") else None)

    def interrupted(_: Submission) -> None:
        if not told.is_set():
            os.kill(os.getpid(), signal.SIGINT)
            told.wait(60)

    monkeypatch.setattr(FakePipeline, "fault", staticmethod(interrupted))
    stopped = run("grade", "submissions", "--run", "run", "--jobs", 1)
    assert (stopped.exit_code, "Stopped: 1 graded, 1 unreadable, 3 still to do." in stopped.stdout) == (130, True)
    again = run("grade", "submissions", "--run", "run", "--jobs", 1)
    assert (again.exit_code, "Done: 4 graded, 1 unreadable." in again.stdout) == (0, True)


def test_a_decision_by_hand_and_a_changed_rubric(graded: Run) -> None:
    decided = graded("override", "run", "bob", "conv-148", "1", "--why", "half of it is right")
    assert "bob, output-shapes: 8 → 9 of 10 points." in decided.stdout
    assert "0 of 4 marks change." in graded("regrade", "run").stdout
    Path("rubrics").mkdir()
    own = Path(__file__).parents[2] / "rubrics/output-shapes.yaml"
    text = own.read_text(encoding="utf-8")
    assert "points: 3" in text
    Path("rubrics/output-shapes.yaml").write_text(text.replace("points: 3", "points: 5"), encoding="utf-8")
    shown = " ".join(graded("regrade", "run", "--rubrics", "rubrics").stdout.split())
    assert "alice output-shapes 10/10 12/12 +2 chain-148-74" in shown
    assert "4 of 4 marks change: 3 up, 0 down, 1 in something else than points. Nothing was written." in shown
    assert "Next: grader regrade run --rubrics rubrics --apply" in shown
    assert "alice 10/10" in " ".join(graded("gradebook", "run").stdout.split())
    graded("regrade", "run", "--rubrics", "rubrics", "--apply")
    assert "alice 12/12" in " ".join(graded("gradebook", "run").stdout.split())
    assert "bob 11/12" in " ".join(graded("gradebook", "run").stdout.split())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("grade", "nowhere", "--run", "run"), "There is no file or folder"),
        (("gradebook", "submissions"), "is no run"),
        (("override", "run", "zoe", "conv-148", "1", "--why", "x"), "'zoe' has no mark"),
        (("override", "run", "bob", "conv", "1", "--why", "x"), "There are: conv-148"),
        (("override", "run", "bob", "conv-148", "7", "--why", "x"), "worth 2 points"),
        (("forget", "run", "nobody", "--yes"), "'nobody' is not in this run"),
    ],
)
def test_a_wrong_request_is_a_sentence(graded: Run, arguments: tuple[str, ...], words: str) -> None:
    result = graded(*arguments)
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_forgotten(graded: Run) -> None:
    for command in (("report", "run"), ("similar", "run", "-o", "alike.html"), ("gradebook", "run", "--csv", "marks.csv")):
        assert graded(*command).exit_code == 0
    graded("explain-mark", "run", "bob", "--bundle", "appeal.zip")
    graded("explain-mark", "run", "alice", "--bundle", "other.zip")
    told = " ".join(graded("forget", "run", "bob", "--yes").stdout.split())
    assert "1 submissions of bob were removed" in told
    for path, advice in (
        ("run/site", "`grader report run` writes it anew"),
        ("alike.html", "`grader similar run -o alike.html` writes it anew"),
        ("marks.csv", "`grader gradebook run --csv marks.csv` writes it anew"),
        ("appeal.zip", "delete it"),
    ):
        assert f"{Path(path).resolve()}: {advice}" in told
    assert "other.zip" not in told
    assert "bob" not in Path("run/written.jsonl").read_text(encoding="utf-8")
    assert "bob missing" in " ".join(graded("gradebook", "run").stdout.split())  # only the roster still names them

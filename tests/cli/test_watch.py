"""`grader check --watch`: a save is noticed while nothing runs and while a training does, and what changed is said."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from grader.cli.watch import Saved, Watch, changes, watch
from grader.contracts.errors import GraderError, SubmissionError
from grader.contracts.progress import Step
from grader.contracts.report import Report
from grader.contracts.verdict import Status

ROOT = Path(__file__).parents[2]
SHAPES = (ROOT / "solutions/output-shapes/solution.py").read_text(encoding="utf-8")
TRAINING, BUILDING = Step(stage="training", text="try 1"), Step(stage="building", text="")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "submission.py"
    path.write_text("x = 1\n", encoding="utf-8")
    return path


@pytest.fixture
def console() -> Console:
    return Console(file=StringIO(), width=80)


def said(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return " ".join(console.file.getvalue().split())


@pytest.mark.parametrize("whole_folder", [False, True])
def test_only_a_training_is_let_go_when_the_file_was_saved(file: Path, whole_folder: bool) -> None:
    watched = Watch(file.parent if whole_folder else file)
    watched.begin()
    watched.step(TRAINING)
    (file.parent / "report.html").write_text("what the command itself writes")
    watched.step(TRAINING)
    file.write_text("x = 22\n", encoding="utf-8")
    watched.step(BUILDING)
    with pytest.raises(Saved):
        watched.step(TRAINING)
    file.write_text("")  # as an editor does that writes in place
    watched.step(TRAINING)
    file.unlink()  # and one that puts a new file there
    watched.step(TRAINING)


def test_a_save_during_a_training_starts_over_and_one_after_it_is_answered(file: Path, report, console: Console) -> None:
    runs: list[str] = []

    def check(watched: Watch) -> Report:
        runs.append(file.read_text(encoding="utf-8"))
        if len(runs) == 1:
            file.write_text("x = 333\n", encoding="utf-8")
        watched.step(TRAINING)
        if len(runs) == 3:
            raise SubmissionError("This is not valid Python.", hint="Mend it.")
        return report(Status.FAILED if len(runs) == 2 else Status.PASSED)

    answers = watch(file, check, lambda _: None, console)
    assert next(answers).status is Status.FAILED
    assert runs == ["x = 1\n", "x = 333\n"]
    assert "starting over" in said(console)
    file.write_text("x = (\n", encoding="utf-8")
    assert next(answers) is None
    assert "This is not valid Python. Mend it." in said(console)
    file.write_text("x = 55555\n", encoding="utf-8")
    assert next(answers).status is Status.PASSED
    assert "148×148: failed → passed (0 → 2)" in said(console)
    assert "0 → 2 of 2 points" in said(console)


def test_a_fault_of_the_grader_ends_the_watch(file: Path, console: Console) -> None:
    def check(_: Watch) -> Report:
        raise GraderError("The disk is full.")

    with pytest.raises(GraderError):
        next(watch(file, check, lambda _: None, console))


@pytest.mark.parametrize(
    ("before", "after", "words", "not_said"),
    [
        (None, Status.PASSED, "", "Since"),
        (Status.PASSED, Status.PASSED, "still 2 of 2 points", "→"),
        (Status.PASSED, Status.FAILED, "passed → failed (2 → 0)", "still"),
    ],
)
def test_what_changed(report, console: Console, before: Status | None, after: Status, words: str, not_said: str) -> None:
    changes(console, report(before) if before else None, report(after))
    assert words in said(console)
    assert not_said not in said(console)


def test_a_long_line_of_what_changed_goes_on_under_its_first_word(report) -> None:
    narrow = Console(file=io.StringIO(), width=30)
    changes(narrow, report(Status.FAILED), report(Status.PASSED))
    first, second = narrow.file.getvalue().split("Since the last save:\n")[1].splitlines()[:2]
    assert first.startswith("  ✓ ")
    assert second.startswith("    ")
    assert second.strip()


def test_json_cannot_go_to_stdout_again_and_again(run) -> None:
    result = run("check", "--watch", "--json", "-")
    assert result.exit_code == 2
    assert "--json report.json" in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_the_real_command_answers_each_save_and_ends_at_an_interrupt(tmp_path: Path) -> None:
    file = tmp_path / "submission.py"
    file.write_text(SHAPES.replace("Conv2D(16, (3, 3)", "Conv2D(16, (3, 3), padding='same'"), encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-m", "grader", "check", str(file), "--watch"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        try:
            first = _until(process, lambda said: "Ctrl-C ends" in said)
            file.write_text(SHAPES, encoding="utf-8")
            second = _until(process, lambda said: "Ctrl-C ends" in said)
            os.killpg(process.pid, signal.SIGINT)
            process.wait(60)
        finally:
            process.kill()
    assert "✗ failed" in first
    assert "10 of 10 points" in second
    assert "failed → passed" in second
    assert process.returncode == 130


def _until(process: subprocess.Popen[str], enough: Callable[[str], bool]) -> str:
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if enough(said):
            return said
    pytest.fail(f"it ended:\n{said}")

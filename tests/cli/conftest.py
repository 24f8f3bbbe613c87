"""Runs the commands in this process, with a pipeline that answers what the test wants."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner, Result

import grader
from grader.cli import main
from grader.contracts.base import Place
from grader.contracts.evidence import Versions
from grader.contracts.progress import Step
from grader.contracts.report import Report
from grader.contracts.submission import Finding
from grader.contracts.verdict import CriterionVerdict, Status


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `grader` with arguments in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("COLUMNS", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    return lambda *arguments: CliRunner().invoke(main, [str(a) for a in arguments], prog_name="grader")


@pytest.fixture
def listing() -> Callable[[Path], list[str]]:
    """Return the names in a folder, in order."""
    return lambda folder: sorted(path.name for path in folder.iterdir())


@pytest.fixture
def report() -> Callable[..., Report]:
    """Make a small report with one criterion of the given status."""

    def make(status: Status, title: str = "Output sizes", file: str = "submission.py") -> Report:
        points = 2.0 if status is Status.PASSED else 0.0
        criterion = CriterionVerdict(id="conv-148", title="148×148", status=status, points=points, max_points=2, function="conv_model")
        return Report(
            file=file,
            exercise="output-shapes",
            title=title,
            week=1,
            profile="native",
            data="embedded",
            status=status,
            points=points,
            max_points=2,
            pass_mark=1.2,
            criteria=(criterion,),
            causes=(),
            notes=(),
            findings=(),
            left_out=(),
            submission_digest="a" * 64,
            rubric_digest="b" * 64,
            protocol_digest="c" * 64,
            holdout_digest="",
            official_mark=False,
            versions=Versions(grader="0.1.0", python="3.13.1"),
            isolation=(),
            timings=(),
        )

    return make


class FakePipeline:
    """Stands in for `grader.pipeline`: notes how it was called, and answers with a report or an exception."""

    def __init__(self) -> None:
        self.answer: Report | BaseException | None = None
        self.calls: list[dict[str, Any]] = []

    def check(
        self, path: Path, *, exercise: Any, profile: Any, data: Any, rubrics: Any, progress: Any, on_finding: Any, on_structure: Any
    ) -> Report:
        self.calls.append({"path": path, "exercise": exercise, "profile": profile, "data": data})
        progress(Step(stage="reading", text="submission.py"))
        on_finding(Finding(id="syntax-error", severity="error", message="A bracket is open.", place=Place(file="submission.py", line=3)))
        if isinstance(self.answer, Report):
            on_structure(self.answer)
        progress(Step(stage="training", text="try 1", done=20, total=180, accuracy=0.5))
        if isinstance(self.answer, BaseException):
            raise self.answer
        assert self.answer is not None
        return self.answer


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> FakePipeline:
    """Put a pipeline in place that imports and trains nothing."""
    fake = FakePipeline()
    module = ModuleType("grader.pipeline")
    module.check = fake.check  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "grader.pipeline", module)
    monkeypatch.setattr(grader, "pipeline", module, raising=False)
    return fake

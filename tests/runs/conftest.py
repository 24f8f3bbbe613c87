"""A class whose measuring is done once for all tests: everything else of a run is real."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

import pytest

from grader import course
from grader.contracts.errors import GraderError
from grader.contracts.evidence import Evidence
from grader.contracts.progress import Step
from grader.contracts.report import Report
from grader.contracts.submission import Submission
from grader.judge import load_rubric
from grader.pipeline import Pipeline
from grader.runs.reading import Row
from grader.runs.store import Store
from grader.submission import read_submission

ROOT = Path(__file__).parents[2]
SOLUTION = ROOT / "solutions/output-shapes/solution.py"
PADDED = ROOT / "solutions/output-shapes/wrong/m57-convolution-padded.py"
STARTER = ROOT / "exercises/output-shapes/submission.py"
SECRET = b"a secret of a test"


@pytest.fixture(scope="session")
def measured() -> dict[str, Evidence]:
    """What the real pipeline measures of three files, by the digest of the submission."""
    found = {}
    with Pipeline(secret=SECRET, workers=1) as pipeline:
        for file in (SOLUTION, PADDED, STARTER):
            submission = read_submission(file)
            asked = course.load(submission.exercise)
            found[submission.digest] = pipeline.measure(submission, asked, load_rubric(asked))
    return found


class FakePipeline:
    """Answers from what was measured before, and counts; `faults` tells which submissions the machine fails at."""

    known: ClassVar[dict[str, Evidence]]
    asked_for: ClassVar[list[str]]
    fault: Callable[[Submission], GraderError | None] = staticmethod(lambda _: None)

    def __init__(self, **_: Any) -> None:
        """Take what the real one takes."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Nothing was started."""

    def measure(self, submission: Submission, asked: Any, rubric: Any, *, progress: Any, clock: Any) -> Evidence:
        progress(Step(stage="building", doing="functions"))
        FakePipeline.asked_for.append(submission.file)
        if (trouble := FakePipeline.fault(submission)) is not None:
            raise trouble
        known = FakePipeline.known[submission.digest].model_dump_json()
        return Evidence.model_validate_json(known.replace(json.dumps(PADDED.name), json.dumps(submission.file)))


class Notes:
    """A display that remembers."""

    def __init__(self) -> None:
        self.plan: tuple[int, int, int] | None = None
        self.outcomes: dict[str, Report | str] = {}
        self._lock = threading.Lock()

    def planned(self, todo: int, known: int, unreadable: int) -> None:
        self.plan = (todo, known, unreadable)

    def step(self, worker: int, row: Row, step: Step) -> None:
        assert step.doing or step.text

    def finished(self, worker: int, row: Row, outcome: Report | str) -> None:
        with self._lock:
            self.outcomes[row.student] = outcome


@pytest.fixture
def pipeline(measured: dict[str, Evidence], monkeypatch: pytest.MonkeyPatch) -> type[FakePipeline]:
    """Put the fake in the real one's place."""
    monkeypatch.setattr(FakePipeline, "known", measured, raising=False)
    monkeypatch.setattr(FakePipeline, "asked_for", [], raising=False)
    monkeypatch.setattr("grader.runs.grading.Pipeline", FakePipeline)
    return FakePipeline


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def students(tmp_path: Path) -> Path:
    """Hand in for a small class: two equal solutions, a mistake, a starter and a file that is no Python."""
    folder = tmp_path / "submissions"
    for student, file in (("alice", SOLUTION), ("bob", PADDED), ("carl", STARTER), ("eve", SOLUTION)):
        (folder / student).mkdir(parents=True)
        (folder / student / "submission.py").write_bytes(file.read_bytes())
    (folder / "dora.py").write_text("def f(:\n", encoding="utf-8")
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "run", create=True) as store:
        yield store

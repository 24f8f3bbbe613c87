"""The pipeline measures an equal training once, and every other one anew."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from grader.contracts.evidence import Evidence
from grader.contracts.report import Report
from grader.contracts.training_facts import TrainingFacts
from grader.judge import load_rubric
from grader.pipeline import Pipeline
from grader.submission import read_submission

SOLUTION = Path(__file__).parents[1] / "solutions/fashion/solution.py"


@pytest.mark.parametrize(("digests", "trained"), [(["a", "a"], 1), (["a", "b", "a"], 2)])
def test_an_equal_training_is_not_repeated(monkeypatch: pytest.MonkeyPatch, digests: list[str], trained: int) -> None:
    made: list[TrainingFacts] = []

    def train(*_: Any) -> TrainingFacts:
        made.append(TrainingFacts(status="trained", holdout_accuracy=len(made) / 10))
        return made[-1]

    with Pipeline() as pipeline:
        monkeypatch.setattr(pipeline._examiner, "train", train)
        results = [pipeline._trained(SimpleNamespace(digest=digest), None, lambda _: None) for digest in digests]  # type: ignore[arg-type]
        impossible = TrainingFacts(status="impossible", reason="no loss")
        assert pipeline._trained(impossible, None, lambda _: None) is impossible  # type: ignore[arg-type]
    assert len(made) == trained
    assert results[0] is results[-1]


def _evidence(pipeline: Pipeline, file: Path) -> Evidence:
    submission = read_submission(file)
    asked = pipeline.asked(submission.exercise, "native")
    evidence = pipeline.measure(submission, asked, load_rubric(asked), train=False)
    calls = {name: call.model_copy(update={"seconds": 0.0}) for name, call in evidence.calls.items()}
    return evidence.model_copy(update={"calls": calls})


def test_what_is_kept_between_edits_changes_no_evidence_and_the_verdict_is_told_before_the_probes(tmp_path: Path) -> None:
    file, told = tmp_path / "submission.py", list[Report]()
    solution = SOLUTION.read_text(encoding="utf-8")
    edits = [solution, solution.replace("Conv2D(64", "Conv2D(8")]
    with Pipeline(keep=True) as pipeline:
        for text in edits:
            file.write_text(text, encoding="utf-8")
            report = pipeline.check(file, train=False, on_structure=told.append)
        kept = _evidence(pipeline, file)
    with Pipeline() as pipeline:
        fresh = _evidence(pipeline, file)
    assert kept == fresh
    assert fresh.probes
    assert len(told) == len(edits)
    assert told[-1].criteria == report.criteria

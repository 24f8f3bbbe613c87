"""The pipeline measures an equal training once, and every other one anew."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from grader.contracts.evidence import TrainingFacts
from grader.pipeline import Pipeline


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

"""Notebooks of three generations, as they are handed in, through the whole pipeline without training."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.contracts.verdict import Status
from grader.trials.conditions import Conditions, TrialPipeline
from tests.submission.handed_in import HandedIn, handed_in


@pytest.fixture(scope="module")
def pipeline() -> Iterator[TrialPipeline]:
    with TrialPipeline() as pipeline:
        yield pipeline.under(Conditions(brief=True))


@pytest.mark.parametrize("file", handed_in(), ids=lambda file: file.name)
def test_a_notebook_loses_what_is_wrong_with_it(file: HandedIn, pipeline: TrialPipeline, tmp_path: Path) -> None:
    report = pipeline.check(file.write(tmp_path), exercise=file.exercise, profile=file.profile, train=False)
    assert report.profile == file.profile
    assert {c.id: c.message for c in report.criteria if c.status in {Status.FAILED, Status.PARTIAL}}.keys() == set(file.fails)
    assert [c.id for c in report.criteria if c.status in {Status.ERROR, Status.UNATTEMPTED}] == []
    assert bool(report.causes) == bool(file.fails)

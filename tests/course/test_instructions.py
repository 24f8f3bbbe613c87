"""What an exercise tells its students is what its rubric says."""

from __future__ import annotations

import pytest

from grader import course
from grader.judge import load_rubric
from grader.judge.criteria import HoldoutAccuracy

ASKED = [
    pytest.param(name, criterion, id=f"{name}-{criterion.id}")
    for name in course.names()
    for criterion in load_rubric(course.load(name)).criteria
    if isinstance(criterion, HoldoutAccuracy)
]


@pytest.mark.parametrize(("name", "criterion"), ASKED)
def test_the_instructions_name_the_accuracies_of_the_rubric(name: str, criterion: HoldoutAccuracy) -> None:
    told = " ".join((course.load(name).folder / "README.md").read_text(encoding="utf-8").split())
    full, partial = round(100 * criterion.at_least), round(100 * (criterion.partial_from or 0))
    ways = (
        f"With {full} % of them right in the best epoch you get all {criterion.points:g} points, and between {partial} % and {full} % part",
        f"its {criterion.points:g} points with {full} % right in the best epoch, and part of them from {partial} %",
    )
    assert any(way in told for way in ways)


@pytest.mark.parametrize(("name", "criterion"), ASKED)
def test_a_threshold_was_measured(name: str, criterion: HoldoutAccuracy) -> None:
    assert criterion.calibration is not None
    assert criterion.calibration.runs >= 3

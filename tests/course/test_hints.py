"""Every criterion of every exercise and generation has three hints: a nudge, the idea, the shape of the code; never the solution."""

from __future__ import annotations

import re

import pytest

from grader import course
from grader.trials.variants import solutions_folder

ASKED = [(name, profile) for name in course.names() for profile in course.load(name).profiles]


@pytest.mark.parametrize(("name", "profile"), ASKED)
def test_a_criterion_has_three_hints_that_grow(name: str, profile: str) -> None:
    for criterion in course.load(name, profile).criteria:
        hints = criterion["hints"]
        assert len(hints) == len(set(hints)) == 3, criterion["id"]
        assert all(10 < len(hint) <= 200 for hint in hints), criterion["id"]


@pytest.mark.parametrize("name", course.names())
def test_no_hint_is_a_line_of_the_solution_that_stands_alone(name: str) -> None:
    solution = {line.strip() for line in (solutions_folder() / name / "solution.py").read_text(encoding="utf-8").splitlines()}
    answers = {line for line in solution if re.match(r"return |\w+ = ", line) and len(line) > 30}
    for criterion in course.load(name).criteria:
        assert not [line for line in answers for hint in criterion["hints"] if line in hint]

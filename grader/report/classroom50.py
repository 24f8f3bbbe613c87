"""Classroom 50's result.json (`classroom50/result/v1`): whole-number scores for a test of each criterion."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from grader.contracts.report import Report
from grader.contracts.verdict import CriterionVerdict, Status

from .gradescope import require_measured
from .plain import criterion_lines, explained
from .text import one_line
from .wording import counts

SCALE = 100  # scores must be whole numbers: hundredths of a point, for every submission alike, so that marks can be compared


@dataclass(frozen=True)
class Hand:
    """What Classroom 50 says about one hand-in."""

    classroom: str
    assignment: str
    assignment_type: Literal["individual", "group"]
    owner: str
    submission: str
    commit: str
    release: str
    review: str


def to_classroom50(reports: Sequence[Report], hand: Hand, when: datetime) -> str:
    """Return result.json for all that was handed in; `when` is in UTC.

    Criteria that could not be measured count for nothing in both sums. Raises `GraderError` where nothing at all could be measured.
    """
    for report in reports:
        require_measured(report)
    tests = [_test(report, criterion, named=len(reports) > 1) for report in reports for criterion in report.criteria]
    result = {
        "schema": "classroom50/result/v1",
        "classroom": hand.classroom,
        "assignment": hand.assignment,
        "assignment_type": hand.assignment_type,
        "owner": hand.owner,
        "submission": hand.submission,
        "commit": hand.commit,
        "release": hand.release,
        "review": hand.review,
        "datetime": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "score": sum(test["score"] for test in tests),
        "max-score": sum(test["max-score"] for test in tests),
        "tests": tests,
    }
    return json.dumps(result, indent=2) + "\n"


def _test(report: Report, criterion: CriterionVerdict, *, named: bool) -> dict[str, Any]:
    lines = criterion_lines(criterion, explained(report).get(criterion.id))
    return {
        "test-name": one_line(f"{report.exercise}: {criterion.title}" if named else criterion.title),
        "passed": criterion.status is Status.PASSED,
        "score": round(criterion.points * SCALE) if counts(criterion) else 0,
        "max-score": round(criterion.max_points * SCALE) if counts(criterion) else 0,
        # Other keys are kept: what a course's own tools may want.
        "id": criterion.id,
        "exercise": report.exercise,
        "status": criterion.status.value,
        "points": criterion.points,
        "max-points": criterion.max_points,
        "message": "\n".join(lines),
        "rubric": report.rubric_digest,
        "submission-digest": report.submission_digest,
    }

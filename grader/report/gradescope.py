"""Gradescope's results.json: a test for each criterion, the score as a share of all points, the report itself in `extra_data`."""

from __future__ import annotations

import json
from typing import Any

from grader.contracts.errors import GraderError
from grader.contracts.report import Report
from grader.contracts.verdict import CriterionVerdict, Status

from .json import to_json, without_pictures
from .plain import criterion_lines, explained, summary_lines
from .text import one_line
from .wording import WORDS, as_judged, counts, number


@as_judged
def to_gradescope(report: Report) -> str:
    """Return what goes into /autograder/results/results.json.

    Gradescope knows one total for an assignment, so where criteria could not be measured the mark is scaled to that total.
    Raises `GraderError` where nothing at all could be measured: without a file, Gradescope tells the instructor instead of giving a zero.
    """
    require_measured(report)
    full = sum(criterion.max_points for criterion in report.criteria)
    lines = summary_lines(report)
    if full != report.max_points:
        lines[1:1] = [WORDS["scaled"].format(points=number(full - report.max_points), total=number(full))]
    causes = explained(report)
    result = {
        "score": round(report.points * full / report.max_points, 4),
        "execution_time": round(sum(timing.seconds for timing in report.timings), 3),
        "output": "\n".join(lines),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [
            _test(number_, criterion, criterion_lines(criterion, causes.get(criterion.id)))
            for number_, criterion in enumerate(report.criteria, 1)
        ],
        # Without pictures: Gradescope hands every earlier attempt's results to each later one.
        "extra_data": {"report": json.loads(to_json(without_pictures(report)))},
    }
    return json.dumps(result, indent=2) + "\n"


def require_measured(report: Report) -> None:
    """Raise `GraderError` where no criterion counts, so that there is no mark to hand over."""
    if not report.max_points:
        raise GraderError(
            WORDS["nothing-measured"],
            hint=WORDS["doctor"],
        )


def _test(position: int, criterion: CriterionVerdict, lines: list[str]) -> dict[str, Any]:
    test: dict[str, Any] = {
        "number": str(position),
        "name": one_line(criterion.title),
        "output": "\n".join(lines),
        "tags": [criterion.id, criterion.status.value],
        "visibility": "visible",
        "extra_data": {
            "id": criterion.id,
            "status": criterion.status.value,
            "concept": criterion.concept,
            "function": None if criterion.function is None else one_line(criterion.function),
        },
    }
    if counts(criterion):
        passed = criterion.status is Status.PASSED
        test |= {"score": criterion.points, "max_score": criterion.max_points, "status": "passed" if passed else "failed"}
    return test

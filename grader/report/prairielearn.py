"""PrairieLearn's results.json: a share of all points, a test for each criterion."""

from __future__ import annotations

import json

from grader.contracts.report import Report
from grader.contracts.verdict import Status

from .plain import criterion_lines, explained, summary_lines
from .text import one_line
from .wording import WORDS, as_judged, counts

MOST_BYTES = 1_000_000  # PrairieLearn refuses a larger file
_OUTPUT_CHARACTERS = 100_000


@as_judged
def to_prairielearn(report: Report) -> str:
    """Return what goes into /grade/results/results.json.

    A fault of the grader makes the submission ungradable, which costs the student no attempt. There is no room for the whole report.
    """
    causes = explained(report)
    ours = report.status is Status.ERROR or not report.max_points
    lines = summary_lines(report)
    result = {
        "gradable": not ours,
        "score": round(report.points / report.max_points, 4) if report.max_points and not ours else 0,
        "message": lines[0],
        "output": "\n".join(lines)[:_OUTPUT_CHARACTERS],
        "format_errors": [WORDS["grader-failed"]] if ours else [],
        "tests": [
            {
                "name": one_line(criterion.title),
                "description": one_line(criterion.function or ""),
                "points": criterion.points,
                "max_points": criterion.max_points if counts(criterion) else 0,
                "message": lines[0] if lines else "",
                "output": "\n".join(lines[1:]),
            }
            for criterion in report.criteria
            for lines in [_limited(criterion_lines(criterion, causes.get(criterion.id)), _OUTPUT_CHARACTERS // len(report.criteria))]
        ],
    }
    return json.dumps(result, indent=2) + "\n"


def _limited(lines: list[str], characters: int) -> list[str]:
    """Return the first lines that together have at most so many characters, the last one cut."""
    kept = "\n".join(lines)[:characters]
    return kept.split("\n") if kept else []

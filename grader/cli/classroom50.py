"""`grader ci --classroom50`: what Classroom 50 says about a hand-in, and the two files that it takes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from grader.contracts.errors import UsageError

if TYPE_CHECKING:
    from grader.contracts.report import Report
    from grader.report.classroom50 import Hand

RESULT = Path("result.json")
BODY = Path("release-body.md")


def hand_in() -> Hand:
    """Return what Classroom 50 says about the hand-in, in variables."""
    from grader.report.classroom50 import Hand  # noqa: PLC0415

    def variable(*names: str) -> str:
        for name in names:
            if value := os.environ.get(name):
                return value
        raise UsageError(f"The variable {names[0]} is not set.", hint="--classroom50 is for an autograder that Classroom 50 runs.")

    kind = os.environ.get("ASSIGNMENT_TYPE") or "individual"
    return Hand(
        classroom=variable("CLASSROOM"),
        assignment=variable("ASSIGNMENT"),
        assignment_type="group" if kind == "group" else "individual",
        owner=variable("OWNER", "USERNAME"),
        submission=variable("SUBMISSION_TAG"),
        commit=variable("COMMIT_URL"),
        release=variable("RELEASE_URL"),
        review=variable("REVIEW_URL", "COMMIT_URL"),
    )


def write_classroom50(reports: Sequence[Report], hand: Hand) -> None:
    """Write the result and the text of the release where Classroom 50 looks for them."""
    from datetime import UTC, datetime  # noqa: PLC0415

    from grader.report import to_classroom50, to_markdown  # noqa: PLC0415

    from .output import replace  # noqa: PLC0415

    replace(RESULT, to_classroom50(reports, hand, datetime.now(UTC)))
    replace(BODY, "\n".join(map(to_markdown, reports)))

"""Why a mark was given: a run keeps the sentences in English."""

from __future__ import annotations

from .sentences import Sentences

MARKS = Sentences(
    "marks",
    {
        "graded": "graded",
        "judged-again": "judged again",
        "by-hand": "{criterion} decided by {who}: {why}",
    },
)

"""What is said around the message of an error."""

from __future__ import annotations

from . import Table

WORDS = Table(
    "troubles",
    {
        "error": "Error:",
        "not-counted": "This is not the submission's fault, and nothing is counted against it.",
        "interrupted": "Interrupted.",
        "own-fault": "This is the grader's own fault, not yours: {what}",
        "details-in": "The details are in {file}; please send that file to whoever runs the grader.",
        "details-lost": "The details could not be written to a file ({why}).",
    },
)

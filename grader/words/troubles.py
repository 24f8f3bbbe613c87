"""What is said around the message of an error."""

from __future__ import annotations

from . import Table

WORDS = Table(
    "troubles",
    {
        "error": "Error:",
        "not-counted": "This is not the submission's fault, and nothing is counted against it.",
        "interrupted": "Interrupted.",
    },
)

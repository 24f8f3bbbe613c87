"""Reads what the student's own training returned: self-reported, so only its shape is of interest."""

from __future__ import annotations

from grader.contracts.artifacts import LoopPayload
from grader.contracts.evidence import LoopFacts
from grader.examine.settings import printable

MAX_KEYS = 50


def loop_facts(payload: LoopPayload) -> LoopFacts:
    """Return which figures a history holds and for how many epochs (the shortest counts)."""
    lengths = [len(values) for values in payload.history.values()]
    keys = tuple(printable(key) for key in list(payload.history)[:MAX_KEYS])
    return LoopFacts(
        is_history=payload.is_history,
        epochs=min(lengths, default=0),
        keys=keys,
        trained_on=tuple(sorted(payload.trained_on)),
        validated_on=tuple(sorted(payload.validated_on)),
    )

"""What nobody should leave to the grader alone: its own faults, what took too long, what it could not read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from grader.contracts.verdict import Status

from .reading import Mark, Reader

Kind = Literal["error", "unreadable", "timeout", "flaky"]


@dataclass(frozen=True)
class Attention:
    """One thing that a human should look at."""

    student: str
    exercise: str  # "?" where the file does not say
    kind: Kind
    why: str  # one sentence


def needs_a_human(store: Reader) -> list[Attention]:
    """Return what a human should look at, by student."""
    found = [
        Attention(row.student, row.exercise or "?", "error" if row.state == "error" else "unreadable", row.message)
        for row in store.rows()
        if row.state in ("error", "unreadable")
    ]
    found += [one for mark in store.marks() for one in _of_mark(mark)]
    return sorted(found, key=lambda one: (one.student, one.exercise))


def _of_mark(mark: Mark) -> Iterator[Attention]:
    for criterion in mark.report.criteria:
        if criterion.status is Status.ERROR:
            yield Attention(mark.student, mark.exercise, "error", f"{criterion.id}: the grader's own fault: {criterion.message}")
        elif criterion.details.get("problem") == "timeout":
            yield Attention(mark.student, mark.exercise, "timeout", f"{criterion.id}: took too long.")
    for training in mark.report.trainings:
        if len(training.tries) > 1 and any(one.ended == "reached" for one in training.tries):
            yield Attention(mark.student, mark.exercise, "flaky", f"{training.id}: reached only in try {len(training.tries)}.")

"""What of a report decides whether judging again gives another mark: read without the rest of it."""

from __future__ import annotations

from pydantic import ConfigDict

from grader.contracts.base import Frozen
from grader.contracts.report import Report
from grader.contracts.verdict import Status, Verdict


class _Part(Frozen):
    """A part of something larger, whose other keys are passed over."""

    model_config = ConfigDict(extra="ignore")


class CriterionStanding(_Part):
    """What one criterion gave."""

    id: str
    status: Status
    points: float
    max_points: float


class Standing(_Part):
    """What a mark is, and what was asked for it."""

    exercise: str
    profile: str
    language: str = "en"
    status: Status
    criteria: tuple[CriterionStanding, ...]

    def same_mark(self, other: Verdict | Report) -> bool:
        """Return whether a student would see the same mark."""
        own = [(one.id, one.status, one.points, one.max_points) for one in self.criteria]
        return self.status is other.status and own == [(one.id, one.status, one.points, one.max_points) for one in other.criteria]

"""What the judge says: a status, points and a sentence for each criterion, and the causes that explain them."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field

from .base import Frozen, Place


class Status(StrEnum):
    """How a criterion, or a whole report, ended."""

    PASSED = "passed"
    FAILED = "failed"
    PARTIAL = "partial"
    SKIPPED = "skipped"  # what it depends on failed
    UNATTEMPTED = "unattempted"  # the function's body is the starter's
    PENDING = "pending"  # cannot be measured here: not in the total
    ERROR = "error"  # the grader's own fault: not in the total, listed for a human


class CriterionVerdict(Frozen):
    """One criterion, judged."""

    id: str
    title: str
    status: Status
    points: float
    max_points: float
    message: str = ""  # one sentence, in the course's terms; empty where it passed without remark
    expected: str = ""
    found: str = ""
    hints: tuple[str, ...] = ()
    concept: str | None = None
    function: str | None = None
    place: Place | None = None
    self_reported: bool = False
    details: dict[str, Any] = Field(default_factory=dict)
    requires: tuple[str, ...] = ()  # ids of the criteria that have to pass before this one counts


class Cause(Frozen):
    """Why something failed. The first cause is the first line of feedback."""

    id: str  # stable, kebab-case
    sentence: str
    expected: str = ""
    found: str = ""
    detail: str = ""  # Keras' own text
    criteria: tuple[str, ...] = ()  # which criteria it explains
    place: Place | None = None
    line: str = ""  # what stands there, where one line is to blame: untrusted text


class Verdict(Frozen):
    """One submission, judged under one rubric."""

    exercise: str
    profile: str
    rubric: str  # digest of the criteria
    status: Status
    points: float
    max_points: float
    pass_mark: float  # points needed for `passed`
    criteria: tuple[CriterionVerdict, ...]
    causes: tuple[Cause, ...] = ()
    notes: tuple[str, ...] = ()

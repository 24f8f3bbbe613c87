"""What every renderer starts from, and what `--json` writes: a contract for other programs, versioned apart from the grader."""

from __future__ import annotations

from typing import Literal

from .artifacts import Layer
from .base import Frozen
from .evidence import TrainingFacts, Versions
from .submission import Finding, LeftOut
from .verdict import Cause, CriterionVerdict, Status

REPORT_VERSION = "2.0"


class Timing(Frozen):
    """Wall-clock seconds of one stage. Never part of a verdict."""

    stage: Literal["reading", "building", "structure", "training", "judging"]
    seconds: float


class TrainingReport(TrainingFacts):
    """One of the grader's own trainings, and the network that it trained."""

    id: str
    function: str  # that built the network
    parameters: int | None = None  # None: there is no network
    relative_time: float | None = None  # of an epoch, as a multiple of the first network's; None: alone, or not measured


class Report(Frozen):
    """One submission, from file to mark."""

    format: Literal["grader-report"] = "grader-report"
    version: str = REPORT_VERSION
    file: str
    exercise: str
    title: str
    week: int
    profile: str
    data: str  # "embedded" or "official"
    status: Status
    points: float
    max_points: float
    pass_mark: float
    criteria: tuple[CriterionVerdict, ...]
    causes: tuple[Cause, ...]
    notes: tuple[str, ...]
    findings: tuple[Finding, ...]
    left_out: tuple[LeftOut, ...]
    submission_digest: str
    rubric_digest: str
    protocol_digest: str
    holdout_digest: str
    official_mark: bool  # false: the practice holdout was used, and the official mark may differ
    versions: Versions
    isolation: tuple[Layer, ...]
    timings: tuple[Timing, ...]
    trainings: tuple[TrainingReport, ...] = ()
    stdout: str = ""

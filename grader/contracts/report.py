"""What every renderer starts from, and what `--json` writes: a contract for other programs, versioned apart from the grader."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .artifacts import Layer
from .base import Frozen, Scalar
from .evidence import Versions
from .network_facts import LayerFacts, Shape
from .pictures import AugmentedImage
from .submission import Finding, LeftOut
from .training_facts import TrainingFacts
from .verdict import Cause, CriterionVerdict, Status

REPORT_VERSION = "2.3"
Stage = Literal["reading", "building", "structure", "training", "judging"]


class Timing(Frozen):
    """Wall-clock seconds of one stage. Never part of a verdict."""

    stage: Stage
    seconds: float


class TrainingReport(TrainingFacts):
    """One of the grader's own trainings, and the network that it trained."""

    id: str
    function: str  # that built the network
    parameters: int | None = None  # None: there is no network
    relative_time: float | None = None  # of an epoch, as a multiple of the first network's; None: alone, or not measured
    threshold: float | None = None  # accuracy asked for all points; None: no criterion asks for any


class NetworkReport(Frozen):
    """A network that one of the functions built."""

    call: str  # id of the call
    function: str
    model_class: str
    input_shape: Shape | None  # None: several inputs, or none declared
    parameters: int
    trainable_parameters: int
    base: str = ""  # title of the known network in it, whose layers are of `part` "base": "MobileNetV2"
    layers: tuple[LayerFacts, ...]


class AugmentationReport(AugmentedImage):
    """What one function's augmentation makes of one image."""

    call: str
    function: str
    arguments: dict[str, Scalar] = Field(default_factory=dict)  # that the function was called with


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
    language: str = "en"  # of every text that was written for people: the code of a translation
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
    networks: tuple[NetworkReport, ...] = ()
    augmentations: tuple[AugmentationReport, ...] = ()
    stdout: str = ""

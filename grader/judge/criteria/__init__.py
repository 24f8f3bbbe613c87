"""The kinds of criteria: a typed spec and a pure function each, one family per module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field

from . import (
    augmentation,
    augmenters,
    callbacks,
    calls,
    data,
    dropout,
    folders,
    given,
    histories,
    learning,
    output,
    scaling,
    shapes,
    structure,
    tables,
    transfer,
    validation,
)
from .augmentation import FilesUnchanged, TrainingAugmented
from .augmenters import ChangesOnly, FillsWith, Flips, NothingWritten, RotatesWithin, ShiftsWithin
from .base import Outcome, Spec
from .callbacks import StopsTraining
from .calls import History
from .data import ImageShape, LabelEncoding, LabelsFromFolders, LabelsKept, Shuffled
from .dropout import DropoutRate
from .folders import Split
from .given import OutputsEveryLayer
from .histories import BestEpoch, GeneralizationGap
from .learning import AccuracyCompared, Calibration, HoldoutAccuracy
from .output import LossFitsOutput, OutputFitsLabels, ReportsAccuracy, fits_labels_as
from .scaling import PixelsScaled, RescalesInside
from .shapes import LayerOutput, LayerOutputChain, OutputSizes
from .structure import LayerCount, Parameters
from .tables import Parsed
from .transfer import BaseFrozen, CutAt, HeadDropout, OwnHead, WeightsLoaded
from .validation import ValidationUntouched

Criterion = Annotated[
    LayerOutput
    | LayerOutputChain
    | OutputSizes
    | LayerCount
    | Parameters
    | OutputFitsLabels
    | LossFitsOutput
    | ReportsAccuracy
    | ImageShape
    | LabelsFromFolders
    | LabelEncoding
    | Shuffled
    | ValidationUntouched
    | TrainingAugmented
    | FilesUnchanged
    | Flips
    | ShiftsWithin
    | FillsWith
    | RotatesWithin
    | ChangesOnly
    | NothingWritten
    | PixelsScaled
    | RescalesInside
    | Parsed
    | LabelsKept
    | Split
    | OutputsEveryLayer
    | BestEpoch
    | GeneralizationGap
    | WeightsLoaded
    | BaseFrozen
    | CutAt
    | OwnHead
    | HeadDropout
    | StopsTraining
    | History
    | DropoutRate
    | HoldoutAccuracy
    | AccuracyCompared,
    Field(discriminator="kind"),
]

# Each function takes the spec of its own kind; pydantic's discriminator guarantees that it gets it.
JUDGES: dict[str, Callable[[Any, Any], Outcome]] = {}
for _family in (
    shapes,
    structure,
    tables,
    output,
    data,
    validation,
    augmentation,
    augmenters,
    scaling,
    folders,
    given,
    histories,
    calls,
    transfer,
    dropout,
    callbacks,
    learning,
):
    JUDGES.update(_family.JUDGES)

__all__ = [
    "JUDGES",
    "AccuracyCompared",
    "BestEpoch",
    "Calibration",
    "Criterion",
    "GeneralizationGap",
    "HoldoutAccuracy",
    "LabelEncoding",
    "LossFitsOutput",
    "Outcome",
    "OutputFitsLabels",
    "OutputSizes",
    "OutputsEveryLayer",
    "Spec",
    "fits_labels_as",
]

"""Facts about the grader's own trainings: epochs, tries, and what became of the hidden images. Accuracies are shares in [0, 1]."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .base import Frozen
from .pictures import MAX_MISTAKEN, AugmentedImage, FeatureMaps, MistakenImage


class Epoch(Frozen):
    """One epoch of one try."""

    steps: int  # so far
    loss: float | None  # None: NaN
    accuracy: float
    holdout_accuracy: float
    holdout_loss: float | None = None


class Try(Frozen):
    """One training from one of the grader's seeds."""

    number: int
    epochs: tuple[Epoch, ...]
    best_epoch: int  # from 1; 0 where none was completed
    holdout_accuracy: float  # of the best epoch, on the whole holdout
    ended: Literal["reached", "budget", "hopeless", "diverged"]


class TrainingFacts(Frozen):
    """What the grader's own training showed."""

    status: Literal["trained", "impossible", "too-large", "unrecognised-data", "no-model", "no-batches", "stand-in"]
    reason: str = ""
    detail: str = ""
    tries: tuple[Try, ...] = ()
    holdout_accuracy: float | None = None  # the best try's
    classes: int = 0
    holdout_images: int = 0
    predicted: dict[str, int] = Field(default_factory=dict)  # class name -> how often predicted on the holdout, best epoch of the best try
    data: str = ""  # "canonical" (plain pipeline, the grader's own loading) or "recorded"
    confusion: dict[str, dict[str, int]] = Field(default_factory=dict)  # true class -> predicted class -> holdout images, as `predicted`
    mistaken: Annotated[tuple[MistakenImage, ...], Field(max_length=MAX_MISTAKEN)] = ()  # surest first; of the practice holdout only
    maps: FeatureMaps | None = None  # of the best try, as it stood in its best epoch
    augmented: AugmentedImage | None = None  # where the network itself has random layers: what they make of that image in training

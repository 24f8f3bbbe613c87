"""The criterion on what the network learned in the grader's own training."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from grader.contracts.base import Frozen
from grader.contracts.evidence import Evidence
from grader.contracts.protocol import Identifier
from grader.contracts.training_facts import TrainingFacts
from grader.contracts.verdict import Status
from grader.words import Table
from grader.words.reasons import spoken

from .base import COMMON, Outcome, Share, Spec, failed, passed, skipped

ENGLISH = {
    "below-threshold": "Trained by the grader, your network gets {found} of unseen images right; {expected} is asked.",
    "training-impossible": "Your network cannot be trained on your batches: {reason}",
    "too-large": "Your network is too large to be trained here: {reason}",
    "unrecognised-data": (
        "Your pipeline changes the images in a way that cannot be repeated on unseen ones, so nothing can be said about accuracy: {reason}"
    ),
    "unmeasured": "The training has not been measured here.",
    "stand-in": "The accuracy cannot be measured here, and its points are left out of the total: {reason}",
    "nothing-to-train": "There is nothing to train yet: {reason}",
    "not-measured": "not measured",
    "not-trained": "not trained",
    "no-model": "no model",
    "no-batches": "no batches",
    "no-accuracy": "no accuracy",
    "no-reason": "no reason is known.",
}
WORDS = Table("learning", ENGLISH)


class Calibration(Frozen):
    """Where a threshold comes from: so many runs of correct solutions, the share of them that may miss it, and how far it lies below."""

    runs: Annotated[int, Field(ge=1)]
    quantile: Share
    margin: Share = 0.0
    tensorflow: str
    keras: str


class HoldoutAccuracy(Spec):
    """Share of unseen images that the network, trained by the grader, gets right."""

    kind: Literal["holdout_accuracy"]
    training: Identifier | None = None  # which of the protocol's trainings; None: the only one
    at_least: Share
    partial_from: Share | None = None  # from here on a part of the points, growing linearly
    calibration: Calibration | None = None

    def complain(self) -> tuple[str, str] | None:
        """Refuse partial credit that starts above full credit."""
        if self.partial_from is not None and self.partial_from >= self.at_least:
            return "partial_from", f"is {self.partial_from:g}, not below at_least, {self.at_least:g}"
        return None


COMPARED = ("found", "learned", "steps", "other", "other_learned", "other_steps")


class AccuracyCompared(Spec):
    """What one training reached beside another: a remark, whatever the figures are.

    `note` may name the best accuracies on unseen images, `{found}` and `{other}`, after how many steps they were reached, `{steps}` and
    `{other_steps}`, and the accuracies on training images then, `{learned}` and `{other_learned}`.
    """

    kind: Literal["accuracy_compared"]
    training: Identifier
    other: Identifier
    note: Annotated[str, Field(min_length=1)]

    def complain(self) -> tuple[str, str] | None:
        """Refuse a comparison with itself, and a note that cannot be filled."""
        if self.training == self.other:
            return "other", f"is {self.other!r}, the same training"
        try:
            self.note.format(**dict.fromkeys(COMPARED, ""))
        except (KeyError, IndexError, ValueError):
            return "note", f"may name {', '.join(f'{{{name}}}' for name in COMPARED)}, and nothing else between braces"
        return None


def accuracy_compared(spec: AccuracyCompared, evidence: Evidence) -> Outcome:
    """Say what both trainings reached, where both were made."""
    both = [training_of(evidence, name) for name in (spec.training, spec.other)]
    if any(one is None for one in both):
        return Outcome(status=Status.PENDING, credit=0, message=WORDS["unmeasured"], expected="", found=WORDS["not-measured"])
    best = [_best(one) for one in both if one is not None and one.holdout_accuracy is not None]
    if len(best) < len(both):
        reason = next(_sentence(one) for one in both if one is not None and one.holdout_accuracy is None)
        return skipped(WORDS["nothing-to-train"].format(reason=reason), expected="", found=WORDS["not-trained"])
    figures = dict(zip(COMPARED, (figure for each in best for figure in each), strict=True))
    return passed(note=spec.note.format(**figures), **figures)


def holdout_accuracy(spec: HoldoutAccuracy, evidence: Evidence) -> Outcome:
    """Compare the best try's holdout accuracy with the threshold; between `partial_from` and `at_least` credit grows linearly."""
    training = training_of(evidence, spec.training)
    expected = COMMON["at-least"].format(limit=f"{spec.at_least:.0%}")
    if training is None:
        return Outcome(status=Status.PENDING, credit=0, message=WORDS["unmeasured"], expected=expected, found=WORDS["not-measured"])
    if training.status == "stand-in":
        return Outcome(
            status=Status.PENDING,
            credit=0,
            message=WORDS["stand-in"].format(reason=_sentence(training)),
            expected=expected,
            found=WORDS["not-measured"],
        )
    if training.status in {"no-model", "no-batches"}:
        return skipped(WORDS["nothing-to-train"].format(reason=_sentence(training)), expected=expected, found=WORDS[training.status])
    if training.status != "trained" or training.holdout_accuracy is None:
        problem = "training-impossible" if training.status in {"impossible", "trained"} else training.status
        return failed(WORDS, problem, expected=expected, found=WORDS["no-accuracy"], reason=_sentence(training))
    accuracy = training.holdout_accuracy
    found = f"{accuracy:.1%}"
    if accuracy >= spec.at_least:
        return passed(expected=expected, found=found, accuracy=accuracy, asked=spec.at_least)
    details = {"accuracy": accuracy, "asked": spec.at_least}
    outcome = failed(WORDS, "below-threshold", expected=expected, found=found, details=details)
    if spec.partial_from is None or accuracy <= spec.partial_from:
        return outcome
    credit = (accuracy - spec.partial_from) / (spec.at_least - spec.partial_from)
    return outcome.model_copy(update={"status": Status.PARTIAL, "credit": credit})


def _best(training: TrainingFacts) -> tuple[str, str, str]:
    """Return the best accuracy on unseen images, and of that epoch the accuracy on training images and the steps so far."""
    best = max(training.tries, key=lambda one: one.holdout_accuracy)
    epoch = best.epochs[max(best.best_epoch, 1) - 1]
    return f"{best.holdout_accuracy:.0%}", f"{epoch.accuracy:.0%}", str(epoch.steps)


def training_of(evidence: Evidence, id_: str | None) -> TrainingFacts | None:
    """Return what a training showed, if it was made; without an id, the only one."""
    return evidence.trainings.get(id_) if id_ is not None else next(iter(evidence.trainings.values()), None)


def _sentence(training: TrainingFacts) -> str:
    return spoken(training.reason) or training.detail or WORDS["no-reason"]


JUDGES = {"holdout_accuracy": holdout_accuracy, "accuracy_compared": accuracy_compared}

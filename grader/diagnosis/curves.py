"""Rules on the curves: what the shape of a training tells.

An epoch of the grader's training is a few hundred images, and it is scored on a few hundred: one or two in thirty are chance. So shapes are
read off thirds of a curve, and a curve of few epochs has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from grader.contracts.training_facts import Epoch
from grader.judge.notes import GAP

from .explanation import Explanation, Template, explained, table
from .network import narrowest, wide_before_flatten
from .seen import FALLING, GUESSING, LEARNED, SHAPED, Seen, late, mean_accuracy, mean_loss, middle

ONE_CLASS = 0.98  # share of the predictions
NOISE = 0.04  # of an accuracy on unseen images, from one epoch to another
CLIMB = 0.05  # of training accuracy, after which it has clearly risen
LEVEL = 0.02  # of training accuracy between two thirds
FEW = 0.5  # share of the handed-out images
FEWEST_PARAMETERS = 2_000

ENGLISH = {
    "few-images": Template(
        "`{batches}` shows only {shown:,} of the {given:,} training images. `{function}` learns those by heart ({training:.0%} right), "
        "but gets {unseen:.0%} of unseen ones right; train on all of them.",
        "{given:,} training images",
        "{shown:,} training images",
    ),
    "network-too-large": Template(
        "`{function}` overfits: {course}. {share:.0%} of its {parameters:,} parameters lie right behind Flatten, where the image is still "
        "{height}×{width}; shrink it by more convolution and pooling."
    ),
    "overfitting": Template("`{function}` overfits: {course}. It learns its images by heart; {remedy}."),
    "one-class": Template("`{function}` answers “{name}” for {share:.0%} of the images: it has learned nothing yet."),
    "network-too-small": Template(
        "`{function}` is too small: after {steps} steps it gets only {learned:.0%} of its training images right, with {parameters:,} "
        "trainable parameters, and {values:,} numbers for an image in its narrowest layer, `{layer}`; give it more filters or units."
    ),
    "saturated": Template(
        "`{function}` stops learning in epoch {epoch}: from there on it stays at {learned:.0%} of its training images. It has had "
        "steps enough, so give it another convolution, or more filters."
    ),
    "underfitting": Template(
        "`{function}` does not even learn its training images ({learned:.0%} right): it is too small, or learns too slowly "
        "for the steps it gets."
    ),
}
WORDS = table(
    "learning.curves",
    ENGLISH,
    **{
        "course-turn": (
            "from epoch {epoch} on training accuracy climbs from {before:.0%} to {training:.0%}, while that on unseen images goes from "
            "{unseen_before:.0%} to {unseen:.0%}"
        ),
        "course-gap": "it gets {training:.0%} of the training images right, but {unseen:.0%} of unseen ones",
        "remedy-plain": "augment the training images, or add Dropout",
        "remedy-augmented": "add Dropout before the last layer, or give it fewer parameters",
        "remedy-dropped": "give it fewer parameters, or more convolution and pooling",
    },
)


def overfitting(seen: Seen) -> Explanation | None:
    """Compare what is learned with what is recognised of unseen images, and find where the two part."""
    if seen.best is None:
        return None
    training, unseen = max(epoch.accuracy for epoch in late(seen.best)), seen.best.epochs[-1].holdout_accuracy
    if training < LEARNED or training - unseen <= GAP:
        return None
    values: dict[str, Any] = {"function": seen.function, "training": training, "unseen": unseen}
    given = seen.data.images + seen.data.missing
    if seen.data.missing > FEW * given and seen.batches_function:
        return explained(WORDS, "few-images", batches=seen.batches_function, shown=seen.data.images, given=given, **values)
    values["course"] = _course(seen.best.epochs, training, unseen)
    wide = wide_before_flatten(seen.model)
    if wide is not None:
        return explained(WORDS, "network-too-large", **values, **wide)
    kinds = {layer.kind for layer in seen.model.layers}
    augmented = seen.data.augmented or any(kind.startswith("Random") for kind in kinds)
    known = "dropped" if augmented and any("Dropout" in kind for kind in kinds) else "augmented" if augmented else "plain"
    return explained(WORDS, "overfitting", **values, remedy=WORDS[f"remedy-{known}"])


def _course(epochs: Sequence[Epoch], training: float, unseen: float) -> str:
    turn = turning_point(epochs)
    if turn is None:
        return WORDS["course-gap"].format(training=training, unseen=unseen)
    before, unseen_before = _most(epochs[:turn])
    return WORDS["course-turn"].format(epoch=turn, before=before, training=training, unseen_before=unseen_before, unseen=unseen)


def _most(epochs: Sequence[Epoch]) -> tuple[float, float]:
    return max(epoch.accuracy for epoch in epochs), max(epoch.holdout_accuracy for epoch in epochs)


def turning_point(epochs: Sequence[Epoch]) -> int | None:
    """Return the epoch, from 1, after which training goes on getting better and unseen images do not; None where there is none.

    By the loss on unseen images, where it was measured: accuracy may stay where the loss already climbs.
    """
    if len(epochs) < SHAPED:
        return None
    losses = [epoch.holdout_loss for epoch in epochs]
    known = [loss for loss in losses if loss is not None]
    if len(known) == len(losses):
        turn = known.index(min(known))
        fell = [epoch.loss for epoch in epochs[turn + 1 :] if epoch.loss is not None]
        before = epochs[turn].loss
        climbed = known[-1] > known[turn] / FALLING
        return turn + 1 if climbed and fell and before is not None and min(fell) < FALLING * before else None
    for turn in range(1, len(epochs)):
        (learned, unseen), (later, unseen_later) = _most(epochs[:turn]), _most(epochs[turn:])
        if later - learned >= CLIMB and unseen_later - unseen <= NOISE:
            return turn
    return None


def one_class(seen: Seen) -> Explanation | None:
    """Look for one answer to everything."""
    total = sum(seen.training.predicted.values())
    if not total:
        return None
    name, times = max(seen.training.predicted.items(), key=lambda item: item[1])
    if times < ONE_CLASS * total:
        return None
    return explained(WORDS, "one-class", function=seen.function, name=name, share=times / total)


def too_small(seen: Seen) -> Explanation | None:
    """Look for a network that has not the means, whether its curve is level or still creeps up."""
    best = seen.shaped
    layer, numbers = narrowest(seen.model)
    parameters = seen.model.trainable_parameters
    if best is None or (numbers >= seen.training.classes and parameters >= FEWEST_PARAMETERS):
        return None
    values = {
        "steps": best.epochs[-1].steps,
        "learned": mean_accuracy(late(best)),
        "layer": layer,
        "values": numbers,
        "parameters": parameters,
    }
    return explained(WORDS, "network-too-small", function=seen.function, **values)


def saturated(seen: Seen) -> Explanation | None:
    """Look for training accuracy that stays where it is, above guessing."""
    best = seen.shaped
    if best is None or seen.chance is None:
        return None
    learned = mean_accuracy(late(best))
    if abs(learned - mean_accuracy(middle(best))) > LEVEL or mean_loss(late(best)) < FALLING * mean_loss(middle(best)):
        return None
    if learned <= seen.chance + GUESSING:
        return None
    epoch = next(number for number, epoch in enumerate(best.epochs, 1) if epoch.accuracy >= learned - LEVEL)
    return explained(WORDS, "saturated", function=seen.function, epoch=epoch, learned=learned)


def underfitting(seen: Seen) -> Explanation | None:
    """Look whether the training images themselves were learned."""
    return None if seen.unlearned is None else explained(WORDS, "underfitting", function=seen.function, learned=seen.unlearned)

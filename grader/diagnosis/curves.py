"""Rules on the curves: what the shape of a training tells.

An epoch of the grader's training is a few hundred images, and it is scored on a few hundred: one or two in thirty are chance. So shapes are
read off thirds of a curve, and a curve of few epochs has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean
from typing import Any

from grader.contracts.evidence import Epoch, Try
from grader.judge.compatibility import CROSS_ENTROPIES, FAMILIES
from grader.judge.notes import GAP, OTHER_RATES, SCALE_FREE, USUAL_RATES

from .explanation import Explanation, Template, explained, table
from .network import narrowest, wide_before_flatten
from .seen import LEARNED, Seen, late, middle

STEPS = 30  # of a training that is too short to say anything of a network
ONE_CLASS = 0.98  # share of the predictions
SHAPED = 6  # epochs that a curve needs to have a shape; a budget gives 6 to 12
FLAT = 4  # and to have none: what is hopeless is stopped soon after the middle
NOISE = 0.04  # of an accuracy on unseen images, from one epoch to another
CLIMB = 0.05  # of training accuracy, after which it has clearly risen
GUESSING = 0.06  # above chance, over half a curve
UNMOVED = 0.9  # of the loss of guessing
OVERSHOT = 10.0  # times the loss of guessing, and that before training, in the first epoch
JUMP = 1.3  # from one loss to the next
RISING, FALLING = 0.03, 0.95  # training accuracy and loss, from one third of a curve to the next
LEVEL = 0.02  # of training accuracy between two thirds
FEW = 0.5  # share of the handed-out images
FEWEST_PARAMETERS = 2_000

ENGLISH = {
    "diverged": Template(
        "Training `{function}` diverges: the loss becomes NaN; lower the learning rate, or look at the scale of its inputs.",
        "a loss that falls",
        "a loss of NaN",
    ),
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
    "overshoots": Template(
        "The first steps of `{function}` overshoot: the loss reaches {first:,.1f}, and then stays at {loss:.2f}, as by guessing; "
        "lower the learning rate{rate}.",
        "a loss that falls below {guessing:.2f}",
        "{first:,.1f}, then {loss:.2f}",
    ),
    "nothing-learned": Template(
        "`{function}` learns nothing: after {epochs} epochs the loss is still {loss:.2f}, and {learned:.0%} of the training images are "
        "right, as by guessing; try a tenth of its learning rate{rate}, and ten times of it.",
        "a loss that falls below {guessing:.2f}",
        "a loss of {loss:.2f}",
    ),
    "one-class": Template("`{function}` answers “{name}” for {share:.0%} of the images: it has learned nothing yet."),
    "unsteady-loss": Template(
        "The loss of `{function}` jumps up and down, between {low:.2f} and {high:.2f}, instead of falling: its steps are too large; "
        "lower the learning rate{rate}.",
        "a loss that falls",
        "{rises} jumps in {epochs} epochs",
    ),
    "still-climbing": Template(
        "`{function}` is still learning when its {steps} steps end: training accuracy goes from {before:.0%} in the middle third of the "
        "epochs to {learned:.0%} in the last, and that on unseen images from {unseen_before:.0%} to {unseen:.0%}. It is not too small but "
        "too slow; {faster}."
    ),
    "network-too-small": Template(
        "`{function}` is too small: from epoch {epoch} on it stays at {learned:.0%} of its training images, with {parameters:,} "
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
        "rate": ", {rate:g}",
        "high-rate": ", {rate:g}, which is high for {optimizer}",
        "remedy-plain": "augment the training images, or add Dropout",
        "remedy-augmented": "add Dropout before the last layer, or give it fewer parameters",
        "remedy-dropped": "give it fewer parameters, or more convolution and pooling",
        "faster-sgd": "`rmsprop` or `adam` takes better steps than `sgd`",
        "faster-slow": "raise the learning rate from {rate:g}",
        "faster-usual": "raise the learning rate a little, or put BatchNormalization behind the convolutions",
    },
)
SLOW = 5e-4  # learning rate below Keras' own 0.001


def diverged(seen: Seen) -> Explanation | None:
    """Look for a loss that left the numbers in every try."""
    if not seen.training.tries or not all(one.ended == "diverged" for one in seen.training.tries):
        return None
    return explained(WORDS, "diverged", function=seen.function)


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


def flat(seen: Seen) -> Explanation | None:
    """Look for curves that stay at guessing in every try; a first loss far above it tells that the steps were too large."""
    guessing, chance, compiled = seen.probes.chance_loss, seen.chance, seen.model.compiled
    if not guessing or chance is None or compiled is None or FAMILIES.get(compiled.loss or "") not in CROSS_ENTROPIES:
        return None
    if not seen.tries or not all(_lasted(one, FLAT) and _guesses(one, chance, guessing) for one in seen.tries):
        return None
    one = seen.tries[0]
    losses = [epoch.loss for epoch in one.epochs if epoch.loss is not None]
    values = {"function": seen.function, "loss": losses[-1], "guessing": guessing, "rate": _rate(seen)}
    if losses[0] > OVERSHOT * max(guessing, seen.probes.initial_loss or 0.0) and losses[-1] < JUMP * guessing:
        return explained(WORDS, "overshoots", first=losses[0], **values)
    learned = fmean(epoch.accuracy for epoch in late(one))
    return explained(WORDS, "nothing-learned", epochs=len(one.epochs), learned=learned, **values)


def _guesses(one: Try, chance: float, guessing: float) -> bool:
    second = one.epochs[len(one.epochs) // 2 :]
    right, lowest = fmean(epoch.accuracy for epoch in second), min(epoch.loss or 0.0 for epoch in second)
    return right <= chance + GUESSING and lowest >= UNMOVED * guessing


def _rate(seen: Seen) -> str:
    """Return the learning rate, and that it is high where only a third of the usual range lies above it."""
    compiled = seen.model.compiled
    if compiled is None or compiled.learning_rate is None:
        return ""
    high = USUAL_RATES.get(compiled.optimizer or "", OTHER_RATES)[1]
    key = "high-rate" if compiled.optimizer not in SCALE_FREE and 3 * compiled.learning_rate >= high else "rate"
    return WORDS[key].format(rate=compiled.learning_rate, optimizer=compiled.optimizer)


def one_class(seen: Seen) -> Explanation | None:
    """Look for one answer to everything."""
    total = sum(seen.training.predicted.values())
    if not total:
        return None
    name, times = max(seen.training.predicted.items(), key=lambda item: item[1])
    if times < ONE_CLASS * total:
        return None
    return explained(WORDS, "one-class", function=seen.function, name=name, share=times / total)


def unsteady(seen: Seen) -> Explanation | None:
    """Look for a loss that rises again and again by far more than chance."""
    best = _shaped(seen)
    losses = [epoch.loss for epoch in best.epochs if epoch.loss is not None] if best is not None else []
    rises = sum(after > JUMP * before for before, after in pairwise(losses))
    if rises < max(2, len(losses) / 4):
        return None
    values = {"low": min(losses[1:]), "high": max(losses[1:]), "rises": rises, "epochs": len(losses)}
    return explained(WORDS, "unsteady-loss", function=seen.function, rate=_rate(seen), **values)


def climbing(seen: Seen) -> Explanation | None:
    """Look whether accuracy still rose, and the loss still fell, when the steps ended."""
    best, compiled = _shaped(seen), seen.model.compiled
    if best is None or compiled is None or best.ended != "budget":
        return None
    before, now = middle(best), late(best)
    rise, unseen_rise = _accuracy(now) - _accuracy(before), _unseen(now) - _unseen(before)
    if rise < RISING or unseen_rise < RISING or _loss(now) > FALLING * _loss(before):
        return None
    rate = compiled.learning_rate or 0.0
    way = "sgd" if compiled.optimizer == "sgd" else "slow" if 0 < rate < SLOW else "usual"
    faster = WORDS[f"faster-{way}"].format(rate=rate)
    return explained(
        WORDS,
        "still-climbing",
        function=seen.function,
        steps=best.epochs[-1].steps,
        before=_accuracy(before),
        learned=_accuracy(now),
        unseen_before=_unseen(before),
        unseen=_unseen(now),
        faster=faster,
    )


def saturated(seen: Seen) -> Explanation | None:
    """Look for training accuracy that stays where it is, above guessing; what is too small is told by its figures."""
    best = _shaped(seen)
    if best is None or seen.chance is None:
        return None
    learned = _accuracy(late(best))
    if abs(learned - _accuracy(middle(best))) > LEVEL or _loss(late(best)) < FALLING * _loss(middle(best)):
        return None
    if learned <= seen.chance + GUESSING:
        return None
    epoch = next(number for number, epoch in enumerate(best.epochs, 1) if epoch.accuracy >= learned - LEVEL)
    values = {"function": seen.function, "epoch": epoch, "learned": learned}
    layer, numbers = narrowest(seen.model)
    if numbers < seen.training.classes or seen.model.trainable_parameters < FEWEST_PARAMETERS:
        parameters = seen.model.trainable_parameters
        return explained(WORDS, "network-too-small", layer=layer, values=numbers, parameters=parameters, **values)
    return explained(WORDS, "saturated", **values)


def underfitting(seen: Seen) -> Explanation | None:
    """Look whether the training images themselves were learned."""
    return None if seen.unlearned is None else explained(WORDS, "underfitting", function=seen.function, learned=seen.unlearned)


def _shaped(seen: Seen) -> Try | None:
    """Return the best try where it did not learn its training images and its curve is long enough to have a shape."""
    best = seen.best
    return best if best is not None and _lasted(best, SHAPED) and seen.unlearned is not None else None


def _lasted(one: Try, epochs: int) -> bool:
    return len(one.epochs) >= epochs and one.epochs[-1].steps >= STEPS


def _accuracy(epochs: Sequence[Epoch]) -> float:
    return fmean(epoch.accuracy for epoch in epochs)


def _unseen(epochs: Sequence[Epoch]) -> float:
    return fmean(epoch.holdout_accuracy for epoch in epochs)


def _loss(epochs: Sequence[Epoch]) -> float:
    return fmean(epoch.loss or 0.0 for epoch in epochs)

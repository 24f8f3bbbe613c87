"""Rules on the steps of a training: too large, too small, or too few."""

from __future__ import annotations

from itertools import pairwise
from statistics import fmean

from grader.contracts.network_facts import CompileFacts
from grader.contracts.training_facts import Try
from grader.judge.compatibility import CROSS_ENTROPIES, FAMILIES
from grader.judge.notes import OTHER_RATES, SCALE_FREE, USUAL_RATES

from .explanation import Explanation, Template, explained, table
from .seen import FALLING, GUESSING, Seen, lasted, late, mean_accuracy, mean_loss, mean_unseen, middle

FLAT = 4  # epochs of a curve without any shape: what is hopeless is stopped soon after the middle
UNMOVED, STILL_HIGH = 0.9, 0.8  # of the loss of guessing
OVERSHOT = 10.0  # times the loss of guessing, and that before training, in the first epoch
JUMP = 1.3  # from one loss to the next
RISING = 0.03  # of an accuracy, from one third of a curve to the next
SLOW, SLOW_SGD = 5e-4, 5e-3  # learning rate: half of Keras' own

ENGLISH = {
    "diverged": Template(
        "Training `{function}` diverges: the loss becomes NaN; lower the learning rate, or look at the scale of its inputs.",
        "a loss that falls",
        "a loss of NaN",
    ),
    "nothing-learned": Template(
        "`{function}` learns nothing: after {epochs} epochs the loss is still {loss:.2f}, and {learned:.0%} of the training images are "
        "right, as by guessing; {advice}.",
        "a loss that falls below {guessing:.2f}",
        "a loss of {loss:.2f}",
    ),
    "overshoots": Template(
        "The first steps of `{function}` overshoot: the loss reaches {first:,.1f}, and then stays at {loss:.2f}, as by guessing; "
        "lower the learning rate{rate}.",
        "a loss that falls below {guessing:.2f}",
        "{first:,.1f}, then {loss:.2f}",
    ),
    "still-climbing": Template(
        "`{function}` is still learning when its {steps} steps end: training accuracy goes from {before:.0%} in the middle third of the "
        "epochs to {learned:.0%} in the last, and that on unseen images from {unseen_before:.0%} to {unseen:.0%}. It is not too small but "
        "too slow; {faster}."
    ),
    "too-slow": Template(
        "`{function}` learns too slowly: from epoch 1 to {epochs} the loss only goes from {first:.2f} to {loss:.2f}, and {learned:.0%} of "
        "the training images are right; {faster}.",
        "a loss well below {guessing:.2f}",
        "a loss of {loss:.2f}",
    ),
    "unsteady-loss": Template(
        "The loss of `{function}` jumps up and down, between {low:.2f} and {high:.2f}, instead of falling: its steps are too large; "
        "lower the learning rate{rate}.",
        "a loss that falls",
        "{rises} jumps in {epochs} epochs",
    ),
}
WORDS = table(
    "learning.steps",
    ENGLISH,
    **{
        "rate": ", {rate:g}",
        "high-rate": ", {rate:g}, which is high for {optimizer}",
        "advice-high": "try a tenth of its learning rate{rate}",
        "advice-low": "try ten times its learning rate{rate}",
        "advice-usual": "try a tenth of its learning rate{rate}, and ten times of it",
        "faster-sgd": "`rmsprop` or `adam` takes better steps than `sgd`",
        "faster-slow": "raise the learning rate from {rate:g}",
        "faster-usual": "raise the learning rate a little, or put BatchNormalization behind the convolutions",
    },
)


def diverged(seen: Seen) -> Explanation | None:
    """Look for a loss that left the numbers in every try."""
    if not seen.training.tries or not all(one.ended == "diverged" for one in seen.training.tries):
        return None
    return explained(WORDS, "diverged", function=seen.function)


def flat(seen: Seen) -> Explanation | None:
    """Look for curves that stay at guessing in every try; a first loss far above it tells that the steps were too large."""
    guessing, chance, compiled = seen.probes.chance_loss, seen.chance, seen.model.compiled
    if not guessing or chance is None or compiled is None or FAMILIES.get(compiled.loss or "") not in CROSS_ENTROPIES:
        return None
    if not seen.tries or not all(lasted(one, FLAT) and _guesses(one, chance, guessing) for one in seen.tries):
        return None
    one = seen.tries[0]
    losses = [epoch.loss for epoch in one.epochs if epoch.loss is not None]
    values = {"function": seen.function, "loss": losses[-1], "guessing": guessing, "rate": _rate(seen)}
    if losses[0] > OVERSHOT * max(guessing, seen.probes.initial_loss or 0.0) and losses[-1] < JUMP * guessing:
        return explained(WORDS, "overshoots", first=losses[0], **values)
    advice = WORDS[f"advice-{'high' if _high(compiled) else 'low' if _low(compiled) else 'usual'}"].format(rate=values["rate"])
    return explained(WORDS, "nothing-learned", epochs=len(one.epochs), learned=mean_accuracy(late(one)), advice=advice, **values)


def _guesses(one: Try, chance: float, guessing: float) -> bool:
    second = one.epochs[len(one.epochs) // 2 :]
    right, lowest = fmean(epoch.accuracy for epoch in second), min(epoch.loss or 0.0 for epoch in second)
    return right <= chance + GUESSING and lowest >= UNMOVED * guessing


def unsteady(seen: Seen) -> Explanation | None:
    """Look for a loss that rises again and again by far more than chance."""
    best = seen.shaped
    losses = [epoch.loss for epoch in best.epochs if epoch.loss is not None] if best is not None else []
    rises = sum(after > JUMP * before for before, after in pairwise(losses))
    if rises < max(2, len(losses) / 4):
        return None
    values = {"low": min(losses[1:]), "high": max(losses[1:]), "rises": rises, "epochs": len(losses)}
    return explained(WORDS, "unsteady-loss", function=seen.function, rate=_rate(seen), **values)


def climbing(seen: Seen) -> Explanation | None:
    """Look whether accuracy still rose, and the loss still fell, when the steps ended."""
    best, compiled = seen.shaped, seen.model.compiled
    if best is None or compiled is None or best.ended != "budget":
        return None
    before, now = middle(best), late(best)
    rise, unseen_rise = mean_accuracy(now) - mean_accuracy(before), mean_unseen(now) - mean_unseen(before)
    if rise < RISING or unseen_rise < RISING or mean_loss(now) > FALLING * mean_loss(before):
        return None
    return explained(
        WORDS,
        "still-climbing",
        function=seen.function,
        steps=best.epochs[-1].steps,
        before=mean_accuracy(before),
        learned=mean_accuracy(now),
        unseen_before=mean_unseen(before),
        unseen=mean_unseen(now),
        faster=_faster(compiled),
    )


def slow(seen: Seen) -> Explanation | None:
    """Look for a loss that falls all the time, but hardly, by steps that are known to be small."""
    best, compiled, guessing = seen.shaped, seen.model.compiled, seen.probes.chance_loss
    if best is None or compiled is None or not guessing or not (compiled.optimizer == "sgd" or _low(compiled)):
        return None
    losses = [mean_loss(best.epochs[:1]), mean_loss(middle(best)), mean_loss(late(best))]
    if sorted(losses, reverse=True) != losses or losses[-1] < STILL_HIGH * guessing:
        return None
    first, loss, learned = losses[0], losses[-1], mean_accuracy(late(best))
    values = {"first": first, "loss": loss, "guessing": guessing, "learned": learned, "epochs": len(best.epochs)}
    return explained(WORDS, "too-slow", function=seen.function, faster=_faster(compiled), **values)


def _rate(seen: Seen) -> str:
    """Return the learning rate, and that it is high where it is."""
    compiled = seen.model.compiled
    if compiled is None or compiled.learning_rate is None:
        return ""
    return WORDS["high-rate" if _high(compiled) else "rate"].format(rate=compiled.learning_rate, optimizer=compiled.optimizer)


def _high(compiled: CompileFacts) -> bool:
    """Return whether only a third of the usual range lies above the learning rate."""
    high = USUAL_RATES.get(compiled.optimizer or "", OTHER_RATES)[1]
    return compiled.optimizer not in SCALE_FREE and 3 * (compiled.learning_rate or 0.0) >= high


def _low(compiled: CompileFacts) -> bool:
    """Return whether the learning rate lies below the one that Keras itself chooses, by half at least."""
    return compiled.optimizer not in SCALE_FREE and 0 < (compiled.learning_rate or 0.0) < (
        SLOW_SGD if compiled.optimizer == "sgd" else SLOW
    )


def _faster(compiled: CompileFacts) -> str:
    way = "sgd" if compiled.optimizer == "sgd" else "slow" if _low(compiled) else "usual"
    return WORDS[f"faster-{way}"].format(rate=compiled.learning_rate)

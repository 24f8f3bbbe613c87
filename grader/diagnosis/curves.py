"""Rules on the curves: what the shape of a training tells."""

from __future__ import annotations

from grader.judge.notes import overfitting as gap_of

from .explanation import Explanation, Template, explained
from .seen import LEARNED, Seen

ONE_CLASS = 0.98  # share of the predictions

SENTENCES = {
    "diverged": Template(
        "Training `{function}` diverges: the loss becomes NaN; lower the learning rate, or look at the scale of its inputs.",
        "a loss that falls",
        "a loss of NaN",
    ),
    "overfitting": Template(
        "`{function}` overfits: it gets {training:.0%} of the training images right, but {unseen:.0%} of unseen ones; "
        "it learns them by heart, so give it fewer parameters or more convolution and pooling."
    ),
    "one-class": Template("`{function}` answers “{name}” for {share:.0%} of the images: it has learned nothing yet."),
    "underfitting": Template(
        "`{function}` does not even learn its training images ({learned:.0%} right): it is too small, or learns too slowly "
        "for the steps it gets."
    ),
}


def diverged(seen: Seen) -> Explanation | None:
    """Look for a loss that left the numbers in every try."""
    if not seen.training.tries or not all(one.ended == "diverged" for one in seen.training.tries):
        return None
    return explained(SENTENCES, "diverged", function=seen.function)


def overfitting(seen: Seen) -> Explanation | None:
    """Compare what is learned with what is recognised of unseen images."""
    gap = gap_of(seen.training)
    if gap is None or gap[0] < LEARNED:
        return None
    return explained(SENTENCES, "overfitting", function=seen.function, training=gap[0], unseen=gap[1])


def one_class(seen: Seen) -> Explanation | None:
    """Look for one answer to everything."""
    total = sum(seen.training.predicted.values())
    if not total:
        return None
    name, times = max(seen.training.predicted.items(), key=lambda item: item[1])
    if times < ONE_CLASS * total:
        return None
    return explained(SENTENCES, "one-class", function=seen.function, name=name, share=times / total)


def underfitting(seen: Seen) -> Explanation | None:
    """Look whether the training images themselves were learned."""
    return None if seen.unlearned is None else explained(SENTENCES, "underfitting", function=seen.function, learned=seen.unlearned)

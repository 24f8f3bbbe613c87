"""Rules on the images: why they are hard to learn as the network gets them."""

from __future__ import annotations

from grader.contracts.network_facts import ProbeFacts

from .explanation import Explanation, Template, explained, table
from .seen import Seen

TIMES_CHANCE = 3.0  # initial loss over ln C from which on the input is out of scale: 0..1 gives about 1, 0..255 far more
DISTORTED = 0.3  # share of training images that are moved or recoloured

ENGLISH = {
    "not-scaled": Template("Pixels seem to reach `{function}` unscaled. {evidence}", "0…1 or -1…1", "{low:g}…{high:g}"),
    "augmentation-too-strong": Template(
        "The augmentation of `{function}` may be too strong: even of the augmented training images the network gets only "
        "{learned:.0%} right within its steps; use smaller ranges."
    ),
}
WORDS = table("learning.data", ENGLISH, evidence="Before any training the loss is {loss:.3g}; with scaled pixels it is about {chance:.2f}.")


def looks_unscaled(probes: ProbeFacts | None) -> str:
    """Return a sentence about the loss before training where it corroborates pixels out of scale."""
    if probes is None or probes.initial_loss is None or not probes.chance_loss:
        return ""
    if probes.initial_loss < TIMES_CHANCE * probes.chance_loss:
        return ""
    return WORDS["evidence"].format(loss=probes.initial_loss, chance=probes.chance_loss)


def not_scaled(seen: Seen) -> Explanation | None:
    """Look for large pixels and a first loss far above guessing."""
    evidence = looks_unscaled(seen.probes)
    low, high = seen.data.low, seen.data.high
    if not evidence or low is None or high is None or max(abs(low), abs(high)) < 2:
        return None
    return explained(WORDS, "not-scaled", function=seen.function, evidence=evidence, low=low, high=high)


def too_strong(seen: Seen) -> Explanation | None:
    """A flip alone makes nothing hard; turned, shifted and zoomed images may be, where not even they are learned."""
    distorted = seen.data.augmentations.get("moved", 0.0) + seen.data.augmentations.get("recoloured", 0.0)
    if seen.unlearned is None or distorted < DISTORTED:
        return None
    return explained(WORDS, "augmentation-too-strong", function=seen.batches_function, learned=seen.unlearned)

"""Finds why a network that fits together did not learn: from shapes, compile settings, probes and the curves of the tries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from grader.contracts.evidence import BatchesFacts, Evidence, ModelFacts, PipelineFacts, ProbeFacts, TrainingFacts, Try
from grader.contracts.protocol import Training
from grader.judge.compatibility import FAMILIES
from grader.judge.criteria.base import size_text
from grader.judge.criteria.dropout import DROPOUTS, rate_of
from grader.judge.notes import linear_layers, overfitting, unusual_rate

from .exceptions import Explanation

ONE_CLASS = 0.98  # share of the predictions
TIMES_CHANCE = 3.0  # initial loss over ln C from which on the input is out of scale: 0..1 gives about 1, 0..255 far more
LEARNED = 0.9  # training accuracy
MUCH_DROPOUT = 0.5  # share of the units beyond which it may be what keeps a network from learning
DISTORTED = 0.3  # share of training images that are moved or recoloured


@dataclass(frozen=True)
class Seen:
    """What the rules look at."""

    model: ModelFacts
    data: PipelineFacts  # trained on
    probes: ProbeFacts
    training: TrainingFacts
    model_function: str
    source: str  # "`train_val_generators` yields", or that the exercise gives it
    batches_function: str


def looks_unscaled(probes: ProbeFacts | None) -> str:
    """Return a sentence about the loss before training where it corroborates pixels out of scale."""
    if probes is None or probes.initial_loss is None or not probes.chance_loss:
        return ""
    if probes.initial_loss < TIMES_CHANCE * probes.chance_loss:
        return ""
    return f"Before any training the loss is {probes.initial_loss:.3g}; with scaled pixels it is about {probes.chance_loss:.2f}."


def explain_learning(protocol: Training, evidence: Evidence) -> Explanation | None:
    """Return why the accuracy of one training stayed low, by the first rule that its measurement supports."""
    training = evidence.trainings.get(protocol.id)
    if training is None:
        return None
    model = evidence.calls[protocol.model]
    batches = evidence.calls[protocol.batches] if protocol.batches is not None else None
    yielded = batches.facts.training if batches is not None and isinstance(batches.facts, BatchesFacts) else evidence.given
    if not isinstance(model.facts, ModelFacts) or yielded is None:
        return None
    function = batches.function if batches is not None else ""
    source = f"`{function}` yields" if function else "the images are"
    seen = Seen(model.facts, yielded, evidence.probes.get(protocol.id, ProbeFacts()), training, model.function, source, function)
    for rule in RULES:
        explanation = rule(seen)
        if explanation is not None:
            return explanation
    return None


def _shapes(seen: Seen) -> Explanation | None:
    wanted, given = seen.model.input_shape, seen.data.image_shape
    if wanted is None or given is None:
        return None
    if len(wanted) == len(given) and all(w in {None, g} for w, g in zip(wanted, given, strict=True)):
        return None
    wanted_text, given_text = size_text(wanted), size_text(given)
    colours = f": colour images have {given[-1]} channels" if wanted[:-1] == given[:-1] and given[-1] == 3 else ""
    return Explanation(
        "input-shape-mismatch",
        f"`{seen.model_function}` expects {wanted_text}, but {seen.source} {given_text}{colours}.",
        given_text,  # what the exercise asks for, or its own criterion would stand before this
        wanted_text,
    )


def _frozen(seen: Seen) -> Explanation | None:
    own = [layer for layer in seen.model.layers if layer.parameters and layer.part != "base"]  # a pretrained base is meant to be frozen
    frozen = [layer for layer in own if not layer.trainable]
    total, moving_ones = sum(layer.parameters for layer in own), sum(layer.parameters for layer in own if layer.trainable)
    if not frozen or moving_ones > total / 2:
        return None
    moving = f"{moving_ones:,} of {total:,}"
    sentence = f"In `{seen.model_function}` only {moving} parameters are trainable; leave `trainable` True."
    return Explanation("frozen-layers", sentence, "trainable layers", f"{len(frozen)} frozen layers, such as {frozen[0].name}")


def _dead(seen: Seen) -> Explanation | None:
    if seen.probes.input_dependent is not False:
        return None
    sentence = (
        f"The output of `{seen.model_function}` is the same for every image; somewhere between input and output everything becomes 0."
    )
    return Explanation("dead-network", sentence, "an output that depends on the image", "the same output for every image")


def _scale(seen: Seen) -> Explanation | None:
    evidence = looks_unscaled(seen.probes)
    low, high = seen.data.low, seen.data.high
    if not evidence or low is None or high is None or max(abs(low), abs(high)) < 2:
        return None
    return Explanation(
        "not-scaled", f"Pixels seem to reach `{seen.model_function}` unscaled. {evidence}", "0…1 or -1…1", f"{low:g}…{high:g}"
    )


def _rate(seen: Seen) -> Explanation | None:
    usual, compiled = unusual_rate(seen.model), seen.model.compiled
    if usual is None or compiled is None:
        return None
    rate, expected = f"{compiled.learning_rate:g}", f"{usual[0]:g} to {usual[1]:g}"
    sentence = f"The learning rate {rate} of `{seen.model_function}` is outside the usual {expected} for {compiled.optimizer}."
    return Explanation("learning-rate", sentence, expected, rate)


def _dropout(seen: Seen) -> Explanation | None:
    """A high rate alone is the student's choice; it is the cause where not even the training images are learned."""
    rate = max((rate_of(layer) for layer in seen.model.layers if layer.kind in DROPOUTS), default=0.0)
    ended = [_last_accuracy(one) for one in seen.training.tries if one.epochs]
    if rate <= MUCH_DROPOUT or not ended or max(ended) > LEARNED:
        return None
    sentence = (
        f"`Dropout({rate:g})` in `{seen.model_function}` drops {rate:.0%} of the units, which leaves too few to learn with: "
        f"it gets {max(ended):.0%} of the training images right. The usual rate is 0.2; it is the share that is dropped."
    )
    return Explanation("dropout-too-high", sentence, "a rate of 0.1 to 0.5", f"{rate:g}")


def _diverged(seen: Seen) -> Explanation | None:
    if not seen.training.tries or not all(one.ended == "diverged" for one in seen.training.tries):
        return None
    sentence = (
        f"Training `{seen.model_function}` diverges: the loss becomes NaN; lower the learning rate, or look at the scale of its inputs."
    )
    return Explanation("diverged", sentence, "a loss that falls", "a loss of NaN")


def _no_activation(seen: Seen) -> Explanation | None:
    linear = list(linear_layers(seen.model))
    if not linear:
        return None
    sentence = (
        f"`{seen.model_function}` has layers without activation ({len(linear)}, such as `{linear[0].name}`), "
        "which collapse into one linear map; add `activation='relu'`."
    )
    return Explanation("no-activation", sentence, "activation='relu'", "no activation")


def _distance(seen: Seen) -> Explanation | None:
    loss = seen.model.compiled.loss if seen.model.compiled is not None else None
    if FAMILIES.get(loss or "") not in {"distance", "margin"}:
        return None
    return Explanation("distance-loss", f"`{loss}` trains poorly for classes; use cross-entropy.", "a cross-entropy", str(loss))


def _overfitting(seen: Seen) -> Explanation | None:
    gap = overfitting(seen.training)
    if gap is None or gap[0] < LEARNED:
        return None
    sentence = (
        f"`{seen.model_function}` overfits: it gets {gap[0]:.0%} of the training images right, but {gap[1]:.0%} of unseen ones; "
        "it learns them by heart, so give it fewer parameters or more convolution and pooling."
    )
    return Explanation("overfitting", sentence)


def _too_strong(seen: Seen) -> Explanation | None:
    """A flip alone makes nothing hard; turned, shifted and zoomed images may be, where not even they are learned."""
    ended = [_last_accuracy(one) for one in seen.training.tries if one.epochs]
    distorted = seen.data.augmentations.get("moved", 0.0) + seen.data.augmentations.get("recoloured", 0.0)
    if not ended or max(ended) > LEARNED or distorted < DISTORTED:
        return None
    sentence = (
        f"The augmentation of `{seen.batches_function}` may be too strong: even of the augmented training images the network gets only "
        f"{max(ended):.0%} right within its steps; use smaller ranges."
    )
    return Explanation("augmentation-too-strong", sentence)


def _one_class(seen: Seen) -> Explanation | None:
    total = sum(seen.training.predicted.values())
    if not total:
        return None
    name, times = max(seen.training.predicted.items(), key=lambda item: item[1])
    if times < ONE_CLASS * total:
        return None
    return Explanation(
        "one-class", f"`{seen.model_function}` answers “{name}” for {times / total:.0%} of the images: it has learned nothing yet."
    )


def _underfitting(seen: Seen) -> Explanation | None:
    ended = [_last_accuracy(one) for one in seen.training.tries if one.epochs]
    if not ended or max(ended) > LEARNED:
        return None
    sentence = (
        f"`{seen.model_function}` does not even learn its training images ({max(ended):.0%} right): it is too small, or learns too slowly "
        "for the steps it gets."
    )
    return Explanation("underfitting", sentence)


def _last_accuracy(one: Try) -> float:
    return one.epochs[-1].accuracy


RULES: tuple[Callable[[Seen], Explanation | None], ...] = (
    _shapes,
    _dead,
    _frozen,
    _scale,
    _diverged,
    _rate,
    _dropout,
    _no_activation,
    _distance,
    _overfitting,
    _too_strong,
    _one_class,
    _underfitting,
)

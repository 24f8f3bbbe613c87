"""Remarks on a submission that cost no points, whatever the exercise asks."""

from __future__ import annotations

from collections.abc import Iterator

from grader.contracts.evidence import Evidence
from grader.contracts.network_facts import LayerFacts, ModelFacts
from grader.contracts.protocol import Protocol
from grader.contracts.training_facts import TrainingFacts
from grader.words import Table

from .criteria.base import joined

ENGLISH = {
    "instead": "`{function}` was called with the grader's own in place of what {failed} should have given back.",
    "no-activation": "Layer `{layer}` of `{function}` has no activation, so two layers act as one; add `activation='relu'`.",
    "learning-rate": "The learning rate {rate:g} of `{function}` is outside the usual {low:g} to {high:g} for {optimizer}.",
    "overfitting": "Training accuracy reached {training:.0%}, accuracy on unseen images {holdout:.0%}: that gap is overfitting.",
}
WORDS = Table("notes", ENGLISH)
USUAL_RATES = {"sgd": (1e-3, 0.3)}  # momentum or not
OTHER_RATES = (1e-5, 1e-2)
SCALE_FREE = frozenset({"adadelta", "ftrl", "lion", "adafactor", "lamb"})  # other magnitudes are usual there
GAP = 0.1  # between accuracy on training and on unseen images
WEIGHTED = ("Conv2D", "SeparableConv2D", "DepthwiseConv2D", "Dense")
BETWEEN = frozenset(
    {"BatchNormalization", "LayerNormalization", "Dropout", "SpatialDropout2D", "MaxPooling2D", "Flatten", "GlobalMaxPooling2D"}
)


def general_notes(protocol: Protocol, evidence: Evidence) -> list[str]:
    """Return what is worth saying about models and training in general."""
    notes: list[str] = []
    for call in evidence.calls.values():
        if call.instead:
            failed = joined(f"`{name}`" for name in call.instead)
            notes.append(WORDS["instead"].format(function=call.function, failed=failed))
        if call.status == "returned" and isinstance(call.facts, ModelFacts) and call.facts.compiled is not None:
            notes += [WORDS["no-activation"].format(layer=layer.name, function=call.function) for layer in linear_layers(call.facts)][:1]
            rate = unusual_rate(call.facts)
            if rate is not None:
                low, high = rate
                compiled = call.facts.compiled
                values = {"rate": compiled.learning_rate, "low": low, "high": high, "optimizer": compiled.optimizer}
                notes.append(WORDS["learning-rate"].format(function=call.function, **values))
    for training in protocol.trainings:
        gap = overfitting(evidence.trainings.get(training.id))
        if gap is not None:
            whose = f"`{evidence.calls[training.model].function}`: " if len(protocol.trainings) > 1 else ""
            notes.append(whose + WORDS["overfitting"].format(training=gap[0], holdout=gap[1]))
    return notes


def linear_layers(model: ModelFacts) -> Iterator[LayerFacts]:
    """Yield hidden layers with weights and no activation, neither their own nor in a layer that follows before the next weights."""
    layers = [layer for layer in model.layers if layer.part != "base"]  # what others have built is not the student's to change
    for index, layer in enumerate(layers):
        if layer.kind not in WEIGHTED or layer.activation != "linear":
            continue
        for after in layers[index + 1 :]:
            if after.kind in WEIGHTED:
                if layer.kind != "DepthwiseConv2D":
                    yield layer
                break
            if after.kind not in BETWEEN:
                break


def unusual_rate(model: ModelFacts) -> tuple[float, float] | None:
    """Return the usual range of the optimizer's learning rate where the model's is outside."""
    compiled = model.compiled
    if compiled is None or compiled.learning_rate is None or compiled.optimizer in SCALE_FREE:
        return None
    low, high = USUAL_RATES.get(compiled.optimizer or "", OTHER_RATES)
    return None if low <= compiled.learning_rate <= high else (low, high)


def overfitting(training: TrainingFacts | None) -> tuple[float, float] | None:
    """Return (training, holdout) accuracy at the end of the best try where they are far apart."""
    if training is None or not training.tries:
        return None
    best = max(training.tries, key=lambda one: one.holdout_accuracy)
    if not best.epochs:
        return None
    last = best.epochs[-1]
    return (last.accuracy, last.holdout_accuracy) if last.accuracy - last.holdout_accuracy > GAP else None

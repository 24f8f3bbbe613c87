"""Finds why a network that fits together did not learn: the first rule that the measurements support."""

from __future__ import annotations

from collections.abc import Callable

from grader.contracts.data_facts import BatchesFacts
from grader.contracts.evidence import Evidence
from grader.contracts.network_facts import ModelFacts, ProbeFacts
from grader.contracts.protocol import Training

from . import curves, data, network, steps
from .explanation import Explanation
from .seen import Seen

RULES: tuple[Callable[[Seen], Explanation | None], ...] = (
    network.input_shape,
    network.dead,
    network.frozen,
    data.not_scaled,
    steps.diverged,
    network.learning_rate,
    network.dropout,
    network.penalty,
    network.no_activation,
    network.distance_loss,
    curves.overfitting,
    data.too_strong,
    steps.flat,
    curves.one_class,
    steps.unsteady,
    curves.too_small,
    steps.climbing,
    steps.slow,
    curves.saturated,
    curves.underfitting,
)


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
    seen = Seen(model.facts, yielded, evidence.probes.get(protocol.id, ProbeFacts()), training, model.function, function)
    return next((found for rule in RULES if (found := rule(seen)) is not None), None)

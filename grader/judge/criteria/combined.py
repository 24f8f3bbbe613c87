"""What labels, last layer and loss of a submission are together, as measured."""

from __future__ import annotations

from grader.contracts.data_facts import BatchesFacts, PipelineFacts
from grader.contracts.evidence import Evidence
from grader.contracts.network_facts import CompileFacts, ModelFacts, OutputFacts
from grader.judge.compatibility import Combination, Encoding, misfit, misfit_of_output

from .base import facts_if_any, facts_of

RELIABLE = 0.95  # share of recognised images with the right label from which on the labels tell how many classes there are
MAX_LABEL = 10_000


def combination_of(evidence: Evidence, model: str, batches: str | None, classes: int) -> Combination | None:
    """Return labels, output and loss as measured; None for a model without a single output.

    Labels that are unknown, or that another criterion already finds wrong, are taken to be what suits the model best.
    """
    facts = facts_of(evidence, model, ModelFacts)
    if facts.output is None:
        return None
    pipelines = facts_if_any(evidence, batches, BatchesFacts)
    yielded: tuple[PipelineFacts | None, tuple[str, ...]] = (None, ())
    if pipelines is not None:
        yielded = (pipelines.training, pipelines.class_names)
    elif batches is None and evidence.given is not None:
        yielded = (evidence.given, evidence.given.classes)
    candidates = [combine(facts.output, facts.compiled, *labels) for labels in _labels(*yielded, classes)]
    return min(candidates, key=lambda c: (misfit_of_output(c) is not None, misfit(c) is not None))


def combine(output: OutputFacts, compiled: CompileFacts | None, labels: Encoding, classes: int, width: int) -> Combination:
    """Return the end of a network with labels in this encoding: `classes` that integers need, `width` of one-hot."""
    compiled = compiled or CompileFacts(loss=None)
    return Combination(
        labels=labels,
        classes=classes,
        width=width,
        shape=output.shape,
        activation=output.activation,
        loss=compiled.loss,
        from_logits=compiled.from_logits,
    )


def _labels(training: PipelineFacts | None, names: tuple[str, ...], classes: int) -> list[tuple[Encoding, int, int]]:
    """Return what the labels may be: (encoding, outputs that integers need, width of one-hot)."""
    labels = training.labels if training is not None else None
    if training is None or labels is None or labels.encoding in {"none", "other"}:
        return [("integer", classes, classes), ("one-hot", classes, classes)]
    told = (
        (not training.classes or set(training.classes) == set(names))
        and labels.agreement is not None
        and labels.agreement >= RELIABLE
        and len(set(labels.by_class.values())) == len(labels.by_class)
    )
    if labels.encoding == "one-hot":
        return [("one-hot", classes, labels.width if told else classes)]
    top = int(labels.maximum) + 1 if told and labels.maximum is not None and labels.maximum < MAX_LABEL else classes
    return [("integer", max(classes, top), classes)]

"""Three cheap measurements on the rebuilt network: the loss before training, which weights one step moves, whether the input matters."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.contracts.network_facts import ModelFacts, ProbeFacts

from .canonical import CanonicalCompile, CanonicalModel
from .data import Pipeline
from .network import ImpossibleError, refusals
from .rebuild import build_model, compile_model, give_values
from .tasks import PretrainedStart

BATCH = 20  # images that are probed with


def probe(
    model: CanonicalModel,
    compiled: CanonicalCompile | None,
    facts: ModelFacts,
    training: Pipeline,
    classes: int,
    seed: int,
    start: PretrainedStart | None = None,
) -> ProbeFacts:
    """Measure with the student's compile settings and recorded images. The process must be set up by `network.set_up`."""
    import keras

    keras.utils.clear_session(free_memory=False)  # whatever was built before: names in errors, and what is drawn, are the same
    keras.utils.set_random_seed(seed)
    chosen = _spread(training.recording.count)
    images = training.recording.values(chosen)
    chance = math.log(classes) if classes > 1 else None
    try:
        with refusals():
            network = build_model(model, seed, tuple(images.shape[1:]))
            if start is not None:
                give_values(network, start.pairs)
            made = network(images, training=False)
            outputs = np.asarray(made)
            zeroed = np.asarray(network(np.zeros_like(images[:1]), training=False))
    except ImpossibleError as error:
        return ProbeFacts(chance_loss=chance, error=str(error)[:4000], error_type=error.type)
    found = ProbeFacts(
        chance_loss=chance,
        input_dependent=bool(np.abs(outputs - zeroed).max() > 1e-6 * (1 + np.abs(outputs).max())),
        output_low=_finite(outputs.min()),
        output_high=_finite(outputs.max()),
    )
    raw = training.recording.labels
    if compiled is None or raw is None:
        return found
    try:
        with refusals():
            compile_model(network, compiled)
            loss, moved, still = _one_step(network, images, made, np.asarray(raw[chosen], np.float32), facts)
    except ImpossibleError as error:
        return found.model_copy(update={"error": str(error)[:4000], "error_type": error.type})
    return found.model_copy(update={"initial_loss": _finite(loss), "moved": moved, "still": still})


def _spread(count: int) -> npt.NDArray[np.intp]:
    """Return indices of images from all over the recording: an unshuffled one begins with one class only."""
    return np.unique(np.linspace(0, count - 1, min(BATCH, count)).astype(np.intp))


def _one_step(network: Any, images: Any, outputs: Any, labels: Any, facts: ModelFacts) -> tuple[float, tuple[str, ...], tuple[str, ...]]:
    """Return the loss before the step, and the student's names of the layers whose weights it moved and left.

    `outputs` were made with dropout and augmentation off: the first loss tells of scale and labels, not of noise.
    """
    loss = float(network.compute_loss(x=images, y=labels, y_pred=outputs, training=False))
    layers = list(_weighted(network))
    before = [[np.copy(weight.numpy()) for weight in layer.weights] for layer in layers]
    network.run_eagerly = True  # for one step, tracing a graph would cost more than it saves
    network.train_on_batch(images, labels)
    names = _names(layers, facts)
    moved: list[str] = []
    still: list[str] = []
    for layer, name, old in zip(layers, names, before, strict=True):
        changed = any(not np.array_equal(weight, now.numpy()) for weight, now in zip(old, layer.weights, strict=True))
        (moved if changed else still).append(name)
    return loss, tuple(moved), tuple(still)


def _weighted(model: Any) -> Iterator[Any]:
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _weighted(layer)
        elif any(weight.dtype != "uint32" for weight in layer.weights):  # a dropout layer's only weight is its random state
            yield layer


def _names(layers: list[Any], facts: ModelFacts) -> list[str]:
    """Return the student's names, which the facts list in the same order, else the canonical ones."""
    listed = [layer.name for layer in facts.layers if layer.parameters]
    return listed if len(listed) == len(layers) else [layer.name for layer in layers]


def _finite(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None

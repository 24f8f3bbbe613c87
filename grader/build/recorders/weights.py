"""Writes a model's weights down, for the trusted side to compare with a file that was handed out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ...contracts.artifacts import WeightedLayer

# No layer of a pretrained base holds as many values: a wide Dense layer on top of one does, and there is nothing to compare it with.
_MOST_OF_A_LAYER = 16_000_000
_MOST = 64_000_000


def write_weights(model: Any, path: Path) -> tuple[WeightedLayer, ...]:
    """Write the values of all layers, those of nested models included, in a row as float32; return which they are."""
    found: list[WeightedLayer] = []
    parts: list[np.ndarray[Any, np.dtype[np.float32]]] = []
    room = _MOST
    for names, layer in _layers(model, ()):
        values = [np.asarray(weight) for weight in layer.weights if "float" in str(weight.dtype)]  # dropout keeps its random state there
        size = sum(value.size for value in values)
        if not values or size > min(room, _MOST_OF_A_LAYER):
            continue
        room -= size
        found.append(WeightedLayer(path=names, shapes=tuple(value.shape for value in values)))
        parts += [value.astype(np.float32).ravel() for value in values]
    np.save(path, np.concatenate(parts) if parts else np.empty(0, np.float32), allow_pickle=False)
    return tuple(found)


def _layers(model: Any, around: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for layer in model.layers:
        names = (*around, str(layer.name))
        if hasattr(layer, "layers"):
            yield from _layers(layer, names)
        else:
            yield names, layer

"""Writes and reads a network's weights as Keras' `.h5` files have them: a group per layer, weights in the order that Keras names them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .architecture import Architecture

Weights = dict[str, NDArray[np.float32]]  # of one layer, by name, in the file's order


def write_weights(path: Path, layers: Iterator[tuple[str, Weights]]) -> None:
    """Write a file that `Model.load_weights` takes for any model with these layers, whatever they are called there."""
    import h5py  # noqa: PLC0415

    with h5py.File(path, "w") as file:
        names = []
        for name, weights in layers:
            names.append(name.encode())
            group = file.create_group(name)
            paths = [f"{name}/{weight}:0" for weight in weights]
            group.attrs["weight_names"] = [each.encode() for each in paths]
            for each, values in zip(paths, weights.values(), strict=True):
                group.create_dataset(each, data=values)
        file.attrs["layer_names"] = names
        file.attrs["backend"] = b"tensorflow"
        file.attrs["keras_version"] = b"3.0.0"


def read_weights(path: Path, architecture: Architecture) -> dict[str, Weights]:
    """Return a file's weights by the architecture's layer names; layers without weights are left out.

    Raises ValueError where the file's layers are not those of the architecture.
    """
    import h5py  # noqa: PLC0415

    with h5py.File(path, "r") as file:
        found = []
        for name in map(_text, file.attrs["layer_names"]):
            group = file[name]
            weights = [np.asarray(group[_text(weight)], dtype=np.float32) for weight in group.attrs["weight_names"]]
            if weights:
                found.append(weights)
    expected = architecture.layers
    if [[w.shape for w in weights] for weights in found] != [list(layer.weights.values()) for layer in expected]:
        raise ValueError(f"the layers in the file are not those of {architecture.title} without top")
    return {layer.name: dict(zip(layer.weights, weights, strict=True)) for layer, weights in zip(expected, found, strict=True)}


def _text(name: Any) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)

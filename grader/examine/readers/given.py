"""Compares a model with the one that its function was given: which of its outputs is which of the given layers'.

Compared is how an output is computed, from the image on: names play no part, and a layer may be called again or made anew.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from grader.contracts.artifacts import ModelPayload
from grader.contracts.base import Frozen, digest
from grader.contracts.errors import GraderError
from grader.contracts.evidence import ModelFacts, OutputOrigin
from grader.contracts.given import GivenModel
from grader.examine.canonical import CanonicalModel, Tensor
from grader.examine.rebuild import unallocated
from grader.examine.settings import printable
from grader.examine.structure import ModelReading, model_facts

IMAGE = -1  # the given model's input, among the numbers of its layers


def with_given(reading: ModelReading, given: GivenModel) -> ModelFacts:
    """Return a model's facts with the origin of each output, and with the given model's layers."""
    original = _original(given)
    numbers = {layer.name: number for number, layer in enumerate(given.layers)}
    calls = zip(original.model.calls, _computed(original.model, _images(original.model)), strict=True)
    places = {key: numbers[original.model.layers[call.layer].label] for call, (key,) in calls}
    places[_images(original.model)[0]] = IMAGE
    images = _images(reading.model)
    ends = _ends(reading.model, images, _computed(reading.model, images))
    origins = [
        OutputOrigin(**_maker(reading.model, tensor), shape=shape, given=places.get(key))
        for tensor, shape, key in zip(reading.model.outputs, reading.shapes, ends, strict=False)
    ]
    layers = sorted(original.facts.layers, key=lambda layer: numbers[layer.name])
    return reading.facts.model_copy(update={"outputs": tuple(origins), "given": tuple(layers)})


def _original(given: GivenModel) -> ModelReading:
    """Return the given model as it is read, by the way that the child's takes: through Keras, which fills in every default."""
    import keras

    with unallocated():
        written = keras.models.model_from_json(json.dumps(given.config())).to_json()
    reading = model_facts(ModelPayload(model_class=given.style, config=json.loads(written)))
    if not isinstance(reading, ModelReading):
        raise GraderError(f"A model that an exercise gives cannot be read: {reading.sentence}")
    return reading


def _images(model: CanonicalModel) -> list[str]:
    """Return a key for each input."""
    return [digest(["input", number, source.model_dump(mode="json")]) for number, source in enumerate(model.inputs)]


def _computed(model: CanonicalModel, images: Sequence[str]) -> list[tuple[str, ...]]:
    """Return for each call a key for each of its outputs; equal keys mean equal computations."""
    made: list[tuple[str, ...]] = []

    def key(argument: Any) -> Any:
        if isinstance(argument, Tensor):
            return images[argument.output] if argument.call is None else made[argument.call][argument.output]
        if isinstance(argument, tuple):
            return [key(item) for item in argument]
        return argument.model_dump(mode="json") if isinstance(argument, Frozen) else argument

    for call in model.calls:
        layer = model.layers[call.layer]
        arguments = [key(argument) for argument in call.arguments]
        if layer.model is None:
            made.append((digest([layer.kind, layer.config, arguments]),))
        else:
            inner = [one for argument in arguments for one in (argument if isinstance(argument, list) else [argument])]
            made.append(tuple(_ends(layer.model, inner, _computed(layer.model, inner))))
    return made


def _ends(model: CanonicalModel, images: Sequence[str], made: Sequence[tuple[str, ...]]) -> list[str]:
    return [images[end.output] if end.call is None else made[end.call][end.output] for end in model.outputs]


def _maker(model: CanonicalModel, tensor: Tensor) -> dict[str, str]:
    """Return name and kind of the layer that made an output."""
    if tensor.call is None:
        return {"layer": "", "kind": "Input"}
    layer = model.layers[model.calls[tensor.call].layer]
    return {"layer": printable(layer.label) or layer.id, "kind": "Operation" if layer.operation else layer.kind}

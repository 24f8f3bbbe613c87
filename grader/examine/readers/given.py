"""Compares a model with the one that its function was given: which of its outputs is which of the given layers'.

Compared is how an output is computed, from the image on: names play no part, and a layer may be called again or made anew.
"""

from __future__ import annotations

import json

from grader.contracts.artifacts import ModelPayload
from grader.contracts.errors import GraderError
from grader.contracts.given import GivenModel
from grader.contracts.network_facts import ModelFacts, OutputOrigin
from grader.examine.canonical import CanonicalModel, Tensor
from grader.examine.computation import compute, input_keys
from grader.examine.rebuild import unallocated
from grader.examine.settings import printable
from grader.examine.structure import ModelReading, model_facts

IMAGE = -1  # the given model's input, among the numbers of its layers


def with_given(reading: ModelReading, given: GivenModel) -> ModelFacts:
    """Return a model's facts with the origin of each output, and with the given model's layers."""
    original = given_reading(given)
    numbers = {layer.name: number for number, layer in enumerate(given.layers)}
    images = input_keys(original.model)
    calls = zip(original.model.calls, compute(original.model, images).calls, strict=True)
    places = {key: numbers[original.model.layers[call.layer].label] for call, (key,) in calls}
    places[images[0]] = IMAGE
    ends = compute(reading.model, input_keys(reading.model)).ends
    origins = [
        OutputOrigin(**_maker(reading.model, tensor), shape=shape, given=places.get(key))
        for tensor, shape, key in zip(reading.model.outputs, reading.shapes, ends, strict=False)
    ]
    layers = sorted(original.facts.layers, key=lambda layer: numbers[layer.name])
    return reading.facts.model_copy(update={"outputs": tuple(origins), "given": tuple(layers)})


def given_reading(given: GivenModel) -> ModelReading:
    """Return the given model as it is read, by the way that the child's takes: through Keras, which fills in every default."""
    import keras

    with unallocated():
        written = keras.models.model_from_json(json.dumps(given.config())).to_json()
    reading = model_facts(ModelPayload(model_class=given.style, config=json.loads(written)))
    if not isinstance(reading, ModelReading):
        raise GraderError(f"A model that an exercise gives cannot be read: {reading.sentence}")
    return reading


def _maker(model: CanonicalModel, tensor: Tensor) -> dict[str, str]:
    """Return name and kind of the layer that made an output."""
    if tensor.call is None:
        return {"layer": "", "kind": "Input"}
    layer = model.layers[model.calls[tensor.call].layer]
    return {"layer": printable(layer.label) or layer.id, "kind": "Operation" if layer.operation else layer.kind}

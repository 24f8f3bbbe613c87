"""Which output of a model is which layer's of the given one: told by how it is computed, whatever the names."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import keras
import pytest
from keras import layers
from pydantic import ValidationError

from grader.contracts.artifacts import ModelPayload
from grader.contracts.given import GivenModel
from grader.contracts.network_facts import ModelFacts
from grader.examine.readers.given import with_given
from grader.examine.structure import ModelReading, model_facts

CONV = {"kind": "Conv2D", "settings": {"filters": 2, "kernel_size": [3, 3], "padding": "same"}}
FIRST = {**CONV, "name": "first"}
LINE = (FIRST, {"kind": "MaxPooling2D", "name": "pool"}, {"kind": "Flatten", "name": "flat"})
JOINED = (FIRST, {**CONV, "name": "second"}, {"kind": "Add", "name": "both", "inputs": ["first", "second"]})
SEQUENTIAL = GivenModel.model_validate({"style": "Sequential", "input_shape": [8, 8, 2], "layers": LINE})
FUNCTIONAL = GivenModel.model_validate({"style": "Functional", "input_shape": [8, 8, 2], "layers": JOINED})
each_given = pytest.mark.parametrize("given", [SEQUENTIAL, FUNCTIONAL], ids=["sequential", "functional"])


def made(given: GivenModel) -> Any:
    """The model as the child makes it."""
    return keras.models.model_from_json(json.dumps(given.config()))


def inner(model: Any) -> list[Any]:
    return [layer for layer in model.layers if not isinstance(layer, layers.InputLayer)]


def facts(model: Any, given: GivenModel) -> ModelFacts:
    reading = model_facts(ModelPayload(model_class=type(model).__name__, config=json.loads(model.to_json())))
    assert isinstance(reading, ModelReading)
    return with_given(reading, given)


def from_outputs(model: Any) -> Any:
    return keras.Model(model.inputs, [layer.output for layer in inner(model)])


def cloned(model: Any) -> Any:
    return from_outputs(keras.models.clone_model(model))


def renamed(model: Any) -> Any:
    for number, layer in enumerate(inner(model)):
        layer.name = f"other_{number}"
    return from_outputs(model)


def nested(model: Any) -> Any:
    image = keras.Input(model.inputs[0].shape[1:])
    return keras.Model(image, [keras.Model(model.inputs, layer.output)(image) for layer in inner(model)])


def frozen(model: Any) -> Any:
    model.trainable = False
    return from_outputs(model)


@each_given
@pytest.mark.parametrize("make", [from_outputs, cloned, renamed, nested, frozen])
def test_each_output_is_recognised_however_it_is_spelled(make: Callable[[Any], Any], given: GivenModel) -> None:
    found = facts(make(made(given)), given)
    assert [output.given for output in found.outputs] == [0, 1, 2]
    assert [layer.name for layer in found.given] == [layer.name for layer in given.layers]
    assert [output.shape for output in found.outputs] == [layer.output_shape for layer in found.given]


def test_the_image_itself_is_told_from_a_layer() -> None:
    model = made(FUNCTIONAL)
    found = facts(keras.Model(model.inputs, [layer.output for layer in model.layers]), FUNCTIONAL)
    assert [output.given for output in found.outputs] == [-1, 0, 1, 2]
    assert (found.outputs[0].kind, found.outputs[0].shape) == ("Input", (8, 8, 2))


def test_what_the_given_model_does_not_compute_is_not_recognised() -> None:
    model = made(SEQUENTIAL)
    first = model.layers[0].output
    strange = [layers.Conv2D(2, 3)(model.inputs[0]), layers.Activation("relu")(first), model.layers[0](first), first]
    found = facts(keras.Model(model.inputs, strange), SEQUENTIAL)
    assert [output.given for output in found.outputs] == [None, None, None, 0]


def test_the_model_itself_has_one_output() -> None:
    found = facts(made(SEQUENTIAL), SEQUENTIAL)
    assert [(output.layer, output.kind, output.given) for output in found.outputs] == [("flat", "Flatten", 2)]


def test_an_input_of_another_size_makes_every_output_another() -> None:
    image = keras.Input((16, 16, 2))
    found = facts(keras.Model(image, layers.Conv2D(2, 3, padding="same")(image)), SEQUENTIAL)
    assert [output.given for output in found.outputs] == [None]


@each_given
def test_child_and_examiner_see_the_same_model(given: GivenModel) -> None:
    model = made(given)
    assert type(model).__name__ == given.style
    assert [layer.name for layer in inner(model)] == [layer.name for layer in given.layers]
    assert model.inputs[0].shape[1:] == given.input_shape


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"layers": [FIRST, FIRST]}, "'first' stands twice"),
        ({"layers": [FIRST, {"kind": "Add", "name": "both", "inputs": ["first", "scond"]}]}, "takes 'scond', which is no earlier layer"),
        ({"style": "Sequential", "layers": [FIRST, {**CONV, "name": "next", "inputs": ["first"]}]}, "of a Sequential model takes what"),
        ({"layers": []}, "at least 1 item"),
    ],
)
def test_a_given_model_that_hangs_together_badly_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        GivenModel.model_validate({"style": "Functional", "input_shape": [8, 8, 2], "layers": JOINED} | changes)

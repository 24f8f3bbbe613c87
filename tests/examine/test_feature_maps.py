"""What layers make of an image: the right layers under the right numbers, inside nested models too."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from grader.contracts.artifacts import ModelPayload
from grader.contracts.pictures import MAX_DRAWN_LAYERS, MAX_VERSIONS, FeatureMaps
from grader.examine.feature_maps import CHANNELS, augmented_inside, feature_maps
from grader.examine.rebuild import build_model
from grader.examine.structure import ModelReading, model_facts

SIDE = 24


def shown(model: Any, side: int = SIDE) -> tuple[FeatureMaps | None, ModelReading]:
    reading = model_facts(ModelPayload(model_class="Functional", config=json.loads(model.to_json())))
    assert isinstance(reading, ModelReading)
    image = np.random.default_rng(1).integers(0, 256, (side, side, 3)).astype(np.float32)
    return feature_maps(build_model(reading.model, 7), reading.model, image, 1 / 255, 0.0), reading


def sequential() -> Any:
    from keras import Sequential, layers

    stack = [layers.Conv2D(12, 3, activation="relu"), layers.MaxPooling2D(), layers.Conv2D(4, 3), layers.GlobalAveragePooling2D()]
    return Sequential([layers.Input((SIDE, SIDE, 3)), layers.Rescaling(1.0), *stack, layers.Dense(1)])


def functional() -> Any:
    import keras
    from keras import layers

    inner_input = keras.Input((11, 11, 12))
    inner = keras.Model(inner_input, layers.AveragePooling2D(2)(layers.Conv2D(5, 3, padding="same")(inner_input)), name="inner")
    image = keras.Input((SIDE, SIDE, 3))
    shared = layers.Conv2D(3, 3, padding="same")
    x = layers.Conv2D(12, 3)(shared(shared(image / 255.0)))
    return keras.Model(image, layers.Dense(2)(layers.Flatten()(inner(layers.MaxPooling2D()(x)))))


def nested_twice() -> Any:
    from keras import Sequential, layers

    block = Sequential([layers.Conv2D(4, 3), layers.MaxPooling2D()])
    features = Sequential([layers.Input((SIDE, SIDE, 3)), block, layers.Conv2D(5, 3)])
    return Sequential([features, layers.Flatten(), layers.Dense(1)])


@pytest.mark.parametrize(
    ("make", "kinds"),
    [
        (nested_twice, ["Conv2D", "MaxPooling2D", "Conv2D"]),
        (sequential, ["Conv2D", "MaxPooling2D", "Conv2D"]),
        (functional, ["Conv2D", "Conv2D", "MaxPooling2D", "Conv2D", "AveragePooling2D"]),
    ],
)
def test_convolutions_and_poolings_in_order(make: Any, kinds: list[str]) -> None:
    maps, reading = shown(make())
    assert maps is not None
    assert [layer.kind for layer in maps.layers] == kinds
    for layer in maps.layers:
        facts = reading.facts.layers[layer.layer]
        assert (facts.kind, facts.output_shape) == (layer.kind, layer.shape)
        assert len(layer.channels) == min(CHANNELS, layer.shape[2])
        assert list(layer.channels) == sorted(set(layer.channels))
    assert maps == shown(make())[0]


def test_of_many_layers_the_first_the_last_and_some_between_are_drawn() -> None:
    from keras import Sequential, layers

    maps, _ = shown(Sequential([layers.Input((SIDE, SIDE, 3)), *(layers.Conv2D(2, 3, padding="same") for _ in range(23))]))
    assert maps is not None
    assert len(maps.layers) == MAX_DRAWN_LAYERS
    assert [layer.layer for layer in maps.layers][:: MAX_DRAWN_LAYERS - 1] == [0, 22]


def test_the_channels_that_vary_are_chosen() -> None:
    import keras
    from keras import layers

    model = keras.Sequential([layers.Input((SIDE, SIDE, 3)), layers.Conv2D(20, 1, activation="relu")])
    reading = model_facts(ModelPayload(model_class="Sequential", config=json.loads(model.to_json())))
    assert isinstance(reading, ModelReading)
    built = build_model(reading.model, 7)
    kernel, bias = built.layers[-1].get_weights()
    kernel[..., ::2], bias[::2] = 0, 1  # every other channel is constant
    kernel[..., 1::2] = 1
    built.layers[-1].set_weights([kernel, bias])
    maps = feature_maps(built, reading.model, np.arange(SIDE * SIDE * 3, dtype=np.float32).reshape(SIDE, SIDE, 3), 1 / 255, 0.0)
    assert maps is not None
    assert maps.layers[0].channels == (1, 3, 5, 7, 9, 11, 13, 15)


@pytest.mark.parametrize("broken", ["no convolution", "not a number", "one pixel"])
def test_nothing_to_see(broken: str) -> None:
    from keras import Sequential, layers

    kinds = {"no convolution": [layers.Flatten()], "not a number": [layers.Conv2D(2, 3)], "one pixel": [layers.Conv2D(4, SIDE)]}
    model = Sequential([layers.Input((SIDE, SIDE, 3)), *kinds[broken]])
    reading = model_facts(ModelPayload(model_class="Sequential", config=json.loads(model.to_json())))
    assert isinstance(reading, ModelReading)
    built = build_model(reading.model, 7)
    if broken == "not a number":
        built.set_weights([np.full_like(weight, np.nan) for weight in built.get_weights()])
    assert feature_maps(built, reading.model, np.zeros((SIDE, SIDE, 3), np.uint8), 1.0, 0.0) is None


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("scale", [1.0, 1 / 255])
def test_random_layers_of_the_network_are_shown_at_work(nested: bool, scale: float) -> None:
    from keras import Sequential, layers

    random = [layers.RandomFlip("horizontal"), layers.RandomBrightness(0.3, value_range=(0, 255 * scale))]
    first = [Sequential(random)] if nested else random
    model = Sequential([layers.Input((SIDE, SIDE, 3)), *first, layers.Rescaling(1 / 255), layers.Conv2D(4, 3), layers.Flatten()])
    reading = model_facts(ModelPayload(model_class="Sequential", config=json.loads(model.to_json())))
    assert isinstance(reading, ModelReading)
    image = np.zeros((SIDE, SIDE, 3), np.float32) + np.arange(SIDE, dtype=np.float32)[None, :, None] * 10  # bright on the right
    built = [build_model(reading.model, 7) for _ in range(2)]
    shown, again = (augmented_inside(each, image, scale, 0.0) for each in built)
    assert shown is not None
    assert shown == again
    assert len(shown.versions) == MAX_VERSIONS
    assert len({version.png for version in shown.versions}) > 2
    assert feature_maps(built[0], reading.model, image, scale, 0.0) is not None


def test_a_network_without_random_layers_shows_none() -> None:
    reading = shown(sequential())[1]
    assert augmented_inside(build_model(reading.model, 7), np.ones((SIDE, SIDE, 3)), 1.0, 0.0) is None

"""What one look at an untrained network tells: its first loss, what moves in a step, whether the input matters."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from grader.contracts.artifacts import ModelPayload, PipelinePayload
from grader.contracts.data_facts import LabelFacts, PipelineFacts
from grader.contracts.network_facts import ProbeFacts
from grader.examine.data import Pipeline
from grader.examine.labels import read_labels
from grader.examine.probes import probe
from grader.examine.readers.batches import Recording
from grader.examine.structure import ModelReading, model_facts


def _probe(layers: list[Any], *, loss: str | None = "binary_crossentropy", scale: float = 1 / 255, labels: Any = None) -> ProbeFacts:
    import keras

    model = keras.Sequential([keras.Input((16, 16, 3)), *layers])
    if loss is not None:
        model.compile(optimizer="rmsprop", loss=loss)
    payload = ModelPayload(
        model_class="Sequential",
        config=json.loads(model.to_json()),
        compile_config=model.get_compile_config() if loss is not None else None,
    )
    reading = model_facts(payload)
    assert isinstance(reading, ModelReading)
    pixels = np.random.default_rng(0).integers(0, 256, (30, 16, 16, 3), np.uint8)
    numbers = np.arange(30) % 2 if labels is None else labels
    recorded = PipelinePayload(pipeline_class="X", scale=scale, batches=(30,), epochs=(1,))
    pipeline = Pipeline(
        Recording(recorded, pixels, numbers),
        read_labels(numbers),
        np.full(30, -1),
        PipelineFacts(pipeline_class="X", image_shape=(16, 16, 3), labels=LabelFacts(encoding="integer")),
    )
    return probe(reading.model, reading.compiled, reading.facts, pipeline, 2, 1)


def _network(units: int = 1, activation: str = "sigmoid", **head: Any) -> list[Any]:
    from keras import layers

    return [
        layers.Conv2D(8, 3, activation="relu", name="first"),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(units, activation=activation, name="last", **head),
    ]


def test_scaled_pixels_begin_near_chance_and_unscaled_ones_do_not() -> None:
    scaled, unscaled = _probe(_network()), _probe(_network(), scale=1.0)
    assert scaled.chance_loss == pytest.approx(math.log(2))
    assert scaled.initial_loss == pytest.approx(math.log(2), abs=0.2)
    assert unscaled.initial_loss is not None
    assert unscaled.initial_loss > 2
    assert scaled.input_dependent
    assert scaled.error == ""
    assert 0 <= (scaled.output_low or 0) <= (scaled.output_high or 0) <= 1


def test_which_layers_move() -> None:
    layers = _network()
    assert _probe(layers).moved == ("first", "last")
    layers[0].trainable = False
    found = _probe(layers)
    assert (found.moved, found.still) == (("last",), ("first",))


def test_a_softmax_over_one_unit_ignores_its_input() -> None:
    found = _probe(_network(activation="softmax"))
    assert found.input_dependent is False
    assert (found.output_low, found.output_high) == pytest.approx((1.0, 1.0))


@pytest.mark.parametrize(
    ("layers", "loss", "labels"),
    [
        (_network, "sparse_categorical_crossentropy", np.arange(30) % 3 + 1),
        (lambda: _network(3, "softmax"), "categorical_crossentropy", None),
        (_network, "binary_crossentropy", np.eye(2)[np.arange(30) % 2]),
    ],
    ids=["labels beyond the outputs", "integers with categorical", "one-hot with one unit"],
)
def test_an_impossible_step_is_told_in_keras_words(layers: Any, loss: str, labels: Any) -> None:
    found = _probe(layers(), loss=loss, labels=labels)
    assert found.error
    assert found.error_type
    assert found.initial_loss is None
    assert found.output_low is not None


def test_an_uncompiled_network_is_probed_as_far_as_it_goes() -> None:
    found = _probe(_network(), loss=None)
    assert (found.initial_loss, found.moved, found.error) == (None, (), "")
    assert found.input_dependent

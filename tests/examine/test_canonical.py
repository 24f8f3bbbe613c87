"""The canonical form: what makes two models the same, what leaves no trace, and building from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers as kl

from grader.build.recorders.model import payload_of
from grader.contracts.network_facts import CompileFacts
from grader.examine.canonical import CanonicalModel
from grader.examine.rebuild import build_model, compile_model
from grader.examine.structure import ModelReading, model_facts


def read(model: Any) -> ModelReading:
    reading = model_facts(payload_of(model))
    assert isinstance(reading, ModelReading), reading
    return reading


def network(prefix: str = "a", seed: int | None = None, units: int = 2, rate: float = 0.2, side: int = 8) -> Any:
    return keras.Sequential(
        [
            keras.Input((side, side, 3), name=f"{prefix}_in"),
            kl.Conv2D(4, 3, name=f"{prefix}_conv", kernel_initializer=keras.initializers.GlorotUniform(seed=seed)),
            kl.Flatten(name=f"{prefix}_flat"),
            kl.Dropout(rate, seed=seed, name=f"{prefix}_drop"),
            kl.Dense(units, name=f"{prefix}_dense"),
        ],
        name=f"{prefix}_model",
    )


def as_functional() -> Any:
    x = inputs = keras.Input((8, 8, 3))
    for layer in network("f").layers:
        x = layer(x)
    return keras.Model(inputs, x)


def _merged(swapped: bool) -> Any:
    inputs = keras.Input((8,))
    first, second = kl.Dense(2), kl.Dense(2)
    # Which layer is made and called first does not matter, only what is joined in which order.
    parts = [second(inputs), first(inputs)][::-1] if swapped else [first(inputs), second(inputs)]
    return keras.Model(inputs, kl.Concatenate()(parts))


SAME: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "renamed": (network, lambda: network("other")),
    "seeded": (network, lambda: network(seed=7)),
    "functional": (network, as_functional),
    "order of making": (lambda: _merged(False), lambda: _merged(True)),
    "padding spelled out": (
        lambda: keras.Sequential([keras.Input((8, 8, 3)), kl.MaxPooling2D()]),
        lambda: keras.Sequential([keras.Input((8, 8, 3)), kl.MaxPool2D((2, 2), strides=2)]),
    ),
}
DIFFERENT: dict[str, Callable[[], Any]] = {
    "units": lambda: network(units=3),
    "rate": lambda: network(rate=0.3),
    "input": lambda: network(side=9),
}


@pytest.mark.parametrize("name", SAME)
def test_equal_networks_have_equal_digests(name: str) -> None:
    one, other = (read(make()) for make in SAME[name])
    assert one.facts.digest == other.facts.digest == one.model.digest


@pytest.mark.parametrize("name", DIFFERENT)
def test_other_networks_have_other_digests(name: str) -> None:
    assert read(DIFFERENT[name]()).facts.digest != read(network()).facts.digest


def test_freezing_is_part_of_the_network() -> None:
    frozen = network()
    frozen.layers[0].trainable = False
    assert read(frozen).facts.digest != read(network()).facts.digest


def test_neither_names_nor_seeds_survive() -> None:
    text = read(network("student", seed=987654321)).model.model_dump_json()
    assert "student" not in text
    assert "987654321" not in text
    assert "seed" not in text
    model = read(network()).model
    assert CanonicalModel.model_validate_json(model.model_dump_json()).digest == model.digest


def test_weights_come_from_the_graders_seed_alone() -> None:
    one = build_model(read(network("a", seed=1)).model, seed=5)
    two = build_model(read(network("b", seed=2)).model, seed=5)
    other = build_model(read(network("a", seed=1)).model, seed=6)
    assert [w.path for w in one.weights] == [w.path for w in two.weights]
    assert all(np.array_equal(a, b) for a, b in zip(one.get_weights(), two.get_weights(), strict=True))
    assert not np.array_equal(one.get_weights()[0], other.get_weights()[0])
    assert [layer.name for layer in one.layers] == ["input_0", "layer_0_conv2d", "layer_1_flatten", "layer_2_dropout", "layer_3_dense"]


def test_a_rebuilt_model_computes_what_the_original_does() -> None:
    inputs = keras.Input((8, 8, 3))
    shared = kl.Conv2D(3, 3, padding="same", activation="relu")
    block = keras.Sequential([kl.Conv2D(3, 1), kl.BatchNormalization()])
    x = shared(1 - inputs / 255.0)
    x = kl.Concatenate()([shared(x), block(x), x[:, ::-1]])
    original = keras.Model(inputs, kl.Dense(2)(kl.GlobalAveragePooling2D()(x)))
    rebuilt = build_model(read(original).model, seed=0)
    rebuilt.set_weights(original.get_weights())
    images = np.random.default_rng(0).uniform(0, 255, (4, 8, 8, 3)).astype("float32")
    np.testing.assert_allclose(rebuilt(images), original(images), rtol=1e-5, atol=1e-6)


COMPILED: dict[str, tuple[dict[str, Any], CompileFacts]] = {
    "names": (
        {"optimizer": "adam", "loss": "binary_crossentropy", "metrics": ["accuracy"]},
        CompileFacts(loss="binary_crossentropy", optimizer="adam", learning_rate=0.001, metrics=("accuracy",)),
    ),
    "short names": (
        {"optimizer": "rmsprop", "loss": "bce", "metrics": ["acc"]},
        CompileFacts(loss="binary_crossentropy", optimizer="rmsprop", learning_rate=0.001, metrics=("acc",)),
    ),
    "objects": (
        {
            "optimizer": keras.optimizers.SGD(0.05, momentum=0.9),
            "loss": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            "metrics": [keras.metrics.SparseCategoricalAccuracy(), keras.metrics.Accuracy(), keras.metrics.AUC(name="area")],
        },
        CompileFacts(
            loss="sparse_categorical_crossentropy",
            from_logits=True,
            optimizer="sgd",
            learning_rate=0.05,
            metrics=("sparse_categorical_accuracy", "Accuracy", "area"),
        ),
    ),
    "functions": (
        {"loss": keras.losses.categorical_crossentropy, "metrics": [keras.metrics.binary_accuracy]},
        CompileFacts(loss="categorical_crossentropy", optimizer="rmsprop", learning_rate=0.001, metrics=("binary_accuracy",)),
    ),
    "schedule": (
        {"optimizer": keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.01, 100, 0.9)), "loss": "mse"},
        CompileFacts(loss="mean_squared_error", optimizer="adam", learning_rate=0.01),
    ),
    "list and dict": (
        {"optimizer": keras.optimizers.AdamW(), "loss": ["mae"], "metrics": [["accuracy"]], "loss_weights": [1.0]},
        CompileFacts(loss="mean_absolute_error", optimizer="adam_w", learning_rate=0.001, metrics=("accuracy",)),
    ),
    "no loss": ({"optimizer": "adam"}, CompileFacts(loss=None, optimizer="adam", learning_rate=0.001)),
}


@pytest.mark.parametrize("name", COMPILED)
def test_what_compile_was_told(name: str) -> None:
    arguments, expected = COMPILED[name]
    model = network()
    model.compile(**arguments)
    reading = read(model)
    assert reading.facts.compiled == expected
    rebuilt = build_model(reading.model, seed=0)
    assert reading.compiled is not None
    compile_model(rebuilt, reading.compiled)
    assert type(rebuilt.optimizer) is type(model.optimizer)
    assert getattr(rebuilt.loss, "name", None) == expected.loss


def test_an_uncompiled_model_says_so() -> None:
    assert read(network()).facts.compiled is None


def test_every_optimizer_can_be_made_from_its_own_config() -> None:
    from grader.examine.training_objects import OPTIMIZERS

    for name in OPTIMIZERS:
        model = keras.Sequential([keras.Input((2,)), kl.Dense(1)])
        model.compile(getattr(keras.optimizers, name)(), "mse")
        reading = read(model)
        assert reading.compiled is not None
        compile_model(model, reading.compiled)
        assert model.optimizer.get_config()["learning_rate"] == pytest.approx(
            getattr(keras.optimizers, name)().get_config()["learning_rate"]
        )

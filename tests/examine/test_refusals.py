"""Hostile and foreign configs: refused by a stable id and a sentence, never built, never a crash."""

from __future__ import annotations

import base64
import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers as kl

from grader.build.recorders.model import payload_of
from grader.contracts.artifacts import ModelPayload
from grader.examine.canonical import Problem
from grader.examine.structure import ModelReading, model_facts

Config = dict[str, Any]


@pytest.fixture(scope="module")
def payload() -> ModelPayload:
    """A functional model with a nested one, operations, a shared layer and a compile config."""
    block = keras.Sequential([kl.Conv2D(4, 3, padding="same", activation="relu"), kl.BatchNormalization()], name="block")
    shared = kl.Conv2D(4, 1, name="shared")
    inputs = keras.Input((12, 12, 3))
    x = block(inputs / 255.0)
    x = kl.Concatenate()([shared(x), shared(x)])
    x = kl.Flatten(name="flatten")(kl.MaxPooling2D()(x))
    model = keras.Model(inputs, kl.Dense(2, activation="softmax", name="head")(kl.Dropout(0.2, name="dropout")(x)))
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"])
    return payload_of(model)


def layer(config: Config, name: str) -> Config:
    return next(entry for entry in config["config"]["layers"] if name in (entry["name"], entry["class_name"]))


def problem_of(payload: ModelPayload, change: Callable[[Config, Config], object]) -> Problem:
    config, compiled = copy.deepcopy(payload.config), copy.deepcopy(payload.compile_config)
    assert config is not None
    assert compiled is not None
    change(config, compiled)
    found = model_facts(ModelPayload(model_class="Functional", config=config, compile_config=compiled))
    assert isinstance(found, Problem), found
    return found


def _set(name: str, key: str, value: Any) -> Callable[[Config, Config], object]:
    return lambda config, compiled: layer(config, name)["config"].__setitem__(key, value)


def _entry(name: str, **values: Any) -> Callable[[Config, Config], object]:
    return lambda config, compiled: layer(config, name).update(values)


def _compile(key: str, value: Any) -> Callable[[Config, Config], object]:
    return lambda config, compiled: compiled.__setitem__(key, value)


def _argument(name: str, value: Any) -> Callable[[Config, Config], object]:
    return lambda config, compiled: layer(config, name)["inbound_nodes"][0]["args"].__setitem__(1, value)


def _many(config: Config, compiled: Config) -> None:
    config["config"]["layers"] *= 500


def _deep(config: Config, compiled: Config) -> None:
    inner = copy.deepcopy(layer(config, "head"))
    for number in range(20):
        inner = {
            "module": "keras",
            "class_name": "Sequential",
            "registered_name": None,
            "config": {"name": f"s{number}", "layers": [inner]},
        }
    layer(config, "head").update(inner)


BYTECODE = {"value": [base64.b64encode(b"\xe3\x01\x00").decode(), None, None]}
ARRAY = {"class_name": "__numpy__", "config": {"value": np.ones((3, 4)).tolist(), "dtype": "float32"}}
CONSTANT = {"module": "keras.initializers", "class_name": "Constant", "registered_name": None, "config": {"value": ARRAY}}
FUNCTION = {"module": "builtins", "class_name": "function", "config": "my_loss", "registered_name": "function"}
LAMBDA = {"class_name": "__lambda__", "config": BYTECODE}

REFUSED: dict[str, tuple[Callable[[Config, Config], object], str]] = {
    "lambda activation, marshalled": (_set("head", "activation", BYTECODE), "lambda-activation"),
    "lambda activation": (_set("head", "activation", LAMBDA), "lambda-activation"),
    "activation of one's own": (_set("head", "activation", FUNCTION), "custom-activation"),
    "Lambda layer": (_entry("flatten", class_name="Lambda", config={"name": "l", "function": LAMBDA}), "lambda-layer"),
    "class of one's own": (_entry("flatten", class_name="MyFlatten", module="__main__", registered_name="MyFlatten"), "custom-layer"),
    "registered class named Dense": (_entry("head", module=None, registered_name="pkg>Dense"), "custom-layer"),
    "class named Dense from elsewhere": (_entry("head", module="submission", registered_name="Dense"), "custom-layer"),
    "registered name on a built-in": (_entry("head", registered_name="pkg>Dense"), "custom-layer"),
    "module that starts like Keras": (_entry("head", module="keras.layers.evil"), "custom-layer"),
    "layer the grader does not know": (_entry("flatten", class_name="TFSMLayer", config={"filepath": "/etc"}), "unknown-layer"),
    "model of one's own class": (lambda config, compiled: config.update(class_name="Mine", module="submission"), "subclassed-model"),
    "registered model": (lambda config, compiled: config.update(registered_name="pkg>Functional"), "subclassed-model"),
    "Constant with an array": (_set("head", "kernel_initializer", CONSTANT), "constant-weights"),
    "Constant with a list": (_set("head", "kernel_initializer", CONSTANT | {"config": {"value": [1.0, 2.0]}}), "constant-weights"),
    "array in a node": (_argument("TrueDivide", ARRAY), "constant-weights"),
    "tensor in a node": (_argument("TrueDivide", ARRAY | {"class_name": "__tensor__"}), "constant-weights"),
    "list of numbers in a node": (_argument("TrueDivide", [1.0] * 5), "constant-weights"),
    "NaN in a node": (_argument("TrueDivide", float("nan")), "bad-setting"),
    "text in a node": (_argument("TrueDivide", "255"), "malformed-config"),
    "initialiser of one's own": (
        _set("head", "kernel_initializer", {"module": "x", "class_name": "Zeros", "config": {}}),
        "custom-initializer",
    ),
    "regularizer of one's own": (_set("head", "kernel_regularizer", FUNCTION), "custom-regularizer"),
    "unknown setting": (_set("head", "secret", 3), "bad-setting"),
    "negative units": (_set("head", "units", -1), "bad-setting"),
    "units as text": (_set("head", "units", "2"), "bad-setting"),
    "infinite rate": (_set("dropout", "rate", float("inf")), "bad-setting"),
    "10 billion parameters": (_set("head", "units", 10_000_000_000), "too-large"),
    "3,000 layers": (_many, "too-many-layers"),
    "20 models within models": (_deep, "too-many-layers"),
    "no layers": (lambda config, compiled: config["config"].__setitem__("layers", []), "malformed-config"),
    "layers that are no list": (lambda config, compiled: config["config"].__setitem__("layers", {}), "malformed-config"),
    "circle": (
        lambda config, compiled: layer(config, "block")["inbound_nodes"][0]["args"][0]["config"].update(keras_history=["flatten", 0, 0]),
        "malformed-config",
    ),
    "input from nowhere": (
        lambda config, compiled: layer(config, "flatten")["inbound_nodes"][0]["args"][0]["config"].update(keras_history=["x", 0, 0]),
        "malformed-config",
    ),
    "output that is not there": (
        lambda config, compiled: config["config"].__setitem__("output_layers", ["head", 0, 7]),
        "malformed-config",
    ),
    "strange keywords": (lambda config, compiled: layer(config, "head")["inbound_nodes"][0]["kwargs"].update(mask=[1]), "unsupported-call"),
    "quantised": (_set("head", "dtype", {"module": "keras", "class_name": "QuantizedDTypePolicy", "config": {}}), "unsupported-dtype"),
    "loss of one's own": (_compile("loss", FUNCTION), "python-loss"),
    "lambda loss": (_compile("loss", LAMBDA), "python-loss"),
    "loss class of one's own": (
        _compile("loss", {"module": None, "class_name": "MeanSquaredError", "config": {}, "registered_name": "MeanSquaredError"}),
        "python-loss",
    ),
    "optimizer of one's own": (_compile("optimizer", {"module": None, "class_name": "Adam", "config": {}}), "custom-optimizer"),
    "learning rate as a function": (
        lambda config, compiled: compiled["optimizer"]["config"].update(learning_rate=LAMBDA),
        "custom-schedule",
    ),
    "more losses than outputs": (_compile("loss", ["mse", "mse"]), "bad-setting"),
    "compiled with a class": (_compile("unserialisable", "TypeError: get_config"), "unserialisable-compile"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_by_name(payload: ModelPayload, name: str) -> None:
    change, expected = REFUSED[name]
    problem = problem_of(payload, change)
    assert (problem.status, problem.id) == ("refused", expected), problem
    assert problem.sentence.endswith(".")
    assert len(problem.sentence) < 400


def test_the_size_is_named_and_nothing_is_allocated(payload: ModelPayload) -> None:
    problem = problem_of(payload, _set("head", "units", 10_000_000_000))
    assert "head" in problem.sentence
    assert f"{10_000_000_000 * (8 * 6 * 6 + 1):,}" in problem.sentence


def test_huge_tensors_without_parameters_are_refused() -> None:
    model = keras.Sequential([keras.Input((16, 16, 3)), *(kl.UpSampling2D(16) for _ in range(4))])
    problem = model_facts(payload_of(model))
    assert isinstance(problem, Problem)
    assert problem.id == "too-large"


def test_layer_by_layer_constants_cannot_carry_weights() -> None:
    layers = [kl.Rescaling([n / 777, n / 778, n / 779], [n / 333, n / 334, n / 335]) for n in range(1, 41)]
    problem = model_facts(payload_of(keras.Sequential([keras.Input((8, 8, 3)), *layers])))
    assert isinstance(problem, Problem)
    assert problem.id == "constant-weights"


@pytest.mark.parametrize(("count", "accepted"), [(590, True), (601, False), (990, False)])
def test_long_chains_do_not_exhaust_the_stack(count: int, accepted: bool) -> None:
    start = {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": [None, 3]}, "registered_name": None}
    dense = {"module": "keras.layers", "class_name": "Identity", "config": {}, "registered_name": None}
    config = {"module": "keras", "class_name": "Sequential", "registered_name": None, "config": {"layers": [start] + [dense] * count}}
    found = model_facts(ModelPayload(model_class="Sequential", config=config))
    assert isinstance(found, ModelReading) is accepted
    assert isinstance(found, ModelReading) or found.id == "too-many-layers"


def test_an_input_that_leads_nowhere_counts_as_an_input(payload: ModelPayload) -> None:
    config = copy.deepcopy(payload.config)
    assert config is not None
    extra = copy.deepcopy(config["config"]["layers"][0])
    extra["name"] = extra["config"]["name"] = "extra"
    config["config"]["layers"].append(extra)
    config["config"]["input_layers"] = [config["config"]["input_layers"], ["extra", 0, 0]]
    reading = model_facts(ModelPayload(model_class="Functional", config=config))
    assert isinstance(reading, ModelReading)
    assert len(reading.model.inputs) == 2
    assert reading.facts.input_shape is None


def test_names_are_shown_harmlessly(payload: ModelPayload) -> None:
    config = copy.deepcopy(payload.config)
    assert config is not None
    layer(config, "head")["config"]["name"] = "a\x1b[31m\n::error::=1+1" + "x" * 500
    reading = model_facts(ModelPayload(model_class="Fun\nctional", config=config))
    assert isinstance(reading, ModelReading)
    name = reading.facts.layers[-1].name
    assert name.isprintable()
    assert len(name) <= 60
    assert reading.facts.model_class.isprintable()
    assert "error" not in reading.model.model_dump_json()


def test_subclassed_and_unserialisable_models_are_explained() -> None:
    class Mine(keras.Model):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x

    for given in (payload_of(Mine()), ModelPayload(model_class="submission.Mine", unserialisable="NotImplementedError: ...")):
        problem = model_facts(given)
        assert isinstance(problem, Problem)
        assert problem.id == "subclassed-model"
        assert "Mine" in problem.sentence


def test_three_thousand_layers_are_counted_before_any_is_looked_at() -> None:
    config = {"module": "keras", "class_name": "Sequential", "registered_name": None, "config": {"layers": [{"x": 1}] * 3000}}
    problem = model_facts(ModelPayload(model_class="Sequential", config=config))
    assert isinstance(problem, Problem)
    assert problem.id == "too-many-layers"


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(items):
        yield value, key
        yield from _places(inner)


NOISE: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1,
    3.5,
    10**12,
    float("nan"),
    float("inf"),
    "",
    "relu",
    "\ud800",
    "x" * 10_000,
    [],
    {},
    [[[[]]]],
    [1, 2, 3],
    {"class_name": "__lambda__", "config": {}},
    {"class_name": "__keras_tensor__", "config": {"keras_history": ["head", 0, 0]}},
    {"module": "keras.layers", "class_name": "Lambda", "config": {"function": "x"}},
)


def test_fuzzed_configs_give_facts_or_a_problem(payload: ModelPayload) -> None:
    draw = random.Random(20260101)
    seen = {"facts": 0, "problems": 0}
    for _ in range(200):
        both = copy.deepcopy({"config": payload.config, "compile_config": payload.compile_config})
        for _ in range(draw.randint(1, 3)):
            holder, key = draw.choice(list(_places(both)))
            match draw.randint(0, 2):
                case 0:
                    holder[key] = copy.deepcopy(draw.choice(NOISE))
                case 1:
                    other, other_key = draw.choice(list(_places(both)))
                    holder[key] = copy.deepcopy(other[other_key])
                case _:
                    del holder[key]
        if not all(isinstance(value, dict) for value in both.values()) or len(both) != 2:
            continue
        found = model_facts(ModelPayload(model_class="Functional", **both))
        seen["problems" if isinstance(found, Problem) else "facts"] += 1
        assert isinstance(found, Problem | ModelReading)
        text = found.sentence if isinstance(found, Problem) else found.model.model_dump_json()
        assert json.dumps(text).isascii()
    assert min(seen.values()) > 20

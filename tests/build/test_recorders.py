"""What a recorder writes down of what a function gave back. All functions of one kind are built together, in one child."""

from __future__ import annotations

import numpy as np
import pytest

MODELS = """
import keras
import numpy as np
from keras import layers

def small(compiled=True, **settings):
    model = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(1, activation='sigmoid')])
    if compiled:
        model.compile(**({'optimizer': 'adam', 'loss': 'binary_crossentropy', 'metrics': ['accuracy']} | settings))
    return model

def sequential():
    return small()

def functional():
    x = keras.Input((8, 8, 3))
    return keras.Model(x, layers.Dense(2)(layers.Flatten()(x / 255.)))

class Own(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(1)

    def call(self, x):
        return self.dense(x)

def subclassed():
    return Own()

def uncompiled():
    return small(compiled=False)

def unbuilt():
    return keras.Sequential([layers.Flatten(), layers.Dense(1)])

def nothing():
    small()

def history():
    return small().fit(np.zeros((2, 8, 8, 3)), np.zeros((2, 1)), verbose=0)

def several():
    return small(), 3

def listed():
    return [small(), small()]

def number():
    return 3

def python_loss():
    return small(loss=lambda y, p: y - p)

def instances():
    return small(optimizer=keras.optimizers.RMSprop(learning_rate=1e-3), loss=keras.losses.BinaryCrossentropy(from_logits=True))

def raises():
    return small()(3, 4, 5)

def with_defaults(filters=2):
    return small()

def with_more(filters):
    return small()

class Liar(keras.Sequential):
    def get_config(self):
        raise RuntimeError('no config for you')

def liar():
    return Liar([keras.Input((2,)), layers.Dense(1)])
"""

RETURNED = {
    # function: (returned, model class or None, compiled)
    "sequential": ("Sequential", "Sequential", True),
    "functional": ("Functional", "Functional", False),
    "subclassed": ("Own", "submission.Own", False),
    "uncompiled": ("Sequential", "Sequential", False),
    "unbuilt": ("Sequential", "Sequential", False),
    "nothing": ("NoneType", None, None),
    "history": ("History", None, None),
    "several": ("tuple of 2", None, None),
    "listed": ("list of 2", None, None),
    "number": ("int", None, None),
    "python_loss": ("Sequential", "Sequential", True),
    "instances": ("Sequential", "Sequential", True),
    "with_defaults": ("Sequential", "Sequential", True),
    "liar": ("Liar", "submission.Liar", False),
}


@pytest.fixture(scope="module")
def models(bench):
    names = [*RETURNED, "raises", "with_more"]
    return bench.build(MODELS, [{"id": name, "kind": "model", "function": name} for name in names], {"seconds": 60}).artifacts


@pytest.mark.parametrize("name", RETURNED)
def test_model(name, models):
    returned, model_class, compiled = RETURNED[name]
    artifact = models[name]
    assert (artifact.returned, artifact.error) == (returned, None)
    assert (artifact.payload.model_class if artifact.payload else None) == model_class
    if artifact.payload:
        assert (artifact.payload.compile_config is not None) == compiled


def test_config_is_keras_own(models):
    payload = models["sequential"].payload
    assert [layer["class_name"] for layer in payload.config["config"]["layers"]] == ["InputLayer", "Conv2D", "Flatten", "Dense"]
    assert payload.compile_config["loss"] == "binary_crossentropy"
    assert models["instances"].payload.compile_config["loss"]["class_name"] == "BinaryCrossentropy"


def test_no_config_is_told_in_keras_words(models):
    assert models["liar"].payload.config is None
    assert "no config for you" in models["liar"].payload.unserialisable


def test_errors(models):
    assert models["raises"].error.type == "ValueError"
    assert MODELS.splitlines()[models["raises"].error.line - 1].strip() == "return small()(3, 4, 5)"
    assert models["raises"].error.tail.startswith('  File "submission.py"')  # and nothing of ours
    assert models["with_more"].error.tail == ""
    assert models["with_more"].error.message == "`with_more` asks for filters; the exercise calls it with no arguments"


TABLE = """
import numpy as np
import tensorflow as tf
def answer(kind, extra=0):
    if kind == 'raises': raise ValueError('no')
    return {'int': 3, 'float': 0.5, 'bool': True, 'str': 'a\\x1b', 'none': None, 'numpy': np.int64(4), 'array': np.array([5]),
            'tensor': tf.constant(6), 'list': [1], 'nan': float('nan'), 'huge': 10**30, 'sum': extra + 1}[kind]
"""
CELLS = {
    "int": (3, "int"),
    "float": (0.5, "float"),
    "bool": (True, "bool"),
    "str": ("a\\x1b", "str"),
    "none": (None, "NoneType"),
    "numpy": (4, "int64"),
    "array": (5, "ndarray"),
    "tensor": (6, "EagerTensor"),
    "list": (None, "list of 1"),
    "nan": (None, "float"),
    "huge": (None, "int"),
    "sum": (8, "int"),
    "raises": (None, ""),
}


def test_table(bench):
    call = {"id": "table", "kind": "table", "function": "answer", "parameters": ["kind", "extra"], "cases": [["never", 0]]}
    built = bench.build(TABLE, [call], cases={"table": tuple((kind, 7) for kind in CELLS)})
    rows = dict(zip(CELLS, built.artifacts["table"].payload.rows, strict=True))
    assert {kind: (row.value, row.value_type) for kind, row in rows.items()} == CELLS
    assert [kind for kind, row in rows.items() if row.error] == ["raises"]
    assert rows["raises"].error.line == 5


FOLDERS = """
import os
def note(source, training, validation, share):
    if share == 0.3: raise OSError('full')
    with open('calls.txt', 'a') as file:
        print(os.path.basename(source), os.path.basename(training), os.path.basename(validation), share, file=file)
"""


def test_a_history_is_a_dictionary_of_lists_that_the_function_may_change(bench):
    source = """
def answer(history):
    assert type(history) is dict and type(history["loss"]) is list
    history["loss"].sort()
    return history.pop("loss")[0]
"""
    history = {"loss": (0.7, 0.5, 0.6)}
    call = {"id": "table", "kind": "table", "function": "answer", "parameters": ["history"], "cases": [[history]]}
    built = bench.build(source, [call], cases={"table": ((history,), (history,))})
    rows = built.artifacts["table"].payload.rows
    assert [(row.value, row.error) for row in rows] == [(0.5, None), (0.5, None)]


def test_a_model_is_given_by_its_parameters_name(bench):
    source = """
import keras

def look(extra, model):
    return keras.Model(model.inputs, [layer.output for layer in model.layers])
"""
    layers = [{"kind": "Flatten", "name": "flat"}, {"kind": "Dense", "name": "answer", "settings": {"units": 1}}]
    given = {"style": "Sequential", "input_shape": [4, 4, 1], "layers": layers}
    call = {"id": "model", "kind": "model", "function": "look", "arguments": {"extra": 1}, "given": given}
    artifact = bench.build(source, [call]).artifacts["model"]
    assert artifact.error is None
    assert len(artifact.payload.config["config"]["output_layers"]) == 2


def test_folders(bench):
    call = {
        "id": "split",
        "kind": "folders",
        "function": "note",
        "arguments": {"SOURCE": "source", "TRAINING": "training", "VALIDATION": "validation", "SHARE": "share"},
        "scenarios": [
            {"id": "plain", "share": 0.5},
            {"id": "slash", "share": 0.9, "trailing_slash": True},
            {"id": "twice", "share": 0.6, "calls": 2},
            {"id": "bad", "share": 0.3},
        ],
    }
    places = {kind: f"/box/{kind}" for kind in ("source", "training", "validation")}
    built = bench.build(FOLDERS, [call], scenarios={"split": dict.fromkeys(("plain", "slash", "twice", "bad"), places)})
    errors = built.artifacts["split"].payload.errors
    assert {scenario: error.message if error else None for scenario, error in errors.items()} == {
        "plain": None, "slash": None, "twice": None, "bad": "full"
    }  # fmt: skip
    assert (built.work / "calls.txt").read_text().splitlines() == [
        "source training validation 0.5",
        "   0.9",
        "source training validation 0.6",
        "source training validation 0.6",
    ]


LOOPS = """
import keras
def fits(model, training, validation):
    return model.fit(training, validation_data=validation, epochs=2, verbose=0)
def steps(model, training, validation):
    return model.fit(training, steps_per_epoch=len(training), epochs=1, validation_data=validation, verbose=2)
def only_dict(model, training, validation):
    return fits(model, training, validation).history
def nothing(model, training, validation):
    fits(model, training, validation)
def not_a_number(model, training, validation):
    history = fits(model, training, validation)
    history.history['loss'] = [float('nan'), 'x', 1]
    return history
def no_validation(model, training):
    return model.fit(training, epochs=1, verbose=0)
def exchanged(model, training, validation):
    return model.fit(validation, epochs=1, validation_data=training, verbose=0)
def compiled_anew(model, training, validation):
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return fits(model, training, validation)
"""
KEYS = {"accuracy", "loss", "val_accuracy", "val_loss"}
HISTORIES = {
    "fits": ("History", True, KEYS),
    "steps": ("History", True, KEYS),
    "only_dict": ("dict of 4", False, KEYS),
    "nothing": ("NoneType", None, set()),
    "not_a_number": ("History", True, KEYS),
    "no_validation": ("History", True, {"accuracy", "loss"}),
    "exchanged": ("History", True, KEYS),
    "compiled_anew": ("History", True, KEYS),
}


@pytest.fixture(scope="module", params=["tf.data", "ImageDataGenerator"])
def histories(bench, request):
    arguments = {"model": "model", "training": "training", "validation": "validation"}
    calls = [{"id": name, "kind": "loop", "function": name, "arguments": arguments} for name in HISTORIES]
    return bench.build(LOOPS + f"# {request.param}\n", calls, {"seconds": 60}).artifacts


@pytest.mark.parametrize("name", HISTORIES)
def test_loop(name, histories):
    returned, is_history, keys = HISTORIES[name]
    artifact = histories[name]
    assert (artifact.returned, artifact.error) == (returned, None)
    assert (artifact.payload.is_history if artifact.payload else None) == is_history
    assert set(artifact.payload.history if artifact.payload else ()) == keys


@pytest.mark.parametrize(
    ("name", "trained_on", "validated_on"),
    [
        ("fits", {"training"}, {"validation"}),
        ("no_validation", {"training"}, set()),
        ("exchanged", {"validation"}, {"training"}),
        ("compiled_anew", set(), set()),  # a graph: its steps show no images
    ],
)
def test_a_training_says_whose_images_it_saw(name, trained_on, validated_on, histories):
    payload = histories[name].payload
    assert (payload.trained_on, payload.validated_on) == (trained_on, validated_on)


def test_history_holds_numbers_only(histories):
    assert histories["not_a_number"].payload.history["loss"] == (None, None, 1.0)
    assert len(histories["fits"].payload.history["val_loss"]) == 2
    assert all(np.isfinite(histories["fits"].payload.history["val_loss"]))

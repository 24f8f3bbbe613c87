"""Which line a cause points at: the very argument, call or assignment; the function's own line where several could be meant."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.proof.recorded import recorded
from grader import course
from grader.assembling import conclude
from grader.fitting import fitted
from grader.judge import load_rubric
from grader.submission import read_submission
from grader.submission.pointing import LONGEST, POINTERS, pointed
from grader.trials.claims import trial_of
from grader.trials.variants import read_variants, solutions_folder
from grader.words import TABLES

VARIANTS = {f"{each.exercise}/{each.path.stem}": each for each in read_variants(solutions_folder()) if each.kind == "wrong"}


@pytest.mark.parametrize(
    ("variant", "text"),
    [
        ("output-shapes/m57-convolution-padded", 'Conv2D(16, (3, 3), padding="same"'),
        ("output-shapes/m57-pool-stride-1", "MaxPooling2D((2, 2), strides=1)"),
        ("output-shapes/m57-kernel-5", "Conv2D(16, (5, 5)"),
        ("output-shapes/m57-pool-after-convolution", "Conv2D(16, (3, 3)"),
        ("output-shapes/m22-grey-input", "Input(shape=(150, 150, 1))"),
        ("output-shapes/m57-pool-before-convolution", "def conv_pool_model"),  # nothing alone is wrong
        ("cats-vs-dogs/m01-softmax-over-one-unit", 'Dense(1, activation="softmax")'),
        ("cats-vs-dogs/m02-sparse-loss-on-one-unit", 'loss="sparse_categorical_crossentropy"'),
        ("cats-vs-dogs/m05-one-hot-labels-one-unit", 'class_mode="categorical"'),
        ("cats-vs-dogs/m49-class-mode-left-out", "train_generator = train_datagen.flow_from_directory("),
        ("cats-vs-dogs/m12-no-metrics", "model.compile("),
        ("cats-vs-dogs/m13-accuracy-class", "metrics=[tf.keras.metrics.Accuracy()]"),
        ("cats-vs-dogs/m14-not-compiled", "def create_model"),
        ("cats-vs-dogs/m18-not-rescaled", "train_datagen = ImageDataGenerator()"),
        ("cats-vs-dogs/m19-rescale-255", "rescale=255"),
        ("cats-vs-dogs/m20-images-unlike-input", "target_size=(128, 128)"),
        ("cats-vs-dogs/m23-no-flatten", "Dense(512"),
        ("cats-vs-dogs/m28-no-validation-data", "return model.fit("),
        ("cats-vs-dogs/m50-not-shuffled", "shuffle=False"),
        ("cats-vs-dogs/m51-label-mode-categorical", 'label_mode="categorical"'),
        ("augmentation/m64-rescale-dropped", "train_datagen = ImageDataGenerator(horizontal_flip=True)"),
        ("augmentation/m65-saved-to-disk", 'save_to_dir="augmented"'),
        ("dropout/m83-share-that-is-kept", "Dropout(1 - rate)"),
        ("fashion/m20-input-of-150", "Input(shape=(150, 150, 1))"),
        ("fill-and-flip/m69-true-as-text", 'horizontal_flip="true"'),
        ("fill-and-flip/m67-degrees-of-half-a-turn", "RandomRotation(degrees / 180)"),
        ("new-classes/m83-always-seven", "Dense(7,"),
        ("new-classes/m95-everything-frozen", "model.trainable = False"),
        ("rock-paper-scissors/m09-two-units", "Dense(2,"),
        ("transfer-learning/m77-thawed-in-the-final-model", "layer.trainable = True"),
        ("transfer-learning/m77-not-frozen", "def create_pre_trained_model"),  # what is missing stands nowhere
        ("transfer-learning/m83-dropout-behind-the-output", "Dropout(0.2)(outputs)"),
        ("transfer-learning/m94-cut-elsewhere", 'get_layer("block_14_add")'),
    ],
)
def test_of_a_mistake(variant: str, text: str) -> None:
    known = VARIANTS[variant]
    evidence = recorded(known)
    assert evidence is not None, "run `make evidence`"
    trial = trial_of(known)
    asked = trial.conditions.applied_to(course.load(known.exercise, trial.profile))
    submission = read_submission(known.path, exercise=known.exercise, profile=trial.profile)
    report = conclude(submission, asked, load_rubric(asked), fitted(evidence, submission), data="embedded", official=False)
    cause = report.causes[0]
    assert cause.place is not None
    assert cause.place.line is not None
    line = known.path.read_text(encoding="utf-8").splitlines()[cause.place.line - 1].strip()
    assert text in line
    assert cause.line == ("" if line.startswith("def ") else line)
    (first,) = [criterion for criterion in report.criteria if criterion.id == cause.criteria[0]]
    assert first.place == cause.place


MODEL = """# exercise: cats-vs-dogs
import tensorflow as tf
{beside}
def create_model():
{body}
    return model
"""


def line_of(tmp_path: Path, cause: str, body: str, beside: str = "") -> str:
    """Return the text of the line that a cause in `create_model` points at, "" for none."""
    source = MODEL.format(body="\n".join(f"    {line}" for line in body.strip().splitlines()), beside=beside)
    file = tmp_path / "submission.py"
    file.write_text(source, encoding="utf-8")
    submission = read_submission(file)
    found = pointed(submission, cause, submission.functions["model"].place)
    if found is None:
        return ""
    place, text = found
    assert text == source.splitlines()[(place.line or 0) - 1].strip()
    return text


@pytest.mark.parametrize(
    ("cause", "body", "beside", "wanted"),
    [
        ("no-accuracy", "model = make()\nmodel.compile('adam', 'mse')", "", "model.compile('adam', 'mse')"),
        ("no-accuracy", "model = (\n  make()\n)\n(model\n .compile('adam'))", "", ".compile('adam'))"),
        ("not-a-class-loss", "model = make()\nmodel.compile(\n  loss='mse',\n)", "", "loss='mse',"),
        ("not-a-class-loss", "model = make()\nif 1:\n  model.compile(loss='mse')\nelse:\n  model.compile(loss='mae')", "", ""),
        (
            "not-a-class-loss",
            "model = finished(make())",
            "def finished(model):\n    model.compile(loss='mse')\n",
            "model.compile(loss='mse')",
        ),
        ("too-few-units", "model = Sequential([\n  Dense(9),\n  Dense(1),\n])", "", "Dense(1),"),
        ("too-few-units", "x = Dense(9)(x)\nx = Dense(1)(x)\nmodel = Model(i, x)", "", "x = Dense(1)(x)"),
        ("too-few-units", "model = Model(i, Dense(1)(\n  Dense(9)(i)))", "", ""),  # the last one in the text comes first
        ("too-few-units", "model = Sequential([Dense(9), end()])", "def end():\n    return Dense(1)\n", ""),  # in both: which is last?
        ("softmax-over-one-unit", "model = Sequential([\n  Dense(1),\n  Activation('softmax'),\n])", "", "Activation('softmax'),"),
        ("padding-same", "model = Sequential([\n  Conv2D(8, 3, padding='same'),\n  Conv2D(8, 3, padding='same')])", "", ""),
        ("padding-same", "model = Sequential([Conv2D(8, 3, **more)])", "more = {'padding': 'same'}\n", ""),
        ("rate-too-high", "model = Sequential([Dropout(rate)])", "rate = 0.9\n", "model = Sequential([Dropout(rate)])"),
        ("image-size", "a = d.flow_from_directory(x, target_size=(9, 9))\nmodel = d.flow_from_directory(y, target_size=(8, 8))", "", ""),
        ("image-size", "a = d.flow_from_directory(x)\nmodel = d.flow_from_directory(y, target_size=(8, 8))", "", ""),
        (
            "rescale-lost",
            "a = ImageDataGenerator(rescale=1)\nmodel = ImageDataGenerator(zoom_range=1)",
            "",
            "model = ImageDataGenerator(zoom_range=1)",
        ),
        ("rescale-lost", "a = ImageDataGenerator(rescale=1)\nmodel = ImageDataGenerator(**more)", "more = {}\n", ""),
        ("base-not-frozen", "model = make()\nfor layer in model.layers:\n  layer.trainable = True", "", "layer.trainable = True"),
        ("nothing-known-of-it", "model = make()", "", ""),
    ],
)
def test_of_several_that_could_be_meant(tmp_path: Path, cause: str, body: str, beside: str, wanted: str) -> None:
    assert line_of(tmp_path, cause, body, beside) == wanted


def test_in_a_notebook_the_line_is_the_cell_s(tmp_path: Path) -> None:
    cells = [
        "# exercise: cats-vs-dogs\nimport tensorflow as tf",
        "def create_model():\n    model = make()\n    model.compile('adam')\n    return model",
    ]
    notebook = {"cells": [{"cell_type": "code", "metadata": {}, "source": cell, "outputs": [], "execution_count": None} for cell in cells]}
    file = tmp_path / "submission.ipynb"
    file.write_text(json.dumps(notebook | {"metadata": {}, "nbformat": 4, "nbformat_minor": 4}), encoding="utf-8")
    submission = read_submission(file)
    found = pointed(submission, "no-accuracy", submission.functions["model"].place)
    assert found is not None
    assert (found[0].cell, found[0].line, found[1]) == (2, 3, "model.compile('adam')")


def test_a_long_line_is_cut(tmp_path: Path) -> None:
    file = tmp_path / "submission.py"
    file.write_text(MODEL.format(body=f"    model = make()\n    model.compile('{'a' * 500}')", beside=""), encoding="utf-8")
    submission = read_submission(file)
    found = pointed(submission, "no-accuracy", submission.functions["model"].place)
    assert found is not None
    assert found[1] == f"model.compile('{'a' * 500}"[: LONGEST - 1] + "…"


def test_a_line_that_is_known_better_stays(tmp_path: Path) -> None:
    file = tmp_path / "submission.py"
    file.write_text(MODEL.format(body="    model = make()\n    model.compile('adam')", beside=""), encoding="utf-8")
    submission = read_submission(file)
    assert pointed(submission, "no-accuracy", submission.place(5)) is None


def test_every_pointer_is_of_a_cause_that_there_is() -> None:
    assert set(POINTERS) <= {cause for table in TABLES.values() for cause in table}

"""Where there is nothing to train, the facts say why; else how outputs become labels and hidden images are prepared."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from grader.contracts.artifacts import PipelinePayload
from grader.contracts.data_facts import BatchesFacts, LabelFacts, PipelineFacts, Preprocessing
from grader.contracts.network_facts import ModelFacts, OutputFacts
from grader.contracts.protocol import Training
from grader.contracts.training_facts import TrainingFacts
from grader.datasets import HandedImage
from grader.examine.canonical import CanonicalCompile, CanonicalInput, CanonicalLoss, CanonicalModel
from grader.examine.data import Batches, Pipeline
from grader.examine.labels import read_labels
from grader.examine.readers.batches import Recording
from grader.examine.tasks import TrainingTask, make_task

PROTOCOL = Training(model="model", batches="batches", max_steps=180, stop_at=0.9, max_parameters=1000, max_multiplications=1000)
SHAPE = (4, 4, 3)
UNIT = Preprocessing(resize=None, scale=1 / 255, offset=0.0)


def _pipeline(labels: np.ndarray | None, /, **changes: Any) -> Pipeline:
    recording = Recording(PipelinePayload(pipeline_class="X", batches=(2,), epochs=(1,)), np.zeros((2, *SHAPE), np.uint8), labels)
    read = read_labels(labels)
    facts = LabelFacts.model_validate({"encoding": read.encoding, "width": read.width, "by_class": {"cats": 0, "dogs": 1}})
    settings = {"checked": 2, "plain": True, "preprocessing": UNIT, "labels": facts, "image_shape": SHAPE} | changes
    return Pipeline(recording, read, np.arange(2), PipelineFacts(pipeline_class="X", **settings))


def _batches(training: Pipeline, validation: Pipeline | None = None) -> Batches:
    validation = validation or _pipeline(np.array([0, 1]))
    handed = [HandedImage(Path(name), "training", name, name, name) for name in ("cats", "dogs")]
    facts = BatchesFacts(training=training.facts, validation=validation.facts, class_names=("cats", "dogs"))
    return Batches(training, validation, handed, facts)


MODEL = CanonicalModel(inputs=(CanonicalInput(shape=None),), layers=(), calls=(), outputs=())


def _facts(shape: tuple[int | None, ...] = (1,), activation: str = "sigmoid", **changes: Any) -> ModelFacts:
    settings: dict[str, Any] = {"parameters": 10, "multiplications": 10} | changes
    output = OutputFacts(shape=shape, activation=activation, layer="dense")
    return ModelFacts(
        model_class="Sequential", digest="", layers=(), input_shape=SHAPE, output=output, trainable_parameters=0, compiled=None, **settings
    )


def _compiled(name: str = "binary_crossentropy", *, from_logits: bool = False) -> CanonicalCompile:
    return CanonicalCompile(optimizer=None, losses=(CanonicalLoss(name=name, kind="X", from_logits=from_logits),))


def _make(facts: ModelFacts | None = None, compiled: CanonicalCompile | None = None, batches: Batches | None = None) -> Any:
    return make_task(
        PROTOCOL, MODEL, compiled or _compiled(), facts or _facts(), batches or _batches(_pipeline(np.array([0, 1]))), "secret"
    )


ONE_HOT = np.eye(2)
IMPOSSIBLE: list[tuple[str, Any, str]] = [
    ("no-model", lambda: make_task(PROTOCOL, None, None, None, None, ""), "no model"),
    ("no-batches", lambda: make_task(PROTOCOL, MODEL, _compiled(), _facts(), None, ""), "no images"),
    ("impossible", lambda: make_task(PROTOCOL, MODEL, None, _facts(), None, ""), "not compiled"),
    ("too-large", lambda: _make(_facts(parameters=1001)), "1,001 parameters"),
    ("too-large", lambda: _make(_facts(multiplications=1001)), "1,001 multiplications"),
    ("impossible", lambda: _make(_facts((2, 2, 1))), "(2, 2, 1)"),
    ("impossible", lambda: _make(_facts().model_copy(update={"output": None})), "several outputs"),
    ("impossible", lambda: _make(batches=_batches(_pipeline(ONE_HOT))), "one-hot with 2 columns"),
    ("impossible", lambda: _make(batches=_batches(_pipeline(None))), "without labels"),
    ("unrecognised-data", lambda: _make(batches=_batches(_pipeline(np.array([0.5, 0.2])))), "neither integers nor one-hot"),
    ("unrecognised-data", lambda: _make(batches=_batches(_pipeline(np.array([0, 1]), unexplained=1))), "1 of 2"),
    (
        "unrecognised-data",
        lambda: _make(
            batches=_batches(_pipeline(np.array([0, 1]), plain=False, preprocessing=None), _pipeline(np.array([0, 1]), preprocessing=None))
        ),
        "scaled",
    ),
    (
        "impossible",
        lambda: _make(
            batches=_batches(_pipeline(np.zeros(2, int), labels=LabelFacts(encoding="integer", by_class={"cats": 0, "dogs": 0})))
        ),
        "tell the classes apart",
    ),
]


@pytest.mark.parametrize(("status", "make", "words"), IMPOSSIBLE, ids=[f"{row[0]}: {row[2]}" for row in IMPOSSIBLE])
def test_nothing_to_train(status: str, make: Any, words: str) -> None:
    found = make()
    assert isinstance(found, TrainingFacts)
    assert found.status == status
    assert words in found.reason


@pytest.mark.parametrize(
    ("units", "activation", "loss", "logits", "labels", "expected"),
    [
        (1, "sigmoid", "binary_crossentropy", False, np.array([0, 1]), (0.5, 0, 1)),
        (1, "linear", "binary_crossentropy", True, np.array([0, 1]), (0.0, 0, 1)),
        (1, "sigmoid", "binary_crossentropy", True, np.array([0, 1]), (0.5, 0, 1)),  # Keras sees through it, and so do we
        (1, "linear", "mean_squared_error", False, np.array([0, 1]), (0.5, 0, 1)),
        (1, "tanh", "hinge", False, np.array([0, 1]), (0.0, 0, 1)),
        (1, "tanh", "hinge", False, np.array([-1, 1]), (0.0, -1, 1)),
        (2, "softmax", "sparse_categorical_crossentropy", False, np.array([0, 1]), (None, 0, 1)),
        (2, "softmax", "categorical_crossentropy", False, ONE_HOT, (None, 0, 1)),
    ],
)
def test_how_outputs_become_labels(units: int, activation: str, loss: str, logits: bool, labels: Any, expected: Any) -> None:
    task = _make(_facts((units,), activation), _compiled(loss, from_logits=logits), _batches(_pipeline(labels, labels=_labels(labels))))
    assert isinstance(task, TrainingTask)
    assert (task.decision.threshold, task.decision.below, task.decision.above) == expected
    assert task.one_hot == (2 if labels is ONE_HOT else 0)
    assert task.model.inputs[0].shape == SHAPE


def _labels(labels: np.ndarray) -> LabelFacts:
    read = read_labels(labels)
    found = SimpleNamespace(encoding=read.encoding, width=read.width, by_class={"cats": int(labels.min()), "dogs": 1})
    return LabelFacts.model_validate(vars(found))


def test_hidden_images_are_prepared_as_validation_images_are() -> None:
    raw = Preprocessing(resize=None, scale=1.0, offset=0.0)
    task = _make(batches=_batches(_pipeline(np.array([0, 1])), _pipeline(np.array([0, 1]), preprocessing=raw)))
    assert task.preprocessing == raw
    unknown = _make(batches=_batches(_pipeline(np.array([0, 1])), _pipeline(np.array([0, 1]), preprocessing=None)))
    assert unknown.preprocessing == UNIT


def test_seeds_follow_from_the_secret_and_the_model() -> None:
    seeds = {_make().try_seed(number) for number in (1, 2, 3)}
    assert len(seeds) == 3
    assert _make().try_seed(1) in seeds
    other = make_task(PROTOCOL, MODEL, _compiled(), _facts(), _batches(_pipeline(np.array([0, 1]))), "another secret")
    assert isinstance(other, TrainingTask)
    assert other.try_seed(1) not in seeds

"""The grader's own training, through the examiner's workers, on pictures so small that seconds suffice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from grader.contracts.artifacts import ModelPayload
from grader.contracts.data_facts import Preprocessing
from grader.contracts.progress import Step
from grader.contracts.training_facts import TrainingFacts
from grader.datasets import Holdout
from grader.examine import Examiner
from grader.examine.structure import ModelReading, model_facts
from grader.examine.tasks import CanonicalData, Decision, TrainingImage, TrainingTask

SIDE = 12
CLASSES = ("cats", "dogs")


def _pictures(count: int, seed: int) -> tuple[list[np.ndarray], list[int]]:
    """Return pictures of two classes: bright on the left, or on the right."""
    rng = np.random.default_rng(seed)
    labels = [number % 2 for number in range(count)]
    pictures = []
    for label in labels:
        picture = rng.normal(90, 25, (SIDE, SIDE, 3))
        picture[:, SIDE // 2 * label : SIDE // 2 * (label + 1)] += 70
        pictures.append(np.clip(picture, 0, 255).astype(np.uint8))
    return pictures, labels


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> tuple[TrainingImage, ...]:
    folder = tmp_path_factory.mktemp("training")
    made = []
    for number, (picture, label) in enumerate(zip(*_pictures(60, 1), strict=True)):
        path = folder / f"{number:03}.png"
        Image.fromarray(picture).save(path)
        made.append(TrainingImage(sha256=f"{number:064}", label=label, path=path))
    return tuple(made)


@pytest.fixture(scope="module")
def holdout() -> Holdout:
    pictures, labels = _pictures(80, 2)
    return Holdout(pictures, tuple(labels), CLASSES, "00" * 32, "11" * 32)


@pytest.fixture(scope="module")
def examiner() -> Iterator[Examiner]:
    with Examiner(workers=2) as made:
        yield made


def _layers(*, units: int = 1, activation: str | None = "sigmoid", batch_norm: bool = False, extra: tuple[Any, ...] = ()) -> list[Any]:
    from keras import layers

    middle = [layers.BatchNormalization()] if batch_norm else []
    return [
        layers.Input((SIDE, SIDE, 3)),
        *extra,
        layers.Conv2D(4, 3, activation="relu"),
        *middle,
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(units, activation=activation),
    ]


def _read(layers: list[Any], loss: Any, learning_rate: float = 0.01, optimizer: str = "Adam") -> ModelReading:
    import keras

    model = keras.Sequential(layers)
    model.compile(optimizer=getattr(keras.optimizers, optimizer)(learning_rate), loss=loss)
    payload = ModelPayload(model_class="Sequential", config=json.loads(model.to_json()), compile_config=model.get_compile_config())
    reading = model_facts(payload)
    assert isinstance(reading, ModelReading)
    return reading


def _task(reading: ModelReading, images: tuple[TrainingImage, ...], **changes: Any) -> TrainingTask:
    assert reading.compiled is not None
    preprocessing = Preprocessing(resize=None, scale=1 / 255, offset=0.0)
    settings: dict[str, Any] = {
        "data": CanonicalData(images=images, preprocessing=preprocessing),
        "class_labels": {"cats": 0, "dogs": 1},
        "decision": Decision(threshold=0.5),
        "preprocessing": preprocessing,
        "sample": images[0].path,
        "max_steps": 36,
        "stop_at": 0.95,
        "tries": 1,
    } | changes
    return TrainingTask(model=reading.model, compiled=reading.compiled, size=(SIDE, SIDE, 3), batch_size=20, seed="ab" * 16, **settings)


ONE_HOT = {"one_hot": 2, "decision": Decision()}
CONSISTENT: list[tuple[str, dict[str, Any], Any, dict[str, Any]]] = [
    ("one sigmoid", {}, "binary_crossentropy", {}),
    ("logits", {"activation": None}, ("BinaryCrossentropy", {"from_logits": True}), {"decision": Decision(threshold=0.0)}),
    ("two softmax, integers", {"units": 2, "activation": "softmax"}, "sparse_categorical_crossentropy", {"decision": Decision()}),
    ("two softmax, one-hot", {"units": 2, "activation": "softmax"}, "categorical_crossentropy", ONE_HOT),
    ("batch norm that lags", {"batch_norm": True}, "binary_crossentropy", {}),
    ("classes the other way round", {}, "binary_crossentropy", {"class_labels": {"cats": 1, "dogs": 0}}),
]


@pytest.mark.parametrize(("shape", "loss", "changes"), [row[1:] for row in CONSISTENT], ids=[row[0] for row in CONSISTENT])
def test_consistent_networks_learn(
    examiner: Examiner,
    images: tuple[TrainingImage, ...],
    holdout: Holdout,
    shape: dict[str, Any],
    loss: Any,
    changes: dict[str, Any],
) -> None:
    import keras

    made = getattr(keras.losses, loss[0])(**loss[1]) if isinstance(loss, tuple) else loss
    wanted = changes.get("class_labels", {"cats": 0, "dogs": 1})
    labelled = tuple(image.model_copy(update={"label": wanted[CLASSES[image.label]]}) for image in images)
    facts = examiner.train(_task(_read(_layers(**shape), made), labelled, **changes), holdout)
    assert (facts.status, facts.data, facts.classes, facts.holdout_images) == ("trained", "canonical", 2, 80), facts
    assert [each.ended for each in facts.tries] == ["reached"]
    assert facts.holdout_accuracy is not None
    assert facts.holdout_accuracy >= 0.95
    assert sum(facts.predicted.values()) == 80
    assert min(facts.predicted[name] for name in CLASSES) > 30
    assert {name: sum(row.values()) for name, row in facts.confusion.items()} == {"cats": 40, "dogs": 40}
    assert sum(row.get(name, 0) for name, row in facts.confusion.items()) == round(80 * facts.holdout_accuracy)
    assert facts.mistaken == ()  # this holdout is not public
    assert facts.maps is not None
    assert [layer.kind for layer in facts.maps.layers] == ["Conv2D", "MaxPooling2D"]


def test_augmentation_and_dropout_inside_and_the_same_twice(
    examiner: Examiner, images: tuple[TrainingImage, ...], holdout: Holdout
) -> None:
    from keras import layers

    reading = _read(_layers(extra=(layers.RandomTranslation(0.1, 0.1), layers.Dropout(0.1))), "binary_crossentropy")
    task = _task(reading, images, tries=2, max_steps=12, stop_at=1.0)
    first = examiner.train(task, holdout)
    with Examiner(workers=1) as alone:
        assert alone.train(task, holdout) == first
    assert [each.number for each in first.tries] in ([1], [1, 2])
    assert first.tries[0].epochs[0].accuracy > 0


@pytest.mark.parametrize(("learning_rate", "ended"), [(0.0, "hopeless"), (1e4, "diverged")])
def test_tries_that_come_to_nothing_end_early(
    examiner: Examiner, images: tuple[TrainingImage, ...], holdout: Holdout, learning_rate: float, ended: str
) -> None:
    from keras import layers

    start = "zeros" if ended == "hopeless" else "glorot_uniform"
    network = [*_layers()[:-1], layers.Dense(1, kernel_initializer=start)]
    reading = _read(network, "mse", learning_rate, "SGD")
    facts = examiner.train(_task(reading, images, tries=3), holdout)
    assert [each.ended for each in facts.tries] == [ended, ended]
    assert facts.tries[0].epochs[-1].steps < 36
    assert facts.holdout_accuracy is not None
    assert facts.holdout_accuracy <= 0.6


def test_what_does_not_fit_together_is_said_in_keras_words(examiner: Examiner, images: tuple[TrainingImage, ...], holdout: Holdout) -> None:
    for shape, loss in (({"units": 3, "activation": "softmax"}, "categorical_crossentropy"), ({}, "sparse_categorical_crossentropy")):
        facts = examiner.train(_task(_read(_layers(**shape), loss), images, tries=2), holdout)
        assert facts.status == "impossible"
        assert facts.reason
        assert facts.detail


def test_progress_tells_step_accuracy_and_lane(examiner: Examiner, images: tuple[TrainingImage, ...], holdout: Holdout) -> None:
    said: list[Step] = []
    task = _task(_read(_layers(), "binary_crossentropy", 1e-6), images, tries=2, max_steps=6, stop_at=1.0)
    examiner.train(task, holdout, said.append)
    assert {step.lane for step in said} == {0, 1}
    assert max(step.done for step in said) == 6
    assert all(step.total == 6 for step in said)
    assert said[-1].accuracy is not None


def test_equal_work_has_an_equal_digest(images: tuple[TrainingImage, ...]) -> None:
    from keras import layers

    same = [
        layers.Input((SIDE, SIDE, 3), name="other"),
        *(layer.__class__.from_config(layer.get_config() | {"name": f"n{number}"}) for number, layer in enumerate(_layers()[1:])),
    ]
    elsewhere = tuple(image.model_copy(update={"path": Path("/elsewhere")}) for image in images)
    one, two = _task(_read(_layers(), "binary_crossentropy"), images), _task(_read(same, "binary_crossentropy"), elsewhere)
    assert one.digest == two.digest
    assert _task(_read(_layers(), "binary_crossentropy", 0.02), images).digest != one.digest


def test_facts_without_a_task_pass_through(examiner: Examiner, holdout: Holdout) -> None:
    facts = TrainingFacts(status="no-batches", reason="The training pipeline yields no images.")
    assert examiner.train(facts, holdout) is facts

"""Frozen first layers are computed once per image: the same is learned, and the features are kept by content, within bounds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from grader.contracts.artifacts import ModelPayload
from grader.contracts.base import digest
from grader.contracts.data_facts import Preprocessing
from grader.datasets import Holdout
from grader.datasets.cache import hash_file
from grader.examine import prefix, training
from grader.examine.prefix import find_prefix
from grader.examine.rebuild import build_traced
from grader.examine.structure import ModelReading, model_facts
from grader.examine.tasks import CanonicalData, Decision, RecordedData, TrainingImage, TrainingTask
from grader.examine.training import Finished, train

SIDE = 12
SHAPE = (SIDE, SIDE, 3)


def pictures(count: int, seed: int) -> tuple[np.ndarray, list[int]]:
    """Return pictures of two classes: bright on the left, or on the right."""
    rng = np.random.default_rng(seed)
    labels = [number % 2 for number in range(count)]
    made = rng.normal(90, 25, (count, *SHAPE))
    for picture, label in zip(made, labels, strict=True):
        picture[:, SIDE // 2 * label : SIDE // 2 * (label + 1)] += 40
    return np.clip(made, 0, 255).astype(np.uint8), labels


@pytest.fixture
def features(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    import keras

    monkeypatch.setenv("GRADER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(training, "set_up", keras.utils.set_random_seed)  # threads can be set once per process
    return tmp_path / "cache/features"


@pytest.fixture
def holdout() -> Holdout:
    images, labels = pictures(40, 2)
    return Holdout(list(images), tuple(labels), ("left", "right"), "00" * 32, "11" * 32)


def base(*, frozen: bool = True, batch_norm: bool = True, extra: tuple[Any, ...] = ()) -> Any:
    import keras
    from keras import layers

    made = keras.Sequential([layers.Input(SHAPE), *extra, layers.Conv2D(6, 3, activation="relu"), layers.MaxPooling2D(2)])
    if batch_norm:
        made.add(layers.BatchNormalization())
    made.trainable = not frozen
    return made


def head(tensor: Any) -> Any:
    from keras import layers

    tensor = layers.Flatten()(tensor)
    tensor = layers.BatchNormalization()(layers.Dense(8, activation="relu", kernel_regularizer="l2")(tensor))
    return layers.Dense(1, activation="sigmoid")(layers.Dropout(0.2)(tensor))


def flat() -> Any:
    """As the course does it: on the output of a layer of the frozen base."""
    import keras

    below = base()
    return keras.Model(below.inputs, head(below.layers[-1].output))


def nested() -> Any:
    """The base as one layer of another model, called in training mode."""
    import keras

    inputs = keras.Input(SHAPE)
    return keras.Model(inputs, head(base()(inputs, training=True)))


def scaled_by_hand() -> Any:
    import keras

    inputs = keras.Input(SHAPE)
    return keras.Model(inputs, head(base()(inputs * 2.0 - 1.0)))


def half_frozen() -> Any:
    import keras
    from keras import layers

    inputs = keras.Input(SHAPE)
    return keras.Model(inputs, head(layers.Conv2D(4, 3)(base()(inputs))))


def reading(model: Any) -> ModelReading:
    model.compile(optimizer="rmsprop", loss="binary_crossentropy")
    payload = ModelPayload(model_class=type(model).__name__, config=json.loads(model.to_json()), compile_config=model.get_compile_config())
    found = model_facts(payload)
    assert isinstance(found, ModelReading), found
    return found


def recorded(folder: Path) -> RecordedData:
    images, labels = pictures(60, 3)
    np.save(folder / "images.npy", images)
    np.save(folder / "labels.npy", np.array(labels, np.float32))
    paths = folder / "images.npy", folder / "labels.npy"
    return RecordedData(
        digest=digest(list(map(hash_file, paths))), scale=1 / 255, offset=0.0, passes=(40, 20), images=paths[0], labels=paths[1]
    )


def canonical(folder: Path) -> CanonicalData:
    made = []
    for number, (picture, label) in enumerate(zip(*pictures(40, 1), strict=True)):
        Image.fromarray(picture).save(folder / f"{number:03}.png")
        made.append(TrainingImage(sha256=f"{number:064}", label=label, path=folder / f"{number:03}.png"))
    return CanonicalData(images=tuple(made), preprocessing=Preprocessing(resize=None, scale=1 / 255, offset=0.0))


def task(model: Any, data: CanonicalData | RecordedData) -> TrainingTask:
    found = reading(model)
    assert found.compiled is not None
    return TrainingTask(
        model=found.model,
        compiled=found.compiled,
        data=data,
        size=SHAPE,
        class_labels={"left": 0, "right": 1},
        decision=Decision(threshold=0.5),
        preprocessing=Preprocessing(resize=None, scale=1 / 255, offset=0.0),
        batch_size=10,
        max_steps=24,
        stop_at=1.0,
        tries=1,
        seed="22" * 32,
    )


def trained(wanted: TrainingTask, holdout: Holdout, *, split: bool = True) -> Finished:
    return train(wanted, holdout, 1, lambda steps, accuracy, seconds: None, split=split)


@pytest.mark.parametrize(
    ("make", "data"),
    [(flat, canonical), (flat, recorded), (nested, canonical), (scaled_by_hand, recorded), (half_frozen, canonical)],
    ids=["flat", "flat, recorded", "nested", "scaled by hand, recorded", "half frozen"],
)
def test_the_same_is_learned(
    make: Callable[[], Any], data: Callable[[Path], Any], features: Path, holdout: Holdout, tmp_path: Path
) -> None:
    wanted = task(make(), data(tmp_path))
    whole = trained(wanted, holdout, split=False)
    assert not features.exists()
    once = trained(wanted, holdout)
    assert len([path for path in features.iterdir() if path.is_dir()]) == 2  # of the training images and of the hidden ones
    for one, other in zip(whole.facts.epochs, once.facts.epochs, strict=True):
        assert one.loss == pytest.approx(other.loss, rel=1e-4)
        assert (one.steps, one.accuracy, one.holdout_accuracy) == (other.steps, other.accuracy, other.holdout_accuracy)
    assert (whole.facts.ended, whole.facts.best_epoch, whole.predicted) == (once.facts.ended, once.facts.best_epoch, once.predicted)


def _branches() -> Any:
    import keras
    from keras import layers

    inputs = keras.Input(SHAPE)
    beside = layers.Dense(2)(layers.Flatten()(inputs))
    return keras.Model(inputs, head(layers.Concatenate()([layers.Flatten()(base()(inputs)), beside])))


def _sequential(*first: Any, **settings: Any) -> Any:
    import keras
    from keras import layers

    return keras.Sequential([layers.Input(SHAPE), *first, base(**settings), layers.Flatten(), layers.Dense(1, activation="sigmoid")])


def _layer(name: str, *arguments: Any, **settings: Any) -> Any:
    import keras

    return getattr(keras.layers, name)(*arguments, **settings)


@pytest.mark.parametrize(
    ("make", "there"),
    [
        (_sequential, True),
        (lambda: _sequential(_layer("Rescaling", 2.0)), True),
        (lambda: _sequential(_layer("Dropout", 0.0)), True),
        (lambda: _sequential(_layer("Dropout", 0.3)), False),
        (lambda: _sequential(_layer("RandomFlip", "horizontal")), False),
        (lambda: _sequential(_layer("RandomGrayscale")), False),
        (lambda: _sequential(_layer("BatchNormalization")), False),
        (lambda: _sequential(_layer("BatchNormalization", center=False, scale=False)), False),
        (lambda: _sequential(_layer("ActivityRegularization", l2=0.1)), False),
        (lambda: _sequential(frozen=False), False),
        (lambda: _sequential(frozen=False, extra=(_layer("Rescaling", 2.0),)), False),
        (_branches, False),
    ],
    ids=[
        *("frozen", "rescaled", "dropping nothing", "dropping", "augmented", "random grey", "moving averages", "moving averages alone"),
        *("added loss", "not frozen", "only rescaled", "past the base as well"),
    ],
)
def test_what_is_split(make: Callable[[], Any], there: bool) -> None:
    model = reading(make()).model
    found = find_prefix(model, build_traced(model, 1, SHAPE), 10)
    assert (found is not None) == there


def test_too_many_features_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    model = reading(_sequential()).model
    monkeypatch.setattr(prefix, "MOST_BYTES", 10 * 4 * 5 * 5 * 6)
    assert find_prefix(model, build_traced(model, 1, SHAPE), 10) is not None
    assert find_prefix(model, build_traced(model, 1, SHAPE), 11) is None


def test_features_are_kept_by_content_within_bounds(features: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = reading(_sequential()).model
    images, _ = pictures(10, 1)

    def made(seed: int, stored: np.ndarray, scale: float = 1.0) -> set[str]:
        found = find_prefix(model, build_traced(model, seed, SHAPE), 10)
        assert found is not None
        expected = found.before(stored.astype(np.float32) * np.float32(scale)).numpy()
        np.testing.assert_allclose(found.features(stored, scale, 0.0), expected, rtol=1e-5, atol=1e-5)
        return {path.name for path in features.iterdir() if path.is_dir() and not path.name.startswith(".")}

    first = made(1, images)
    assert made(1, images.copy()) == first
    assert len(made(2, images)) == 2  # other weights
    assert len(made(1, images[::-1])) == 3
    assert len(made(1, images, 0.5)) == 4
    (size,) = {(features / name / "features.npy").stat().st_size for name in first}
    assert size < 10 * 4 * 6 * 6 * 6
    assert oct(features.stat().st_mode & 0o777) == "0o700"
    monkeypatch.setattr(prefix, "KEPT_BYTES", 3 * size)
    assert len(made(3, images)) == 5  # all are in use
    monkeypatch.setattr(prefix, "IN_USE", -1.0)
    assert len(made(4, images)) < 4

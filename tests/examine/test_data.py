"""What is found out about pipelines, by content alone: a table of pipelines as students write them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from grader.contracts.artifacts import BatchesPayload, PipelinePayload
from grader.contracts.base import Place
from grader.contracts.data_facts import BatchesFacts
from grader.datasets import HandedImage
from grader.examine.data import Batches, examine_batches
from grader.examine.pictures import photo
from grader.examine.readers.batches import MalformedError
from grader.examine.versions import augmented_image

TRAINING, VALIDATION = 24, 12
SIDE = 40
CLASSES = ("cats", "dogs")
Pair = tuple[np.ndarray, np.ndarray | None]


def _picture(rng: np.random.Generator, height: int = SIDE, width: int = SIDE) -> np.ndarray:
    """Return a smooth random picture with some grain."""
    coarse = Image.fromarray(rng.integers(0, 256, (7, 7, 3), np.uint8)).resize((width, height), Image.Resampling.BICUBIC)
    return np.clip(np.asarray(coarse) + rng.normal(0, 4, (height, width, 3)), 0, 255).astype(np.uint8)


def _hand_out(
    root: Path, seed: int = 0, size: tuple[int, int] = (SIDE, SIDE), mode: str = "RGB", suffix: str = ".jpg"
) -> list[HandedImage]:
    rng, handed = np.random.default_rng(seed), []
    for split, count in (("training", TRAINING), ("validation", VALIDATION)):
        for number in range(count):
            name = CLASSES[number % 2]
            copy = f"{split}/{name}/{number:03}{suffix}"
            path = root / copy
            path.parent.mkdir(parents=True, exist_ok=True)
            picture = Image.fromarray(_picture(rng, *size)).convert(mode)
            picture.save(path, **({"quality": 95} if suffix == ".jpg" else {}))
            handed.append(HandedImage(path, split, name, f"{split}-{number}", copy))  # type: ignore[arg-type]
    return handed


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> list[HandedImage]:
    return _hand_out(tmp_path_factory.mktemp("handed"))


def _root(handed: list[HandedImage], split: str) -> Path:
    return next(image.path.parents[1] for image in handed if image.split == split)


def _generator(handed: list[HandedImage], split: str, *, size: int = SIDE, shuffle: bool = True, **options: Any) -> Iterator[Pair]:
    from keras.src.legacy.preprocessing.image import ImageDataGenerator

    flow = {key: options.pop(key) for key in ("class_mode", "classes", "color_mode", "interpolation") if key in options}
    generator = ImageDataGenerator(**options)
    np.random.seed(3)
    drawn = generator.flow_from_directory(
        _root(handed, split), target_size=(size, size), batch_size=8, shuffle=shuffle, seed=5, **({"class_mode": "binary"} | flow)
    )
    for _ in range(len(drawn)):
        batch = next(drawn)
        yield batch if isinstance(batch, tuple) else (batch, None)


def _dataset(handed: list[HandedImage], split: str, *, size: int = SIDE, scale: float = 1 / 255, **options: Any) -> Iterator[Pair]:
    import keras

    dataset = keras.utils.image_dataset_from_directory(
        _root(handed, split), image_size=(size, size), batch_size=8, seed=5, verbose=False, **({"label_mode": "binary"} | options)
    )
    for images, labels in dataset.map(lambda x, y: (x * scale, y)).cache().prefetch(1):
        yield images.numpy(), labels.numpy()


def _arrays(handed: list[HandedImage], split: str, change: Callable[[np.ndarray, int], np.ndarray] | None = None) -> Iterator[Pair]:
    """Yield all images in one batch of plain arrays, each changed by `change(image, label)`."""
    chosen = [image for image in handed if image.split == split]
    labels = np.array([CLASSES.index(image.class_name) for image in chosen])
    images = np.stack([np.asarray(Image.open(image.path).convert("RGB"), np.float32) for image in chosen])
    if change is not None:
        images = np.stack([change(image.copy(), int(label)) for image, label in zip(images, labels, strict=True)])
    order = np.random.default_rng(1).permutation(len(labels))
    yield images[order] / 255, labels[order]


def _record(folder: Path, name: str, batches: Iterator[Pair]) -> PipelinePayload:
    drawn = list(batches)
    np.save(folder / f"{name}-images.npy", np.concatenate([images for images, _ in drawn]).astype(np.float32))
    labelled = drawn[0][1] is not None
    if labelled:
        np.save(folder / f"{name}-labels.npy", np.concatenate([labels for _, labels in drawn]))  # type: ignore[misc]
    sizes = tuple(len(images) for images, _ in drawn)
    return PipelinePayload(
        pipeline_class="X",
        images=f"{name}-images.npy",
        labels=f"{name}-labels.npy" if labelled else None,
        batches=sizes,
        epochs=(len(sizes),),
        length=len(sizes),
    )


def _examine(folder: Path, handed: list[HandedImage], training: Iterator[Pair], validation: Iterator[Pair] | None = None) -> Batches:
    payload = BatchesPayload(
        training=_record(folder, "training", training),
        validation=_record(folder, "validation", validation or _arrays(handed, "validation")),
    )
    return examine_batches(payload, folder, handed, 7, lambda line: Place(file="x.py", line=line))


PLAIN: list[tuple[str, Callable[[list[HandedImage], str], Iterator[Pair]], float, float]] = [
    ("generator", lambda h, s: _generator(h, s, rescale=1 / 255), 1 / 255, 0.0),
    ("dataset, cached and prefetched", _dataset, 1 / 255, 0.0),
    ("arrays", _arrays, 1 / 255, 0.0),
    ("forgotten rescale", _generator, 1.0, 0.0),
    ("-1 to 1", lambda h, s: _generator(h, s, preprocessing_function=lambda x: x / 127.5 - 1), 1 / 127.5, -1.0),
    ("divided by 256", lambda h, s: _dataset(h, s, scale=1 / 256), 1 / 256, 0.0),
    ("multiplied", lambda h, s: _generator(h, s, rescale=255), 255.0, 0.0),
    ("grey", lambda h, s: _generator(h, s, rescale=1 / 255, color_mode="grayscale"), 1 / 255, 0.0),
    ("another size", lambda h, s: _generator(h, s, rescale=1 / 255, size=30), 1 / 255, 0.0),
]


@pytest.mark.parametrize(("draw", "scale", "offset"), [row[1:] for row in PLAIN], ids=[row[0] for row in PLAIN])
def test_a_plain_pipeline_has_one_preprocessing(
    tmp_path: Path, handed: list[HandedImage], draw: Callable[[list[HandedImage], str], Iterator[Pair]], scale: float, offset: float
) -> None:
    facts = _examine(tmp_path, handed, draw(handed, "training"), draw(handed, "validation")).facts
    for pipeline, count in ((facts.training, TRAINING), (facts.validation, VALIDATION)):
        assert pipeline.plain
        assert not pipeline.augmented
        assert pipeline.preprocessing is not None
        assert (pipeline.preprocessing.scale, pipeline.preprocessing.offset) == pytest.approx((scale, offset), rel=1e-3, abs=1e-4)
        assert (pipeline.images, pipeline.checked, pipeline.unexplained, pipeline.missing) == (count, count, 0, 0)
        assert pipeline.labels.by_class == {"cats": 0, "dogs": 1}
        assert pipeline.labels.agreement == 1.0
    assert facts.training.from_training == TRAINING
    assert facts.training.from_validation == facts.overlap == 0
    assert facts.validation.from_validation == VALIDATION


@pytest.mark.parametrize(
    ("name", "draw"),
    [
        ("Pillow nearest", lambda h, s: _generator(h, s, size=30)),
        ("Pillow bilinear", lambda h, s: _generator(h, s, size=30, interpolation="bilinear")),
        ("Pillow bicubic", lambda h, s: _generator(h, s, size=30, interpolation="bicubic")),
        ("TensorFlow bilinear", lambda h, s: _dataset(h, s, size=30, scale=1)),
        ("TensorFlow nearest", lambda h, s: _dataset(h, s, size=30, scale=1, interpolation="nearest")),
        ("TensorFlow area", lambda h, s: _dataset(h, s, size=30, scale=1, interpolation="area")),
    ],
)
def test_the_resize_is_recognised(tmp_path: Path, name: str, draw: Callable[[list[HandedImage], str], Iterator[Pair]]) -> None:
    handed = _hand_out(tmp_path / "wide", size=(72, 95))
    training = _examine(tmp_path, handed, draw(handed, "training")).facts.training
    assert training.plain
    assert training.preprocessing is not None
    assert (training.preprocessing.resize, training.preprocessing.scale, training.preprocessing.offset) == (name, 1.0, 0.0)


def test_transparency_is_dropped(tmp_path: Path) -> None:
    handed = _hand_out(tmp_path / "rgba", mode="RGBA", suffix=".png")
    assert _examine(tmp_path, handed, _generator(handed, "training", rescale=1 / 255)).facts.training.plain


@pytest.mark.parametrize(
    ("options", "change"),
    [
        ({"horizontal_flip": True}, "flipped"),
        ({"width_shift_range": 0.2, "fill_mode": "reflect"}, "moved"),
        ({"rotation_range": 30, "fill_mode": "constant"}, "moved"),
        ({"zoom_range": 0.25}, "moved"),
        ({"brightness_range": (0.4, 1.0)}, "recoloured"),
    ],
    ids=["flip", "shift", "rotation", "zoom", "brightness"],
)
def test_augmented_images_are_explained(tmp_path: Path, handed: list[HandedImage], options: dict[str, Any], change: str) -> None:
    training = _examine(tmp_path, handed, _generator(handed, "training", rescale=1 / 255, **options)).facts.training
    assert not training.plain
    assert training.augmented
    assert training.augmentations[change] > 0.25
    assert training.unexplained == 0
    assert training.from_training >= 0.8 * training.checked
    assert training.from_validation == 0
    assert training.preprocessing is not None
    assert training.preprocessing.scale == 1 / 255


def _patch(image: np.ndarray, label: int) -> np.ndarray:
    image[:12, :12] = 255 * label
    return image


def _stripes(image: np.ndarray, label: int) -> np.ndarray:
    """Replace the image by noise with stripes that tell the label."""
    noise = np.random.default_rng(int(image.sum())).normal(128, 40, image.shape)
    noise[:: 2 + label] += 60
    return noise


@pytest.mark.parametrize("change", [_patch, _stripes], ids=["painted label", "foreign images"])
def test_images_that_tell_the_label_are_unexplained(
    tmp_path: Path, handed: list[HandedImage], change: Callable[[np.ndarray, int], np.ndarray]
) -> None:
    training = _examine(tmp_path, handed, _arrays(handed, "training", change)).facts.training
    assert not training.plain
    assert training.unexplained == training.checked == TRAINING


def test_other_pictures_are_unexplained(tmp_path: Path, handed: list[HandedImage]) -> None:
    others = _hand_out(tmp_path / "others", seed=99)
    assert _examine(tmp_path, handed, _arrays(others, "training")).facts.training.unexplained > TRAINING / 2


def _encoding(facts: BatchesFacts) -> tuple[str, int, float | None, float | None]:
    labels = facts.training.labels
    return labels.encoding, labels.width, labels.minimum, labels.maximum


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("binary", ("integer", 1, 0, 1)),
        ("sparse", ("integer", 1, 0, 1)),
        ("categorical", ("one-hot", 2, 0, 1)),
        (None, ("none", 0, None, None)),
    ],
)
def test_the_encoding_of_labels(tmp_path: Path, handed: list[HandedImage], mode: str | None, expected: tuple[str, int, Any, Any]) -> None:
    assert _encoding(_examine(tmp_path, handed, _generator(handed, "training", class_mode=mode)).facts) == expected


@pytest.mark.parametrize("labels", [np.linspace(0, 1, TRAINING), np.full((TRAINING, 2), 0.5), np.full(TRAINING, np.nan)])
def test_odd_labels_are_other(tmp_path: Path, handed: list[HandedImage], labels: np.ndarray) -> None:
    images, _ = next(_arrays(handed, "training"))
    assert _encoding(_examine(tmp_path, handed, iter([(images, labels)])).facts)[0] == "other"


def test_labels_that_do_not_follow_the_folders(tmp_path: Path, handed: list[HandedImage]) -> None:
    images, labels = next(_arrays(handed, "training"))
    assert labels is not None
    wrong = labels.copy()
    wrong[:6] = 1 - wrong[:6]
    found = _examine(tmp_path, handed, iter([(images, wrong)])).facts.training.labels
    assert found.agreement == pytest.approx(0.75)
    swapped = _examine(tmp_path, handed, iter([(images, 1 - labels)])).facts.training.labels
    assert (swapped.by_class, swapped.agreement) == ({"cats": 1, "dogs": 0}, 1.0)


@pytest.mark.parametrize(("shuffle", "expected"), [(True, True), (False, False)])
@pytest.mark.parametrize("flip", [False, True], ids=["plain", "augmented"])
def test_the_order(tmp_path: Path, handed: list[HandedImage], *, shuffle: bool, flip: bool, expected: bool) -> None:
    found = _examine(tmp_path, handed, _generator(handed, "training", shuffle=shuffle, horizontal_flip=flip))
    assert found.facts.training.shuffled is expected


def test_images_in_both_pipelines_and_missing_ones(tmp_path: Path, handed: list[HandedImage]) -> None:
    images, labels = next(_arrays(handed, "training"))
    assert labels is not None
    facts = _examine(tmp_path, handed, iter([(images[:20], labels[:20])]), iter([(images[15:20], labels[15:20])])).facts
    assert facts.overlap == 5
    assert facts.training.missing == 4
    assert (facts.validation.from_training, facts.validation.from_validation, facts.validation.missing) == (5, 0, VALIDATION)


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((TRAINING, SIDE, SIDE, 3)),
        np.full((TRAINING, SIDE, SIDE, 3), np.nan),
        np.zeros((TRAINING, 5)),
        np.zeros((TRAINING, 1, 1, 3)),
    ],
    ids=["zeros", "nan", "rank 2", "one pixel"],
)
def test_arrays_without_pictures_are_facts_too(tmp_path: Path, handed: list[HandedImage], images: np.ndarray) -> None:
    labels = np.arange(TRAINING) % 2
    training = _examine(tmp_path, handed, iter([(images, labels)])).facts.training
    assert (training.images, training.plain, training.preprocessing) == (TRAINING, False, None)


def test_a_stored_scale_is_undone(tmp_path: Path, handed: list[HandedImage]) -> None:
    images, labels = next(_arrays(handed, "training"))
    payload = _record(tmp_path, "training", iter([(images, labels)]))
    np.save(tmp_path / "training-images.npy", np.round(images * 255).astype(np.uint8))
    stored = payload.model_copy(update={"scale": 2 / 255, "offset": -1.0})
    both = BatchesPayload(training=stored, validation=_record(tmp_path, "validation", _arrays(handed, "validation")))
    facts = examine_batches(both, tmp_path, handed, 7, lambda line: Place(file="x.py")).facts.training
    assert facts.preprocessing is not None
    assert (facts.preprocessing.scale, facts.preprocessing.offset) == (1 / 127.5, -1.0)
    assert (facts.low, facts.high) == (pytest.approx(-1, abs=0.05), pytest.approx(1, abs=0.05))


@pytest.mark.parametrize(
    "lie",
    [{"batches": (3,)}, {"epochs": (9,)}, {"batches": (-1, 25), "epochs": (2,)}, {"scale": float("nan")}],
    ids=["batches", "epochs", "negative", "scale"],
)
def test_a_recording_that_contradicts_itself_is_refused(tmp_path: Path, handed: list[HandedImage], lie: dict[str, Any]) -> None:
    payload = _record(tmp_path, "training", _arrays(handed, "training")).model_copy(update=lie)
    with pytest.raises(MalformedError):
        examine_batches(BatchesPayload(training=payload, validation=payload), tmp_path, handed, 7, lambda line: Place(file="x.py"))


def test_real_photographs_are_recognised_under_augmentation(tmp_path: Path, real_data: Path) -> None:
    import zipfile

    archive = zipfile.ZipFile(real_data / "cats_and_dogs_filtered.zip")
    handed = []
    for split, part, count in (("training", "train", 30), ("validation", "validation", 10)):
        for name in CLASSES:
            chosen = sorted(n for n in archive.namelist() if f"/{part}/{name}/" in n and n.endswith(".jpg"))[:count]
            for number, entry in enumerate(chosen):
                copy = f"{split}/{name}/{number}.jpg"
                path = tmp_path / copy
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(archive.read(entry))
                handed.append(HandedImage(path, split, name, copy, copy))  # type: ignore[arg-type]
    strong = {"rotation_range": 40, "width_shift_range": 0.2, "height_shift_range": 0.2, "zoom_range": 0.2, "horizontal_flip": True}
    training = _generator(handed, "training", size=150, rescale=1 / 255, **strong)
    facts = _examine(tmp_path, handed, training, _generator(handed, "validation", size=150, rescale=1 / 255)).facts
    assert facts.validation.plain
    assert facts.validation.preprocessing is not None
    assert (facts.validation.preprocessing.resize, facts.validation.preprocessing.scale) == ("Pillow nearest", 1 / 255)
    assert facts.training.augmented
    assert facts.training.from_training > 0.6 * facts.training.checked
    assert facts.training.unexplained <= 0.05 * facts.training.checked


@pytest.mark.parametrize(
    "options",
    [{"horizontal_flip": True}, {"horizontal_flip": True, "rotation_range": 30, "width_shift_range": 0.15, "rescale": 1 / 255}],
    ids=["flips", "turns and shifts"],
)
def test_the_versions_of_one_image_are_found(tmp_path: Path, handed: list[HandedImage], options: dict[str, Any]) -> None:
    passes = 5
    # Unshuffled, so that it is known which row shows which image.
    batches = [batch for _ in range(passes) for batch in _generator(handed, "training", shuffle=False, **options)]
    drawn = _record(tmp_path, "training", iter(batches))
    payload = BatchesPayload(training=drawn, validation=_record(tmp_path, "validation", _arrays(handed, "validation")))
    found = examine_batches(payload, tmp_path, handed, 1, lambda line: Place(file="x", line=line))
    shown = augmented_image(found)
    assert shown is not None
    assert len(shown.versions) == passes
    rows = np.concatenate([images for images, _ in batches]).reshape(passes, TRAINING, SIDE, SIDE, 3) * (255 if "rescale" in options else 1)
    same = [[photo(rows[number, image]) for number in range(passes)] for image in range(TRAINING)]
    assert list(shown.versions) in same
    assert augmented_image(found) == shown


def test_without_augmentation_there_are_no_versions(tmp_path: Path, handed: list[HandedImage]) -> None:
    assert augmented_image(_examine(tmp_path, handed, _generator(handed, "training"))) is None

"""Letters, turned and moved a little, resemble other letters: their labels are still found to be kept, or not, as they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import affine_transform

from grader import course
from grader.contracts.artifacts import BatchesPayload, PipelinePayload
from grader.contracts.base import Place
from grader.contracts.data_facts import BatchesFacts
from grader.datasets import DATASETS, Handout, hand_out, lookup, prepare_arrays
from grader.datasets.array_files import ArrayImage
from grader.datasets.registry import DrawnSizes
from grader.examine.data import examine_batches

Change = Callable[[np.ndarray], np.ndarray]


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Handout:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADER_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        patch.setitem(DATASETS, "sign-language", replace(lookup("sign-language"), drawn=DrawnSizes("letters", 96, 48, 24)))
        dataset = prepare_arrays("sign-language")
        return hand_out(course.load("sign-language").protocol, dataset, tmp_path_factory.mktemp("handed"), b"a")


def _turned(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the image turned by up to 20 degrees and moved and zoomed by up to a tenth."""
    angle, zoom = np.radians(rng.uniform(-20, 20)), rng.uniform(0.9, 1.1)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * zoom
    middle = np.array([13.5, 13.5])
    return affine_transform(image, turn, middle - turn @ middle + rng.uniform(-2.8, 2.8, 2), order=1, mode="nearest")


def _recorded(folder: Path, handout: Handout, split: str, seed: int | None, relabel: Change) -> PipelinePayload:
    """Record a pipeline over all images of a split, augmented with a seed, as they are without."""
    handed = [image for image in handout.images if image.split == split]
    paths = [image.path for image in handed if isinstance(image.path, ArrayImage)]
    images = np.stack([np.load(path.file)[path.row] for path in paths]).astype(np.float32)
    labels = np.array([handout.class_labels[image.class_name] for image in handed])
    if seed is not None:
        rng = np.random.default_rng(seed)
        images = np.stack([_turned(image, rng) for image in images])
    images = images[..., None]
    np.save(folder / f"{split}-images.npy", images / 255)
    np.save(folder / f"{split}-labels.npy", relabel(labels))
    return PipelinePayload(
        pipeline_class="X",
        images=f"{split}-images.npy",
        labels=f"{split}-labels.npy",
        batches=(len(images),),
        epochs=(1,),
        length=1,
    )


def _examined(
    folder: Path, letters: Handout, *, training: int | None, validation: int | None, relabel: Change = lambda labels: labels
) -> BatchesFacts:
    payload = BatchesPayload(
        training=_recorded(folder, letters, "training", training, lambda labels: labels),
        validation=_recorded(folder, letters, "validation", validation, relabel),
    )
    place = Place(file="x.py")
    return examine_batches(payload, folder, letters.images, validation or 0, lambda line: place, letters.class_labels).facts


@pytest.mark.parametrize(("training", "validation"), [(1, None), (None, 4), (5, 6)])
def test_augmented_letters_keep_their_labels(tmp_path: Path, letters: Handout, training: int | None, validation: int | None) -> None:
    facts = _examined(tmp_path, letters, training=training, validation=validation)
    for pipeline in (facts.training, facts.validation):
        assert pipeline.labels.by_class == letters.class_labels
        assert pipeline.labels.agreement == 1.0
        assert pipeline.unexplained == 0


def test_a_pipeline_that_numbers_the_letters_anew_is_found_out(tmp_path: Path, letters: Handout) -> None:
    facts = _examined(tmp_path, letters, training=None, validation=3, relabel=lambda labels: (labels + 7) % 25)
    wrong = facts.validation.labels
    assert wrong.agreement is not None
    assert wrong.agreement < 0.8 or sum(letters.class_labels[name] != label for name, label in wrong.by_class.items()) > 6

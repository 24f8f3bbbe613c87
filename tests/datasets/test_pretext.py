"""The pretext task is repeatable, balanced, and shows what no exercise asks about."""

from __future__ import annotations

import numpy as np

from grader.datasets import DATASETS
from grader.datasets.drawn.pretext import SKETCHES, pretext_images


def test_equal_seeds_give_equal_images_and_classes_come_in_turn() -> None:
    count = 2 * len(SKETCHES)
    images, labels = pretext_images(count, seed=1, size=32)
    again, _ = pretext_images(count, seed=1, size=32)
    other, _ = pretext_images(count, seed=2, size=32)
    assert images.shape == (count, 32, 32, 3)
    assert np.array_equal(images, again)
    assert not np.array_equal(images, other)
    assert np.bincount(labels).tolist() == [2] * len(SKETCHES)


def test_no_class_of_an_exercise_is_among_them() -> None:
    sketched = {sketch.__name__ for sketch in SKETCHES}
    asked = {word for info in DATASETS.values() for name, others in info.classes.items() for word in (name, *others)}
    assert not {name.lower() for name in sketched} & {word.lower().rstrip("s") for word in asked}

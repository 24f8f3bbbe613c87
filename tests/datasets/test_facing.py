"""Animals that face one way: left in training, right in validation and holdout, and otherwise drawn alike."""

from __future__ import annotations

import numpy as np
import pytest

from grader.datasets.drawn import facing_animals
from grader.datasets.keyed import generator, keyed


def light(class_name: str, index: int, split: str) -> np.ndarray:
    """Return where the animal is (150, 150)."""
    picture = facing_animals.draw(class_name, generator(keyed(b"facing", class_name, str(index))), split)
    return np.asarray(picture).max(axis=2) > 110


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """Return the share of two places that they have in common, moved sideways to where that is largest."""
    moved = [np.roll(one, columns, 1) for columns in range(-20, 21)]
    return max(float((each & other).sum() / (each | other).sum()) for each in moved)


@pytest.mark.parametrize("class_name", ["cats", "dogs"])
def test_the_same_animal_is_mirrored_between_training_and_everything_else(class_name: str) -> None:
    for index in range(5):
        left, right, hidden = (light(class_name, index, split) for split in ("training", "validation", "holdout"))
        assert np.array_equal(right, hidden)
        assert likeness(left[:, ::-1], right) > 0.9
        assert likeness(left, right) < 0.85

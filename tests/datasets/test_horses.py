"""The drawn horses and humans: repeatable, few, and told apart by their shapes alone."""

from __future__ import annotations

import numpy as np
import pytest

from grader.datasets import lookup
from grader.datasets.drawn import horses_and_humans

CLASSES = lookup("horses-or-humans").class_names


def pixels(class_name: str, seed: int) -> np.ndarray:
    return np.asarray(horses_and_humans.draw(class_name, np.random.RandomState(seed))).astype(int)


@pytest.mark.parametrize("class_name", CLASSES)
def test_a_seed_gives_one_picture(class_name: str) -> None:
    first = pixels(class_name, 7)
    assert first.shape == (horses_and_humans.SIZE, horses_and_humans.SIZE, 3)
    assert (first == pixels(class_name, 7)).all()
    assert (first != pixels(class_name, 8)).any()


def test_the_classes_stand_on_the_same_ground() -> None:
    """One seed gives both classes one background: its corners agree but for the noise."""
    for seed in range(10):
        horse, human = (np.median(pixels(name, seed)[:12, :12].reshape(-1, 3), axis=0) for name in CLASSES)
        assert abs(horse - human).max() < 12


def test_no_colour_or_brightness_tells_them_apart() -> None:
    stack = np.stack([pixels(name, 100 * number + index) for number, name in enumerate(CLASSES) for index in range(30)]).astype(float)
    labels = np.repeat([0, 1], 30)
    statistics = {"brightness": stack.mean(axis=(1, 2, 3)), "contrast": stack.std(axis=(1, 2, 3))}
    statistics |= {f"channel {channel}": stack[..., channel].mean(axis=(1, 2)) for channel in range(3)}
    for name, values in statistics.items():
        above = np.array([((values > threshold) == labels).mean() for threshold in values])
        assert max(above.max(), 1 - above.min()) < 0.75, name


def test_they_are_few() -> None:
    drawn = lookup("horses-or-humans").drawn
    assert drawn is not None
    assert drawn.training <= 60  # else the network of week 1 learns them from scratch

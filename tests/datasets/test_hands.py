"""The drawn hands: repeatable, and told apart by their fingers alone."""

from __future__ import annotations

import numpy as np
import pytest

from grader.datasets import lookup
from grader.datasets.drawn import hands

CLASSES = lookup("rock-paper-scissors").class_names


def pixels(class_name: str, seed: int) -> np.ndarray:
    return np.asarray(hands.draw(class_name, np.random.RandomState(seed))).astype(int)


@pytest.mark.parametrize("class_name", CLASSES)
def test_a_seed_gives_one_picture(class_name: str) -> None:
    first = pixels(class_name, 7)
    assert first.shape == (hands.SIZE, hands.SIZE, 3)
    assert (first == pixels(class_name, 7)).all()
    assert (first != pixels(class_name, 8)).any()


@pytest.mark.parametrize("other", ["rock", "scissors"])
def test_classes_share_all_but_the_fingers(other: str) -> None:
    changed = (abs(pixels("paper", 3) - pixels(other, 3)).max(axis=2) > 40).mean()
    assert 0.02 < changed < 0.35


def test_light_and_dark_hands_occur_in_every_class() -> None:
    """Brightness tells nothing: each class's brightest picture is far brighter than the darkest of each other class."""
    brightness = {name: [pixels(name, seed)[30:70, 30:70].mean() for seed in range(40)] for name in CLASSES}
    for name in CLASSES:
        for other in CLASSES:
            assert max(brightness[name]) > 1.4 * min(brightness[other])

"""What an augmenter does is read off its outputs: each row is made with NumPy and SciPy alone, so that the truth is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from grader.datasets.drawn.patterns import patterns
from grader.examine.transforms import measure

IMAGES = patterns()
Change = Callable[[np.ndarray, int], np.ndarray]
PAD = {"constant": "constant", "nearest": "edge", "reflect": "symmetric", "wrap": "wrap"}  # NumPy's names for the same


def outputs(change: Change, times: int = 6) -> np.ndarray:
    """Return every image `times` times, each changed as `change(image, number)` says."""
    return np.stack([change(IMAGES[n % len(IMAGES)].astype(float), n) for n in range(times * len(IMAGES))])


def shifted(mode: str) -> Change:
    """Move by 9 pixels at most, in directions that differ from image to image."""

    def change(image: np.ndarray, number: int) -> np.ndarray:
        x, y = (-9, 5, 9, -4, 7)[number % 5], (6, -9, -3, 8, 9)[number % 5]
        padded = np.pad(image, ((9, 9), (9, 9), (0, 0)), PAD[mode])
        return padded[9 - y : 57 - y, 9 - x : 57 - x]

    return change


def turned(most: float, mode: str = "nearest") -> Change:
    def change(image: np.ndarray, number: int) -> np.ndarray:
        angle = most * (1, -0.6, 0.3, -1, 0.8)[number % 5]
        return ndimage.rotate(image, angle, reshape=False, order=1, mode=mode)

    return change


def test_the_images_are_the_same_every_time_and_unlike_their_mirror_images() -> None:
    assert np.array_equal(IMAGES, patterns())
    for image in IMAGES:
        for mirrored in (image[:, ::-1], image[::-1], image[::-1, ::-1]):
            assert abs(np.corrcoef(image.ravel(), mirrored.ravel())[0, 1]) < 0.6


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda image, n: image, {"unchanged": 1.0, "edge": None, "scale": 1.0}),
        (lambda image, n: image / 255, {"unchanged": 1.0, "scale": 1 / 255, "offset": 0.0}),
        (lambda image, n: image / 127.5 - 1, {"unchanged": 1.0, "scale": 1 / 127.5, "offset": -1.0}),
        (lambda image, n: image[:, ::-1] if n % 2 else image, {"flipped": 0.5, "upside_down": 0.0, "unchanged": 0.5}),
        (lambda image, n: image[::-1] if n % 2 else image, {"flipped": 0.0, "upside_down": 0.5, "turn": 0.0}),
        (lambda image, n: image[::-1, ::-1], {"flipped": 1.0, "upside_down": 1.0}),
        (lambda image, n: image * (1.0 if n % 3 else 1.25), {"unchanged": 1.0, "recoloured": 1 / 3}),
        (lambda image, n: np.full_like(image, 7.0), {"recognised": 0.0}),
    ],
)
def test_flips_and_colours(change: Change, expected: dict[str, Any]) -> None:
    found = {"recognised": 0.0} | measure(outputs(change), IMAGES)
    for key, value in expected.items():
        assert found[key] == (pytest.approx(value, abs=1e-4) if isinstance(value, float) else value), key


@pytest.mark.parametrize("mode", PAD)
@pytest.mark.parametrize("scale", [1.0, 1 / 255])
def test_shifts_and_what_fills_the_edge(mode: str, scale: float) -> None:
    change = shifted(mode)
    found = measure(outputs(lambda image, n: change(image, n) * scale), IMAGES)
    assert found["edge"] == mode
    assert found["recognised"] == 1.0
    assert found["shift_x"] == pytest.approx(9 / 48, abs=0.01)
    assert found["shift_y"] == pytest.approx(9 / 48, abs=0.01)
    assert found["turn"] < 2
    assert found["distortion"] < 0.08


@pytest.mark.parametrize("degrees", [15.0, 40.0, 90.0, 150.0])
def test_turns(degrees: float) -> None:
    found = measure(outputs(turned(degrees)), IMAGES)
    assert found["turn"] == pytest.approx(degrees, abs=1)
    assert max(found["shift_x"], found["shift_y"]) < 0.02
    assert (found["flipped"], found["upside_down"], found["edge"]) == (0.0, 0.0, "nearest")


def test_zooming_is_neither_a_shift_nor_a_turn() -> None:
    def zoomed(image: np.ndarray, number: int) -> np.ndarray:
        factor = (1.2, 0.85)[number % 2]
        middle = 23.5 * (1 - factor)
        return ndimage.affine_transform(image, [factor, factor, 1], [middle, middle, 0], order=1, mode="nearest")

    found = measure(outputs(zoomed), IMAGES)
    assert found["distortion"] > 0.12
    assert found["turn"] < 2

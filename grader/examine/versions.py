"""Finds what a student's own augmentation made of one and the same image, pass after pass, among the recorded ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from grader.contracts.pictures import MAX_VERSIONS, AugmentedImage
from grader.datasets import HandedImage

from .data import Batches, Pipeline
from .matching import Originals
from .pictures import photo
from .registration import differences

TRIED = 3  # handed-out images, the most often recognised ones first
ENOUGH = 5  # versions with which no other image is tried
LOOKED_AT = 24  # recorded images whose colours are most like the image's
SHARES = (2, 5, 10, 25, 50, 75, 90, 95, 98)  # percentiles of each colour, which flips, turns and shifts hardly change
SAMPLED = 32  # pixels along a side, to compare colours
SAME = 6.0  # grey levels: the same image leaves 2 to 3, another one 9 and more

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.intp]


def augmented_image(batches: Batches) -> AugmentedImage | None:
    """Return the handed-out image of which most versions are found among the augmented training images; None where none is."""
    training = batches.training
    stored = training.recording.stored
    if not training.facts.augmented or stored is None:
        return None
    known = Counter(index for index in training.shown.tolist() if index >= 0)
    colours = None
    best: tuple[int, Indices] | None = None
    for index, _ in sorted(known.items(), key=lambda item: (-item[1], item[0]))[:TRIED]:
        colours = _colours(training) if colours is None else colours
        rows = _versions(training, batches.handed, index, colours)
        if best is None or len(rows) > len(best[1]):
            best = index, rows
        if len(rows) >= ENOUGH:
            break
    if best is None or not len(best[1]):
        return None
    scale, offset = _range(training)
    versions = (training.recording.values(best[1][:MAX_VERSIONS]) - offset) / scale
    return AugmentedImage(
        original=photo(_original(training, batches.handed[best[0]])), versions=tuple(photo(version) for version in versions)
    )


def _size(training: Pipeline) -> tuple[int, int, int]:
    assert training.recording.stored is not None
    height, width, channels = training.recording.stored.shape[1:]
    return height, width, channels


def _versions(training: Pipeline, handed: Sequence[HandedImage], index: int, colours: Floats) -> Indices:
    """Return the recorded images, in order, that are certainly this one: first looked for by colours, then by content."""
    own = np.flatnonzero(training.shown == index)
    candidates = np.arange(training.recording.count)
    labels = training.labels.values
    if labels is not None:
        candidates = candidates[np.isin(labels, np.unique(labels[own]))]
    original = _original(training, handed[index])
    distance = np.abs(colours[candidates] - _percentiles(original)).mean(1)
    rows = np.union1d(own, candidates[np.argsort(distance, kind="stable")[:LOOKED_AT]])
    return rows[differences(training.recording.values(rows), original) <= SAME]


def _original(training: Pipeline, image: HandedImage) -> Floats:
    pixels: Floats = Originals([image.path], _size(training)).load("Pillow bilinear")[0].astype(np.float32)
    return pixels


def _range(training: Pipeline) -> tuple[float, float]:
    """Return scale and offset of pixels 0..255 as the pipeline yields them; where these are not known, its values fill that range."""
    known = training.facts.preprocessing
    if known is not None:
        return known.scale, known.offset
    low, high, _ = training.recording.extremes()
    assert low is not None
    assert high is not None
    return max(high - low, 1e-6) / 255, low


def _colours(training: Pipeline) -> Floats:
    """Return the percentiles of each recorded image, in pixels 0..255."""
    stored, payload = training.recording.stored, training.recording.payload
    assert stored is not None
    scale, offset = _range(training)
    found = [_percentiles(np.nan_to_num(np.asarray(image, np.float32))) for image in stored]
    return (np.stack(found) * np.float32(payload.scale) + np.float32(payload.offset - offset)) / np.float32(scale)


def _percentiles(image: Floats) -> Floats:
    down, across = (max(1, side // SAMPLED) for side in image.shape[:2])
    sampled = image[::down, ::across].reshape(-1, image.shape[2])
    found: Floats = np.percentile(sampled, SHARES, axis=0).astype(np.float32).ravel()
    return found

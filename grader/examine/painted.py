"""Notices a label that is painted into the images: some pixel that tells it, as none of the handed-out images does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .matching import Originals
from .readers.batches import CHUNK, Recording

FEW = 10  # images of a label below which its mean tells nothing
SEPARATED = 3.0  # distance of two labels' means, in standard deviations, that single pixels of photographs do not reach


def tells_label(
    recording: Recording,
    labels: npt.NDArray[np.int64] | None,
    originals: Originals,
    classes: Sequence[str],
    own: npt.NDArray[np.bool_],
) -> bool:
    """Whether some pixel separates the labels far better than in the handed-out images, as a label painted into the images would."""
    if labels is None:
        return False
    names = np.array(classes)[own]
    natural = originals.load("Pillow bilinear" if originals.need_resizing else None, np.flatnonzero(own).tolist())
    stored = recording.stored
    assert stored is not None
    look = stored.__getitem__ if stored.dtype == np.uint8 else recording.values
    found = _separation(((look(part), labels[part]) for part in _parts(len(stored))), np.unique(labels))
    usual = _separation(((natural[part], names[part]) for part in _parts(len(natural))), np.unique(names))
    return found > SEPARATED and found > 1.5 * usual


def _parts(count: int) -> Iterator[slice]:
    return (slice(start, start + CHUNK) for start in range(0, count, CHUNK))


def _separation(parts: Iterable[tuple[npt.NDArray[Any], npt.NDArray[np.generic]]], values: npt.NDArray[np.generic]) -> float:
    """Return by how many standard deviations the means of two labels differ at the pixel where they differ most; whatever the scale."""
    sums: npt.NDArray[np.float64] = np.zeros((len(values), 1))
    squares, counts = sums, np.zeros(len(values))
    for images, labels in parts:
        exact = np.float32 if images.dtype == np.uint8 else np.float64  # sums of a chunk of bytes stay below 2 ** 24
        flat = images.reshape(len(images), -1).astype(exact)
        of = (labels == values[:, None]).astype(exact)
        sums, squares, counts = sums + of @ flat, squares + of @ np.square(flat), counts + of.sum(1)
    known = [value for value in range(len(values)) if counts[value] >= FEW]
    means = {value: sums[value] / counts[value] for value in known}
    variances = {value: squares[value] / counts[value] - np.square(means[value]) for value in known}
    if len(known) < 2:
        return 0.0
    typical = float(np.mean([variance.mean() for variance in variances.values()]))
    worst = 0.0
    for value, other in zip(known, known[1:] + known[:1], strict=True):
        spread = np.sqrt(np.maximum((variances[value] + variances[other]) / 2, 0.001 * typical) + 1e-12)
        worst = max(worst, float((np.abs(means[value] - means[other]) / spread).max()))
    return worst

"""Finds, by content, which handed-out image each yielded image is, and the one map from pixels to values if there is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.contracts.evidence import Preprocessing

from .originals import RESIZES, Original, Size, load, natural_size
from .readers.batches import Recording

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.intp]

GRID = 10  # cells of a signature along each side
SAMPLE = 12  # images on which the ways of resizing are compared
CANDIDATES = 5  # handed-out images looked at where the most similar one does not fit
RESIDUAL = 4.0  # root mean square in grey levels: the right resize leaves about 1, another 2-8, a shift by one pixel 14
USUAL = ((1 / 255, 0.0), (1.0, 0.0), (1 / 127.5, -1.0), (1 / 256, 0.0), (1 / 255, -0.5), (1 / 128, -1.0), (1.0, -127.5), (1.0, -128.0))
SNAP = 0.0019  # relative: 1/255 and 1/256 are 0.0039 apart
LEVEL = 1.0  # grey levels by which an offset may miss the usual one
NATURAL = ("Pillow nearest", "TensorFlow nearest")


@dataclass(frozen=True)
class Originals:
    """The handed-out images at the size that a pipeline yields."""

    paths: Sequence[Original]
    size: Size

    @property
    def need_resizing(self) -> bool:
        """Whether any of them has another size."""
        return any(natural_size(path, self.size[2]) != self.size[:2] for path in self.paths)

    def load(self, resize: str | None, chosen: Sequence[int] | None = None) -> npt.NDArray[Any]:
        """Return images (n, h, w, c), 0..255: uint8 where the resize gives whole numbers, else float32."""
        indices = range(len(self.paths)) if chosen is None else chosen
        whole = resize is None or resize.startswith("Pillow")
        result = np.empty((len(indices), *self.size), np.uint8 if whole else np.float32)
        for row, index in enumerate(indices):
            result[row] = load(self.paths[index], self.size, resize or RESIZES[0])
        return result


@dataclass(frozen=True)
class Match:
    """What each yielded image is. `index` (n,) counts handed-out images, -1 = none fits under `preprocessing`."""

    index: Indices
    nearest: Indices  # the most similar handed-out image, fitting or not
    preprocessing: Preprocessing | None  # None: no one map explains most of a sample

    @property
    def plain(self) -> bool:
        """Whether one map explains every image."""
        return self.preprocessing is not None and bool((self.index >= 0).all())


def signatures(images: Floats) -> Floats:
    """Return unit vectors (n, 10 * 10 * c): block means without their mean, so that scale and offset do not matter."""
    rows, columns = (_averaging(length) for length in images.shape[1:3])
    cells = np.einsum("ih,nhwc->niwc", rows, images, optimize=True)
    cells = np.einsum("jw,niwc->nijc", columns, cells, optimize=True).reshape(len(images), -1)
    cells -= cells.mean(1, keepdims=True)
    norm = np.linalg.norm(cells, axis=1, keepdims=True)
    unit: Floats = np.divide(cells, norm, out=np.zeros_like(cells), where=norm > 1e-6)
    return unit


def _largest(values: Floats, count: int) -> Indices:
    """Return per row the places of the largest values, largest first; where thousands are compared, sorting all of them takes seconds."""
    if values.shape[1] <= 20 * count:
        return np.argsort(-values, axis=1, kind="stable")[:, :count]
    some = np.sort(np.argpartition(-values, count - 1, axis=1)[:, :count], axis=1)
    order = np.argsort(-np.take_along_axis(values, some, axis=1), axis=1, kind="stable")
    return np.take_along_axis(some, order, axis=1)


def _averaging(length: int) -> Floats:
    """Return (10, length): each row averages one of ten equal stretches."""
    edges = np.linspace(0, length, GRID + 1)
    covered = np.minimum(edges[1:, None], np.arange(1, length + 1)) - np.maximum(edges[:-1, None], np.arange(length))
    weights: Floats = (np.clip(covered, 0, None) * (GRID / length)).astype(np.float32)
    return weights


def match(recording: Recording, originals: Originals, rng: np.random.Generator) -> Match:
    """Identify every recorded image; see `Match`."""
    count = recording.count
    needs_resizing = originals.need_resizing
    reference = originals.load("Pillow box" if needs_resizing else None)
    known = np.concatenate([signatures(reference[i : i + 64].astype(np.float32)) for i in range(0, len(reference), 64)])
    ranking = np.empty((count, min(CANDIDATES, len(known))), np.intp)
    likeness = np.empty(count, np.float32)
    for chosen, images in recording.chunks():
        products = signatures(images) @ known.T
        ranking[chosen] = _largest(products, ranking.shape[1])
        likeness[chosen] = products.max(1)
    sample = np.sort(rng.permutation(count)[:SAMPLE])
    sample = sample[likeness[sample] > 0.97]
    preprocessing = None
    if 2 * len(sample) >= min(SAMPLE, count) > 0:
        preprocessing = _preprocessing(recording.values(sample), originals, ranking[sample, 0], needs_resizing)
    index = np.full(count, -1, np.intp)
    if preprocessing is not None:
        if needs_resizing:
            reference = originals.load(preprocessing.resize)
        index = _fitting(recording, reference, ranking, preprocessing)
    return Match(index, ranking[:, 0], preprocessing)


def _preprocessing(images: Floats, originals: Originals, nearest: Indices, needs_resizing: bool) -> Preprocessing | None:
    """Try every usual resize on a sample; the least residual wins, if it is small for at least half of the images."""
    best: tuple[float, Preprocessing] | None = None
    # Without resizing, either library's decoder is tried; which one it was is forgotten, since it changes no more than noise.
    for resize in RESIZES if needs_resizing else NATURAL:
        pixels = originals.load(resize, nearest.tolist()).astype(np.float32)
        scale, offset = _regress(pixels, images)
        if scale == 0 or not np.isfinite([scale, offset]).all():
            continue
        residual = float(np.median(_residuals(images, pixels, scale, offset)))
        if best is None or residual < best[0]:
            scale, offset = snapped(scale, offset)
            best = residual, Preprocessing(resize=resize if needs_resizing else None, scale=scale, offset=offset)
    return best[1] if best is not None and best[0] <= RESIDUAL else None


def _regress(pixels: Floats, values: Floats) -> tuple[float, float]:
    """Return scale and offset that fit most images: the median of the fits of single images, against one odd image."""
    fits = []
    for x, y in zip(pixels.reshape(len(pixels), -1).astype(np.float64), values.reshape(len(values), -1), strict=True):
        spread = x.var()
        if spread > 1:
            slope = float(((x - x.mean()) * (y - y.mean())).mean() / spread)
            fits.append((slope, float(y.mean() - slope * x.mean())))
    if not fits:
        return 0.0, 0.0
    scale, offset = np.median(np.asarray(fits), axis=0)
    return float(scale), float(offset)


def snapped(scale: float, offset: float) -> tuple[float, float]:
    """Return the usual scale and offset that are meant, or these rounded to five digits."""
    near = [
        (abs(scale / usual - 1), usual, shift)
        for usual, shift in USUAL
        if abs(scale / usual - 1) <= SNAP and abs(offset - shift) <= LEVEL * usual
    ]
    if near:
        return min(near)[1:]
    return float(f"{scale:.4g}"), float(f"{offset:.4g}") if abs(offset) > LEVEL * abs(scale) else 0.0


def _residuals(images: Floats, pixels: Floats, scale: float, offset: float) -> npt.NDArray[np.float64]:
    """Return per image the root mean square difference in grey levels."""
    difference = (images - np.float32(offset)) / np.float32(scale) - pixels
    result: npt.NDArray[np.float64] = np.sqrt(np.square(difference).reshape(len(images), -1).mean(1, dtype=np.float64))
    return result


def _fitting(recording: Recording, reference: npt.NDArray[Any], ranking: Indices, preprocessing: Preprocessing) -> Indices:
    """Return for every recorded image the handed-out one that it is under `preprocessing`, else -1."""
    index = np.full(recording.count, -1, np.intp)
    for chosen, images in recording.chunks():
        rows = np.arange(len(images))
        for candidates in ranking[chosen].T:
            pixels = reference[candidates[rows]].astype(np.float32)
            good = _residuals(images[rows], pixels, preprocessing.scale, preprocessing.offset) <= RESIDUAL
            index[chosen][rows[good]] = candidates[rows[good]]
            rows = rows[~good]
            if not len(rows):
                break
    return index

"""Finds, by content, which handed-out image each yielded image is, and the one map from pixels to values if there is one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.contracts.data_facts import Preprocessing

from .originals import RESIZES, Original, Size, load, natural_size
from .readers.batches import CHUNK, Recording

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.intp]

GRID = 10  # cells of a signature along each side
SAMPLE = 12  # images on which the ways of resizing are compared
CANDIDATES = 5  # handed-out images looked at where the most similar one does not fit
RESIDUAL = 4.0  # root mean square in grey levels: the right resize leaves about 1, another 2-8, a shift by one pixel 14
USUAL = ((1 / 255, 0.0), (1.0, 0.0), (1 / 127.5, -1.0), (1 / 256, 0.0), (1 / 255, -0.5), (1 / 128, -1.0), (1.0, -127.5), (1.0, -128.0))
STRIDE = 10  # of the rows of an image that are looked at first
SNAP = 0.0019  # relative: 1/255 and 1/256 are 0.0039 apart
LEVEL = 1.0  # grey levels by which an offset may miss the usual one
KEPT_BYTES = 100 << 20  # of loaded images, per way of resizing
NATURAL = ("Pillow nearest", "TensorFlow nearest")


@dataclass(frozen=True)
class Originals:
    """The handed-out images at the size that a pipeline yields."""

    paths: Sequence[Original]
    size: Size
    _loaded: dict[str | None, npt.NDArray[Any]] = field(default_factory=dict, repr=False, compare=False)  # by resize
    _derived: dict[int, Floats] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def need_resizing(self) -> bool:
        """Whether any of them has another size."""
        return any(natural_size(path, self.size[2]) != self.size[:2] for path in self.paths)

    @cached_property
    def signatures(self) -> Floats:
        """The signatures of all of them, resized by averaging where they have to be."""
        pixels = self.load("Pillow box" if self.need_resizing else None)
        return np.concatenate([signatures(pixels[i : i + CHUNK].astype(np.float32)) for i in range(0, len(pixels), CHUNK)])

    def load(self, resize: str | None, chosen: Sequence[int] | None = None) -> npt.NDArray[Any]:
        """Return images (n, h, w, c), 0..255: uint8 where the resize gives whole numbers, else float32. Shared: do not change."""
        if resize in self._loaded:
            return self._loaded[resize] if chosen is None else self._loaded[resize][list(chosen)]
        result = self._load(resize, range(len(self.paths)) if chosen is None else chosen)
        if chosen is None and result.nbytes <= KEPT_BYTES:
            self._loaded[resize] = result
        return result

    def derived(self, side: int, make: Callable[[], Floats]) -> Floats:
        """Return what `make` gives, made once: a smaller version of all images. Shared: do not change."""
        if side not in self._derived:
            self._derived[side] = make()
        return self._derived[side]

    def _load(self, resize: str | None, indices: Sequence[int]) -> npt.NDArray[Any]:
        whole = resize is None or resize.startswith("Pillow")
        result = np.empty((len(indices), *self.size), np.uint8 if whole else np.float32)
        for row, index in enumerate(indices):
            result[row] = load(self.paths[index], self.size, resize or RESIZES[0])
        return result


@lru_cache(maxsize=2)
def shared_originals(paths: tuple[Original, ...], size: Size) -> Originals:
    """Return the same object for the same images: both pipelines of a submission, and often the next one's, are compared with these."""
    return Originals(paths, size)


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
    count, height, width, channels = images.shape
    squeezed = (rows @ images.reshape(count, height, width * channels)).reshape(count, GRID, width, channels)
    cells: Floats = (columns @ squeezed).reshape(count, -1)
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
    rows, same = _distinct(recording)
    known = originals.signatures
    ranking = np.empty((len(rows), min(CANDIDATES, len(known))), np.intp)
    likeness = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), CHUNK):
        chosen = slice(start, start + CHUNK)
        products = signatures(recording.values(rows[chosen])) @ known.T
        ranking[chosen] = _largest(products, ranking.shape[1])
        likeness[chosen] = products.max(1)
    sample = np.sort(rng.permutation(recording.count)[:SAMPLE])
    sample = sample[likeness[same[sample]] > 0.97]
    preprocessing = None
    if 2 * len(sample) >= min(SAMPLE, recording.count) > 0:
        preprocessing = _preprocessing(recording.values(sample), originals, ranking[same[sample], 0])
    index = np.full(len(rows), -1, np.intp)
    if preprocessing is not None:
        reference = originals.load(preprocessing.resize)
        for start in range(0, len(rows), CHUNK):
            chosen = slice(start, start + CHUNK)
            index[chosen] = _fitting(recording.values(rows[chosen]), reference, ranking[chosen], preprocessing)
    return Match(index[same], ranking[same, 0], preprocessing)


def _distinct(recording: Recording) -> tuple[Indices, Indices]:
    """Return the rows (k,) of images that differ, and for each recorded image (n,) the place of its like among these.

    Looked into only where there are two epochs: a recording ends after two if the second shows what the first one did.
    """
    every = np.arange(recording.count)
    if len(recording.payload.epochs) != 2 or recording.stored is None:
        return every, every
    met: dict[bytes, int] = {}
    same = np.array([met.setdefault(hashlib.sha256(image.tobytes()).digest(), len(met)) for image in recording.stored], np.intp)
    return np.unique(same, return_index=True)[1], same


def _preprocessing(images: Floats, originals: Originals, nearest: Indices) -> Preprocessing | None:
    """Try every usual resize on a sample; the least residual wins, if it is small for at least half of the images."""
    best: tuple[float, Preprocessing] | None = None
    needs_resizing = originals.need_resizing
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


def _residuals(images: Floats, pixels: npt.NDArray[Any], scale: float, offset: float) -> npt.NDArray[np.float64]:
    """Return per image the root mean square difference in grey levels."""
    return np.array([_residual(*pair) for pair in zip(_levels(images, scale, offset), pixels, strict=True)], np.float64)


def _levels(images: Floats, scale: float, offset: float) -> Floats:
    """Return the grey levels, 0..255, that images are of under a scale and an offset."""
    levels: Floats = (images - np.float32(offset)) / np.float32(scale)
    return levels


def _residual(image: Floats, pixels: npt.NDArray[Any]) -> float:
    return float(np.sqrt(np.square(image - pixels).mean(dtype=np.float64)))


def _fitting(images: Floats, reference: npt.NDArray[Any], rankings: Indices, preprocessing: Preprocessing) -> Indices:
    """Return which handed-out image each recorded one is under `preprocessing`, else -1; `rankings` (n, k): the likely ones."""
    levels = _levels(images, preprocessing.scale, preprocessing.offset)
    rough = levels[:, ::STRIDE]
    found = np.full(len(images), -1, np.intp)
    for likely in rankings.T:
        left = np.flatnonzero(found < 0)
        # Some rows alone differ by more than a whole image may: most pairs are told apart so, at a tenth of the cost.
        differences = np.square(rough[left] - reference[likely[left], ::STRIDE]).sum((1, 2, 3), dtype=np.float64)
        for row in left[differences <= 1.01 * RESIDUAL**2 * images[0].size]:
            if _residual(levels[row], reference[likely[row]]) <= RESIDUAL:
                found[row] = likely[row]
    return found

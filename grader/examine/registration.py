"""Explains augmented images: which handed-out image, flipped, moved, turned, zoomed or recoloured how, and what no such change explains.

A bank of coarse affine maps proposes candidates on thumbnails; Gauss-Newton steps refine the best ones. Everything is compared in the
frame of the handed-out image, so the filled border of a shifted one (whatever its `fill_mode`) is never looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from .matching import Originals
from .readers.batches import CHUNK, Recording

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.intp]

THUMB = 16  # side of the thumbnails that candidates are searched on
FINE = 48  # side of the images that maps are refined on
CANDIDATES = 4
ROUNDS = 14
FEW = 10  # images of a label below which its mean tells nothing
EXPLAINED = 0.8  # correlation after refinement from which an image counts as the same
CERTAIN = 0.93  # a correlation that other photographs do not reach, however they are turned
FOREIGN = 0.5  # clearly another image
BULK = 0.25  # where fewer of the images are certain, the pipeline shows something else, and the uncertain ones count as foreign
EXPECTED_FIRST = 0.15  # an unexpected image must fit better by this much: a false alarm is worse than silence
SEPARATED = 3.0  # distance of two labels' means, in standard deviations, that single pixels of photographs do not reach


@dataclass(frozen=True)
class Explanation:
    """One image explained. `index` = -1: by none; `foreign`: clearly by none. value = pixel * scale + offset."""

    index: int
    correlation: float
    foreign: bool
    changes: tuple[str, ...] = ()  # "flipped" (left to right), "upside-down", "moved", "recoloured"
    scale: float = 0.0
    offset: float = 0.0


def explain(
    images: Floats, originals: Originals, expected: npt.NDArray[np.bool_], nearest: Indices, *, handicap: float = EXPECTED_FIRST
) -> list[Explanation]:
    """Explain each image (n, h, w, c). `expected` (n, originals): which ones it should be; `nearest`: the most similar unchanged.

    `handicap`: how much better an unexpected one must correlate.
    """
    pixels = originals.load("Pillow bilinear" if originals.need_resizing else None)
    coarse, fine = (originals.derived(side, partial(_grey, pixels, side)) for side in (THUMB, FINE))
    targets = _grey(images, THUMB)
    sharp = _grey(images, FINE)
    proposals = _propose(targets, coarse, expected, handicap)
    result = []
    for row in range(len(images)):
        identity = (int(nearest[row]), np.array([1.0, 0, 0, 0, 1.0, 0]))
        best: tuple[float, int, npt.NDArray[np.float64]] | None = None
        for index, theta in [identity, *proposals[row]]:
            refined, correlation = refine(sharp[row], fine[index], theta)
            score = correlation - (0.0 if expected[row, index] else handicap)
            if best is None or score > best[0]:
                best = score, index, refined
            if best[0] > 0.97:
                break
        assert best is not None
        result.append(_explanation(best, sharp[row], fine[best[1]]))
    certain = sum(explanation.correlation >= CERTAIN for explanation in result)
    if len(result) >= 8 and certain < BULK * len(result):
        return [each if each.correlation >= CERTAIN else Explanation(-1, each.correlation, True) for each in result]
    return result


def differences(images: Floats, original: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
    """Return how far each image (n, h, w, c) is from one original (h, w, c), as the mean over pixels and colours in the original's units.

    It is measured under the affine map that fits the greys best, and the one gain and bias that fit the colours best.
    """
    coarse, fine, targets, sharp = _grey(original[None], THUMB), _grey(original[None], FINE), _grey(images, THUMB), _grey(images, FINE)
    proposals = _propose(targets, coarse, np.ones((len(images), 1), bool), 0.0)
    wanted = _colours(original)
    result = np.full(len(images), np.inf)
    for row, image in enumerate(images):
        starts = [np.array([1.0, 0, 0, 0, 1.0, 0]), *(theta for _, theta in proposals[row])]
        theta, _ = max((refine(sharp[row], fine[0], start) for start in starts), key=lambda found: found[1])
        neighbours, weights, inside = sample_points(theta, FINE)
        warped = (_colours(image)[neighbours] * weights[..., None]).sum(0)[inside].astype(np.float64).ravel()
        pixels = wanted[inside].astype(np.float64).ravel()
        spread = pixels.var()
        gain = ((pixels - pixels.mean()) * (warped - warped.mean())).mean() / spread if spread > 1 else 0.0
        if gain > 0:
            result[row] = np.abs((warped - warped.mean()) / gain - (pixels - pixels.mean())).mean()
    return result


def _colours(image: npt.NDArray[np.generic]) -> Floats:
    """Return (side * side, c): the channels, area-averaged."""
    return np.stack([_grey(image[None, ..., number : number + 1], FINE)[0].ravel() for number in range(image.shape[2])], axis=1)


def _grey(images: npt.NDArray[np.generic], side: int) -> Floats:
    """Return (n, side, side): the channels' mean, area-averaged."""
    rows, columns = (_averaging(length, side) for length in images.shape[1:3])
    result = np.empty((len(images), side, side), np.float32)
    for row, image in enumerate(images):
        result[row] = rows @ image.mean(2, dtype=np.float32) @ columns.T
    return result


def _averaging(length: int, cells: int) -> Floats:
    """Return (cells, length): each row averages one of equal stretches."""
    edges = np.linspace(0, length, cells + 1)
    covered = np.minimum(edges[1:, None], np.arange(1, length + 1)) - np.maximum(edges[:-1, None], np.arange(length))
    weights: Floats = (np.clip(covered, 0, None) * (cells / length)).astype(np.float32)
    return weights


@lru_cache(maxsize=1)
def _bank() -> npt.NDArray[np.float64]:
    """Return coarse maps (k, 6): from the frame of the original (x, y in -1..1) to the frame of the yielded image."""
    maps = []
    for mirrored in (1, -1):
        turns = [(angle, 1) for angle in range(-75, 76, 15)] + [(angle, -1) for angle in (-30, 0, 30)]
        for degrees, upside in turns:
            c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
            for zoom in (0.78, 1.0, 1.28):
                for dx in (-0.3, 0.0, 0.3):
                    for dy in (-0.3, 0.0, 0.3):
                        maps.append([zoom * c * mirrored, -zoom * s * upside, dx, zoom * s * mirrored, zoom * c * upside, dy])
    return np.array(maps)


@lru_cache(maxsize=2)
def _grid(side: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    centres = (np.arange(side) + 0.5) / side * 2 - 1
    x, y = np.meshgrid(centres, centres)
    return x.ravel(), y.ravel()


def sample_points(theta: npt.NDArray[np.float64], side: int, *, nearest: bool = False) -> tuple[Indices, Floats, npt.NDArray[np.bool_]]:
    """Return for each pixel of the original's frame four neighbours in the yielded image, their weights, and whether it lies inside."""
    x, y = _grid(side)
    u = ((theta[0] * x + theta[1] * y + theta[2]) + 1) / 2 * side - 0.5
    v = ((theta[3] * x + theta[4] * y + theta[5]) + 1) / 2 * side - 0.5
    inside = (u >= 0) & (u <= side - 1) & (v >= 0) & (v <= side - 1)
    if nearest:
        u, v = np.round(u), np.round(v)
    u, v = np.clip(u, 0, side - 1.001), np.clip(v, 0, side - 1.001)
    left, top = u.astype(np.intp), v.astype(np.intp)
    a, b = (u - left).astype(np.float32), (v - top).astype(np.float32)
    corner = top * side + left
    neighbours = np.stack([corner, corner + 1, corner + side, corner + side + 1])
    weights = np.stack([(1 - a) * (1 - b), a * (1 - b), (1 - a) * b, a * b])
    return neighbours, weights, inside


def _propose(
    targets: Floats, originals: Floats, expected: npt.NDArray[np.bool_], handicap: float
) -> list[list[tuple[int, npt.NDArray[np.float64]]]]:
    """Return per target the originals and coarse maps that correlate most on thumbnails, each original once."""
    flat = targets.reshape(len(targets), -1)
    known = originals.reshape(len(originals), -1)
    known = known - known.mean(1, keepdims=True)
    squared = np.square(known)
    bank = _bank()
    score = np.full((len(targets), len(known)), -1.0, np.float32)
    which = np.zeros(score.shape, np.intp)
    for number, theta in enumerate(bank):
        neighbours, _, inside = sample_points(theta, THUMB, nearest=True)
        total = int(inside.sum())
        if total < 0.35 * inside.size:
            continue
        warped = flat[:, neighbours[0, inside]]
        warped -= warped.mean(1, keepdims=True)
        warped /= np.linalg.norm(warped, axis=1, keepdims=True) + 1e-6
        mask = inside.astype(np.float32)
        spread = squared @ mask - np.square(known @ mask) / total
        correlation = (warped @ known[:, inside].T) / np.sqrt(np.maximum(spread, 1e-3))
        better = correlation > score
        score[better] = correlation[better]
        which[better] = number
    best = np.argsort(-score - handicap * expected, axis=1, kind="stable")[:, :CANDIDATES]
    return [[(int(index), bank[which[row, index]]) for index in best[row]] for row in range(len(targets))]


def refine(target: Floats, original: Floats, theta: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], float]:
    """Return the affine map near `theta` under which target and original correlate most, and that correlation."""
    x, y = _grid(FINE)
    flat = target.ravel().astype(np.float64)
    vertical, horizontal = (gradient.ravel() * FINE / 2 for gradient in np.gradient(target.astype(np.float64)))
    wanted_all = original.ravel().astype(np.float64)
    best_theta, best = theta, -1.0
    damping = 1e-3
    for _ in range(ROUNDS):
        neighbours, weights, inside = sample_points(theta, FINE)
        if inside.sum() < 0.2 * inside.size:
            break
        neighbours, weights = neighbours[:, inside], weights[:, inside]
        warped = (flat[neighbours] * weights).sum(0)
        wanted = wanted_all[inside]
        correlation = _correlation(warped, wanted)
        if correlation > best:
            if correlation - best < 1e-4 and best > 0:
                best_theta, best = theta, correlation
                break
            best_theta, best = theta, correlation
        gx, gy = (horizontal[neighbours] * weights).sum(0), (vertical[neighbours] * weights).sum(0)
        px, py = x[inside], y[inside]
        # Unknowns: six of the map, gain and bias of the colours; warped + J dθ = gain * wanted + bias.
        jacobian = np.stack([gx * px, gx * py, gx, gy * px, gy * py, gy, -wanted, -np.ones_like(wanted)], axis=1)
        normal = jacobian.T @ jacobian
        normal[np.diag_indices(8)] *= 1 + damping
        try:
            step = np.linalg.solve(normal, -jacobian.T @ warped)
        except np.linalg.LinAlgError:
            break
        theta = theta + np.clip(step[:6], -0.15, 0.15)
    return best_theta, best


def _correlation(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float:
    a, b = a - a.mean(), b - b.mean()
    return float(a @ b / (np.sqrt((a @ a) * (b @ b)) + 1e-9))


def _explanation(best: tuple[float, int, npt.NDArray[np.float64]], target: Floats, original: Floats) -> Explanation:
    correlation, index, theta = best
    if correlation < EXPLAINED:
        return Explanation(-1, correlation, correlation < FOREIGN)
    neighbours, weights, inside = sample_points(theta, FINE)
    warped = (target.ravel()[neighbours] * weights).sum(0)[inside].astype(np.float64)
    pixels = original.ravel()[inside].astype(np.float64)
    spread = pixels.var()
    scale = float(((pixels - pixels.mean()) * (warped - warped.mean())).mean() / spread) if spread > 1 else 0.0
    changes = []
    a, b, dx, c, d, dy = theta
    upside_down = bool(d < 0)
    if (a * d - b * c < 0) != upside_down:  # turning by 180 degrees and mirroring top to bottom differ by a flip
        changes.append("flipped")
    if upside_down:
        changes.append("upside-down")
    if np.abs(np.array([abs(a) - 1, b, dx, c, abs(d) - 1, dy])).max() > 2 / FINE:
        changes.append("moved")
    return Explanation(index, correlation, False, tuple(changes), scale, float(warped.mean() - scale * pixels.mean()))


def recoloured(explanations: list[Explanation]) -> list[Explanation]:
    """Add "recoloured" to images whose brightness or contrast differs from the others'."""
    known = np.array([(each.scale, each.offset) for each in explanations if each.index >= 0])
    if not len(known):
        return explanations
    scale, offset = np.median(known, axis=0)

    def differs(each: Explanation) -> bool:
        mid_grey = (each.scale - scale) * 128 + each.offset - offset
        return each.correlation >= CERTAIN and abs(mid_grey) > 25 * abs(scale)

    return [replace(each, changes=(*each.changes, "recoloured")) if differs(each) else each for each in explanations]


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

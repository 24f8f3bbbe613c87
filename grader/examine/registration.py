"""Explains augmented images: which handed-out image, flipped, moved, turned, zoomed or recoloured how, and what no such change explains."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from .alignment import FINE, IDENTITY, THUMB, Doubles, Floats, Indices, grey, propose, refine, sample_points
from .matching import Originals

EXPLAINED = 0.8  # correlation after refinement from which an image counts as the same
CERTAIN = 0.93  # a correlation that other photographs do not reach, however they are turned
FOREIGN = 0.5  # clearly another image
BULK = 0.25  # where fewer of the images are certain, the pipeline shows something else, and the uncertain ones count as foreign
EXPECTED_FIRST = 0.15  # an unexpected image must fit better by this much: a false alarm is worse than silence


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
    coarse, fine = (originals.derived(side, partial(grey, pixels, side)) for side in (THUMB, FINE))
    targets = grey(images, THUMB)
    sharp = grey(images, FINE)
    proposals = propose(targets, coarse, expected, handicap)
    result = []
    for row in range(len(images)):
        identity = (int(nearest[row]), IDENTITY)
        best: tuple[float, int, Doubles] | None = None
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


def differences(images: Floats, original: npt.NDArray[np.generic]) -> Doubles:
    """Return how far each image (n, h, w, c) is from one original (h, w, c), as the mean over pixels and colours in the original's units.

    It is measured under the affine map that fits the greys best, and the one gain and bias that fit the colours best.
    """
    coarse, fine, targets, sharp = grey(original[None], THUMB), grey(original[None], FINE), grey(images, THUMB), grey(images, FINE)
    proposals = propose(targets, coarse, np.ones((len(images), 1), bool), 0.0)
    wanted = _colours(original)
    result = np.full(len(images), np.inf)
    for row, image in enumerate(images):
        starts = [IDENTITY, *(theta for _, theta in proposals[row])]
        theta, _ = max((refine(sharp[row], fine[0], start) for start in starts), key=lambda found: found[1])
        neighbours, weights, inside = sample_points(theta, FINE)
        warped = (_colours(image)[neighbours] * weights[..., None]).sum(0).astype(np.float64).ravel()
        pixels = wanted[inside].astype(np.float64).ravel()
        spread = pixels.var()
        gain = ((pixels - pixels.mean()) * (warped - warped.mean())).mean() / spread if spread > 1 else 0.0
        if gain > 0:
            result[row] = np.abs((warped - warped.mean()) / gain - (pixels - pixels.mean())).mean()
    return result


def _colours(image: npt.NDArray[np.generic]) -> Floats:
    """Return (side * side, c): the channels, area-averaged."""
    return np.stack([grey(image[None, ..., number : number + 1], FINE)[0].ravel() for number in range(image.shape[2])], axis=1)


def _explanation(best: tuple[float, int, Doubles], target: Floats, original: Floats) -> Explanation:
    correlation, index, theta = best
    if correlation < EXPLAINED:
        return Explanation(-1, correlation, correlation < FOREIGN)
    neighbours, weights, inside = sample_points(theta, FINE)
    warped = (target.ravel()[neighbours] * weights).sum(0).astype(np.float64)
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

"""Measures what an augmenter does to known images: flips, shifts, turns, distortions, colours, and what it puts where pixels are missing.

Each output is first compared with the image itself and its mirror images. What is neither is searched among coarse turns and shifts, then
refined. Frames: x to the right and y down, both from -1 to 1; a map leads from the frame of the original to that of the output.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .alignment import THUMB, nearest_points, refine, sample_points

Floats = npt.NDArray[np.float64]
Edge = Literal["constant", "nearest", "reflect", "wrap", "other"]

SAME = 0.9995  # correlation from which an output is the image, or a mirror image, and nothing else
EXPLAINED = 0.97  # correlation from which the map of an output is known
NEAREST = 3  # coarse maps that are refined
SURE = 0.997  # no further one is, from here on
CONTRAST, BRIGHTNESS = 0.12, 0.05  # relative, and as a share of the range: differences that no interpolation makes
OUTSIDE = 1.0  # pixels beyond the outermost centres from which a place counts as uncovered
FEW = 40  # uncovered pixels below which nothing is said about the edge
EDGE_ERROR = 10.0  # grey levels: mean deviation up to which a prediction explains the edge
TURNED = 100  # degrees beyond which a mirror image is rather mirrored top to bottom
HALF_TURN = 179  # degrees from which on an image is rather mirrored twice than turned


@dataclass(frozen=True)
class Seen:
    """One output that is explained: the map, and how colours follow: value = pixel * scale + offset."""

    output: Floats
    original: Floats
    theta: Floats  # (6,): a, b, dx, c, d, dy
    scale: float
    offset: float

    @property
    def pose(self) -> tuple[bool, bool, float]:
        """Whether left and right are exchanged, whether top and bottom are, and by how many degrees it is turned beside that."""
        a, b, _, c, d, _ = self.theta
        mirrored = a * d - b * c < 0
        if mirrored:
            a, c = -a, -c
        angle = float(np.degrees(np.arctan2(c - b, a + d)))
        if abs(angle) <= (TURNED if mirrored else HALF_TURN):
            return bool(mirrored), False, angle
        return not mirrored, True, angle - 180 * float(np.sign(angle))

    @property
    def distortion(self) -> float:
        """By how much some direction is stretched or squeezed: 0 for flips, shifts and turns."""
        a, b, _, c, d, _ = self.theta
        return float(np.abs(np.linalg.svd(np.array([[a, b], [c, d]]), compute_uv=False) - 1).max())

    @property
    def unchanged(self) -> bool:
        """Whether the image stands as it was."""
        return bool(np.abs(self.theta - [1, 0, 0, 0, 1, 0]).max() < 1 / self.output.shape[0])


def measure(outputs: Floats, originals: npt.NDArray[np.uint8]) -> dict[str, Any]:
    """Return the fields of `AugmentedFacts` for outputs (n, side, side, c): the originals in order, again and again."""
    known = np.asarray(originals, np.float64)
    seen = [each for number, output in enumerate(outputs) if (each := _explain(output, known[number % len(known)])) is not None]
    if not seen:
        return {}
    scale, offset = np.median([(each.scale, each.offset) for each in seen], axis=0)
    poses = [each.pose for each in seen]
    total = len(outputs)
    return {
        "recognised": len(seen) / total,
        "unchanged": sum(each.unchanged for each in seen) / total,
        "flipped": sum(flipped for flipped, _, _ in poses) / total,
        "upside_down": sum(upside_down for _, upside_down, _ in poses) / total,
        "shift_x": round(max(abs(float(each.theta[2])) for each in seen) / 2, 4),
        "shift_y": round(max(abs(float(each.theta[5])) for each in seen) / 2, 4),
        "turn": round(max(abs(angle) for _, _, angle in poses), 2),
        "distortion": round(max(each.distortion for each in seen), 4),
        "recoloured": sum(_recoloured(each, float(scale), float(offset)) for each in seen) / total,
        "scale": float(scale),
        "offset": float(offset),
        "edge": _edge(seen, float(scale), float(offset)),
    }


def _recoloured(each: Seen, scale: float, offset: float) -> bool:
    brightness = (each.scale - scale) * 128 + each.offset - offset
    return bool(abs(each.scale - scale) > CONTRAST * abs(scale) or abs(brightness) > BRIGHTNESS * 255 * abs(scale))


def _explain(output: Floats, original: Floats) -> Seen | None:
    """Return how an output comes from its original, or None where no map explains it."""
    for x in (1, -1):
        for y in (1, -1):
            scale, offset, correlation = _fit(original[::y, ::x].ravel(), output.ravel())
            if correlation >= SAME:
                return Seen(output, original, np.array([x, 0, 0, 0, y, 0], float), scale, offset)
    target, source = (np.asarray(image.mean(2), np.float32) for image in (output, original))
    best, found = -1.0, None
    for theta in _candidates(target, source):
        refined, correlation = refine(target, source, theta)
        if correlation > best:
            best, found = correlation, refined
        if best > SURE:
            break
    if found is None or best < EXPLAINED:
        return None
    neighbours, weights, inside = sample_points(found, len(source))
    warped = (target.ravel()[neighbours] * weights).sum(0)
    scale, offset, _ = _fit(source.ravel()[inside].astype(np.float64), warped.astype(np.float64))
    return Seen(output, original, found, scale, offset)


def _fit(pixels: Floats, values: Floats) -> tuple[float, float, float]:
    """Return scale, offset and correlation of values = pixels * scale + offset."""
    a, b = pixels - pixels.mean(), values - values.mean()
    scale = float(a @ b / (a @ a))
    return scale, float(values.mean() - scale * pixels.mean()), float(a @ b / (np.sqrt((a @ a) * (b @ b)) + 1e-9))


def _candidates(target: npt.NDArray[np.float32], source: npt.NDArray[np.float32]) -> list[Floats]:
    """Return the coarse maps under which thumbnails correlate most."""
    maps, neighbours, inside = _bank()
    cell = len(target) // THUMB
    small, wanted = (image.reshape(THUMB, cell, THUMB, cell).mean((1, 3)).ravel() for image in (target, source))
    warped = np.where(inside, small[neighbours], 0.0)
    mask = inside.astype(np.float32)
    count = mask.sum(1, keepdims=True)
    warped = (warped - warped.sum(1, keepdims=True) / count) * mask
    centred = (wanted - (mask @ wanted)[:, None] / count) * mask
    norms = np.linalg.norm(warped, axis=1) * np.linalg.norm(centred, axis=1) + 1e-6
    score = (warped * centred).sum(1) / norms
    return [maps[index] for index in np.argsort(-score, kind="stable")[:NEAREST]]


@lru_cache(maxsize=1)
def _bank() -> tuple[Floats, npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Return coarse maps (k, 6), which pixel of a thumbnail each reads where (k, 256), and whether that lies inside."""
    maps = []
    for mirror in (1, -1):
        for degrees in range(-180, 180, 10):
            c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
            maps.append([c * mirror, -s, 0.0, s * mirror, c, 0.0])
        maps += [[mirror, 0.0, dx / 10, 0.0, 1.0, dy / 10] for dx in range(-5, 6) for dy in range(-5, 6)]
    points = [nearest_points(np.array(theta), THUMB) for theta in maps]
    return np.array(maps), np.stack([pixels for pixels, _ in points]), np.stack([inside for _, inside in points])


def _edge(seen: Sequence[Seen], scale: float, offset: float) -> Edge | None:
    """Return which way of filling explains the uncovered pixels of all outputs best, None where hardly any is uncovered."""
    found, predicted = [], []
    for each in seen:
        side = len(each.original)
        x, y = _source_places(each.theta, side)
        uncovered = (np.maximum(np.abs(x - (side - 1) / 2), np.abs(y - (side - 1) / 2)) - (side - 1) / 2) > OUTSIDE
        found.append((each.output[uncovered] - offset) / scale)
        predicted.append(_predictions(each.original, x[uncovered], y[uncovered]))
    values = np.concatenate(found)
    if len(values) < FEW:
        return None
    errors = {mode: float(np.abs(np.concatenate([one[mode] for one in predicted]) - values).mean()) for mode in predicted[0]}
    constant = float(np.abs(values - np.median(values, axis=0)).mean())
    ranked: list[tuple[float, Edge]] = [
        (constant, "constant"),
        (errors["nearest"], "nearest"),
        (errors["reflect"], "reflect"),
        (min(errors["wrap"], errors["wrap on the last pixel"]), "wrap"),
    ]
    error, mode = min(ranked)
    return mode if error <= EDGE_ERROR else "other"


def _source_places(theta: Floats, side: int) -> tuple[Floats, Floats]:
    """Return for each pixel of the output (side, side) the place in the original, in pixels, that it shows."""
    centres = (np.arange(side) + 0.5) / side * 2 - 1
    u, v = np.meshgrid(centres, centres)
    a, b, dx, c, d, dy = theta
    x, y = np.linalg.solve(np.array([[a, b], [c, d]]), np.stack([(u - dx).ravel(), (v - dy).ravel()])).reshape(2, side, side)
    return (x + 1) / 2 * side - 0.5, (y + 1) / 2 * side - 0.5


def _predictions(image: Floats, x: Floats, y: Floats) -> dict[str, Floats]:
    """Return what each way of filling would show at places outside the image."""
    side = len(image)

    def reflected(place: Floats) -> Floats:
        inside = np.mod(place + 0.5, 2 * side)
        return np.clip(np.where(inside >= side, 2 * side - inside, inside) - 0.5, 0, side - 1)

    ways: dict[str, Callable[[Floats], Floats]] = {
        "nearest": lambda place: np.clip(place, 0, side - 1),
        "reflect": reflected,
        "wrap": lambda place: np.mod(place, side),
        "wrap on the last pixel": lambda place: np.mod(place, side - 1),  # SciPy's: first and last pixel fall together
    }
    return {name: _interpolated(image, way(x), way(y)) for name, way in ways.items()}


def _interpolated(image: Floats, x: Floats, y: Floats) -> Floats:
    side = len(image)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    a, b = (x - left)[:, None], (y - top)[:, None]
    right, bottom = (left + 1) % side, (top + 1) % side
    upper = image[top, left] * (1 - a) + image[top, right] * a
    lower = image[bottom, left] * (1 - a) + image[bottom, right] * a
    result: Floats = upper * (1 - b) + lower * b
    return result

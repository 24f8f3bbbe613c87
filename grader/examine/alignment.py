"""Aligns images: finds the affine map, flips included, under which one image looks most like another.

A bank of coarse maps proposes candidates on thumbnails; Gauss-Newton steps refine one. Everything is compared in the frame of the original
(x to the right, y down, both from -1 to 1), so the filled border of a shifted image (whatever its `fill_mode`) is never looked at.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

THUMB = 16  # side of the thumbnails that candidates are searched on
FINE = 48  # side of the images that maps are refined on
CANDIDATES = 4
ROUNDS = 14
DAMPING = 1e-3
COVERED = 0.35  # share of a thumbnail that a coarse map must leave to compare
MAPS_AT_ONCE = 16
IDENTITY = np.array([1.0, 0, 0, 0, 1.0, 0])


def grey(images: npt.NDArray[np.generic], side: int) -> Floats:
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


def propose(targets: Floats, originals: Floats, expected: npt.NDArray[np.bool_], handicap: float) -> list[list[tuple[int, Doubles]]]:
    """Return per target (n, 16, 16) the originals and coarse maps that correlate most, best first, each original once.

    `expected` (n, originals): those that are `handicap` better than they seem.
    """
    maps, pixels, inside = _bank()
    flat = targets.reshape(len(targets), -1)
    known = originals.reshape(len(originals), -1)
    known = known - known.mean(1, keepdims=True)
    masks = inside.astype(np.float32)
    totals = masks.sum(1)
    spreads = np.sqrt(np.maximum(masks @ np.square(known).T - np.square(masks @ known.T) / totals[:, None], 1e-3))
    score = np.full((len(targets), len(known)), -1.0, np.float32)
    which = np.zeros(score.shape, np.intp)
    for start in range(0, len(maps), MAPS_AT_ONCE):
        some = slice(start, start + MAPS_AT_ONCE)
        warped = flat[:, pixels[some]] * masks[some]  # (n, maps, 256)
        warped -= (warped.sum(2) / totals[some])[..., None] * masks[some]
        warped /= np.linalg.norm(warped, axis=2, keepdims=True) + 1e-6
        correlations = (warped.reshape(-1, warped.shape[2]) @ known.T).reshape(len(targets), -1, len(known)) / spreads[some]
        best = correlations.argmax(1)
        highest = np.take_along_axis(correlations, best[:, None], axis=1)[:, 0]
        better = highest > score
        score[better] = highest[better]
        which[better] = best[better] + start
    ranked = np.argsort(-score - handicap * expected, axis=1, kind="stable")[:, :CANDIDATES]
    return [[(int(index), maps[which[row, index]]) for index in ranked[row]] for row in range(len(targets))]


@lru_cache(maxsize=1)
def _bank() -> tuple[Doubles, Indices, npt.NDArray[np.bool_]]:
    """Return coarse maps (k, 6), from the frame of the original to that of the other image, and their nearest points (k, 256)."""
    maps = []
    for mirrored in (1, -1):
        turns = [(angle, 1) for angle in range(-75, 76, 15)] + [(angle, -1) for angle in (-30, 0, 30)]
        for degrees, upside in turns:
            c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
            for zoom in (0.78, 1.0, 1.28):
                for dx in (-0.3, 0.0, 0.3):
                    for dy in (-0.3, 0.0, 0.3):
                        maps.append([zoom * c * mirrored, -zoom * s * upside, dx, zoom * s * mirrored, zoom * c * upside, dy])
    points = [nearest_points(np.array(theta), THUMB) for theta in maps]
    wide = [number for number, (_, inside) in enumerate(points) if inside.mean() >= COVERED]
    return np.array(maps)[wide], np.stack([points[number][0] for number in wide]), np.stack([points[number][1] for number in wide])


@lru_cache(maxsize=4)
def _grid(side: int) -> tuple[Doubles, Doubles]:
    centres = (np.arange(side) + 0.5) / side * 2 - 1
    x, y = np.meshgrid(centres, centres)
    return x.ravel(), y.ravel()


def _places(theta: Doubles, side: int) -> tuple[Doubles, Doubles, npt.NDArray[np.bool_]]:
    """Return for each pixel of the original's frame its column and row in the other image, and whether that lies inside."""
    x, y = _grid(side)
    u = (theta[0] * x + theta[1] * y + (theta[2] + 1)) * (side / 2) - 0.5
    v = (theta[3] * x + theta[4] * y + (theta[5] + 1)) * (side / 2) - 0.5
    return u, v, (u >= 0) & (u <= side - 1) & (v >= 0) & (v <= side - 1)


def nearest_points(theta: Doubles, side: int) -> tuple[Indices, npt.NDArray[np.bool_]]:
    """Return for each pixel (side * side,) of the original's frame the nearest one in the other image, and whether it lies inside."""
    u, v, inside = _places(theta, side)
    column, row = (np.clip(np.round(place), 0, side - 1).astype(np.intp) for place in (u, v))
    return row * side + column, inside


def sample_points(theta: Doubles, side: int) -> tuple[Indices, Floats, Indices]:
    """Return four neighbours (4, k) in the other image and their weights, for those pixels (k,) of the original's frame that lie inside."""
    u, v, covered = _places(theta, side)
    inside = np.flatnonzero(covered)
    u, v = np.minimum(u[inside], side - 1.001), np.minimum(v[inside], side - 1.001)
    left, top = u.astype(np.intp), v.astype(np.intp)
    a, b = (u - left).astype(np.float32), (v - top).astype(np.float32)
    neighbours = np.empty((4, len(inside)), np.intp)
    np.add(top * side, left, out=neighbours[0])
    np.add(neighbours[0], np.array([[1], [side], [side + 1]]), out=neighbours[1:])
    weights = np.stack([(1 - a) * (1 - b), a * (1 - b), (1 - a) * b, a * b])
    return neighbours, weights, inside


def refine(target: Floats, original: Floats, theta: Doubles) -> tuple[Doubles, float]:
    """Return the affine map near `theta` under which target and original (48, 48) correlate most, and that correlation."""
    x, y = _grid(FINE)
    vertical, horizontal = (gradient.ravel() * (FINE / 2) for gradient in np.gradient(target.astype(np.float64)))
    planes = np.stack([target.ravel().astype(np.float64), horizontal, vertical])
    pixels = original.ravel().astype(np.float64)
    best_theta, best = theta, -1.0
    for _ in range(ROUNDS):
        neighbours, weights, inside = sample_points(theta, FINE)
        if len(inside) < 0.2 * len(pixels):
            break
        warped, gx, gy = (planes.take(neighbours, axis=1) * weights).sum(1)
        wanted, px, py = pixels[inside], x[inside], y[inside]
        correlation = _correlation(warped, wanted)
        if correlation > best:
            settled = correlation - best < 1e-4 and best > 0
            best_theta, best = theta, correlation
            if settled:
                break
        # Unknowns: six of the map, gain and bias of the colours; warped + J dθ = gain * wanted + bias.
        jacobian = np.stack([gx * px, gx * py, gx, gy * px, gy * py, gy, -wanted, np.full(len(wanted), -1.0)])
        normal = jacobian @ jacobian.T
        normal[np.diag_indices(8)] *= 1 + DAMPING
        try:
            step = np.linalg.solve(normal, -jacobian @ warped)
        except np.linalg.LinAlgError:
            break
        theta = theta + np.clip(step[:6], -0.15, 0.15)
    return best_theta, best


def _correlation(a: Doubles, b: Doubles) -> float:
    a, b = a - a.mean(), b - b.mean()
    return float(a @ b / (np.sqrt((a @ a) * (b @ b)) + 1e-9))

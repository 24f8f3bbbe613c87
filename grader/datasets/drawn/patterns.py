"""Small test images for augmenters: smooth, unlike their mirror images, and with borders that no filled edge resembles by chance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

SIDE = 48  # pixels
COUNT = 4
_KNOTS = 7  # coarse random values along a side, from which the pattern is interpolated
_SEED = 20_260
_LOW, _HIGH = 60, 200  # room for a brighter or darker copy within 0..255


def patterns() -> npt.NDArray[np.uint8]:
    """Return (4, 48, 48, 3) images, the same every time."""
    random = np.random.RandomState(_SEED)
    knots = random.uniform(_LOW, _HIGH, (COUNT, _KNOTS, _KNOTS, 3))
    weights = _interpolation()
    smooth = np.einsum("ik,nklc,jl->nijc", weights, knots, weights)
    images: npt.NDArray[np.uint8] = np.rint(smooth).astype(np.uint8)
    return images


def _interpolation() -> npt.NDArray[np.float64]:
    """Return (side, knots): linear interpolation between neighbouring knots."""
    place = np.linspace(0, _KNOTS - 1, SIDE)
    weights: npt.NDArray[np.float64] = np.maximum(0.0, 1 - np.abs(place[:, None] - np.arange(_KNOTS)))
    return weights

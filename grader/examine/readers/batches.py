"""Reads what a pipeline of the student yielded: from `.npy` files that may be lying to checked arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.contracts.artifacts import PipelinePayload

from .files import open_array

Floats = npt.NDArray[np.float32]
CHUNK = 64  # images looked at in one go
_LARGE = 1e30  # of a scale that no pixel under it can become infinite


class MalformedError(ValueError):
    """The recording contradicts itself; the message is one sentence that says how."""


@dataclass(frozen=True)
class Recording:
    """Batches as they were recorded. `stored` (n, ...) is memory-mapped; value = stored * scale + offset."""

    payload: PipelinePayload
    stored: npt.NDArray[Any] | None = None
    labels: npt.NDArray[Any] | None = None
    path: Path | None = None  # of the images
    labels_path: Path | None = None

    @property
    def count(self) -> int:
        """Images recorded."""
        return 0 if self.stored is None else len(self.stored)

    @property
    def first_epoch(self) -> int:
        """Images of the first epoch, or of what was recorded of it."""
        epochs, batches = self.payload.epochs, self.payload.batches
        return sum(batches[: epochs[0]]) if epochs else self.count

    @property
    def are_images(self) -> bool:
        """Whether the arrays have the rank of images: (n, height, width, channels)."""
        return self.stored is not None and self.stored.ndim == 4 and self.count > 0 and min(self.stored.shape) > 0

    def values(self, chosen: slice | npt.NDArray[np.intp] | np.intp) -> Floats:
        """Return the chosen images as the student's pipeline yielded them, as float32; NaN and infinity become 0."""
        assert self.stored is not None
        images = np.array(self.stored[chosen], np.float32)
        if (self.payload.scale, self.payload.offset) != (1.0, 0.0):
            images *= np.float32(self.payload.scale)
            images += np.float32(self.payload.offset)
        if self.stored.dtype == np.uint8 and max(abs(self.payload.scale), abs(self.payload.offset)) < _LARGE:
            return images
        return np.nan_to_num(images, copy=False, nan=0.0, posinf=0.0, neginf=0.0)

    def chunks(self) -> Iterator[tuple[slice, Floats]]:
        """Yield all images, some at a time."""
        for start in range(0, self.count, CHUNK):
            chosen = slice(start, min(start + CHUNK, self.count))
            yield chosen, self.values(chosen)

    def extremes(self) -> tuple[float | None, float | None, bool]:
        """Return the smallest and the largest finite value, and whether all are finite."""
        if self.stored is None or self.stored.size == 0:
            return None, None, True
        low, high, finite = np.inf, -np.inf, True
        for start in range(0, self.count, CHUNK):
            part = np.asarray(self.stored[start : start + CHUNK])
            if part.dtype.kind == "f":
                good = np.isfinite(part)
                if not good.all():
                    finite, part = False, part[good]
            if part.size:
                low, high = min(low, float(part.min())), max(high, float(part.max()))
        if low > high:
            return None, None, finite
        ends = sorted(value * self.payload.scale + self.payload.offset for value in (low, high))
        return ends[0], ends[1], finite


def read_pipeline(payload: PipelinePayload, folder: Path) -> Recording:
    """Open the arrays that a payload names and check them against what it says of itself.

    Raises `MalformedError` if they do not fit together; they never come from an honest recorder then.
    """
    if not (np.isfinite(payload.scale) and np.isfinite(payload.offset)):
        raise MalformedError("The recorded batches are scaled by no number.")
    if any(size < 0 for size in payload.batches) or any(count < 0 for count in payload.epochs):
        raise MalformedError("The recorded batches have negative sizes.")
    if payload.images is None:
        return Recording(payload)
    stored = open_array(folder, payload.images)
    labels = open_array(folder, payload.labels) if payload.labels is not None else None
    if stored.ndim < 1 or stored.dtype.kind not in "fiub":
        raise MalformedError(f"The recorded images are an array of {stored.dtype} with {stored.ndim} axes.")
    if sum(payload.batches) != len(stored) or sum(payload.epochs) != len(payload.batches):
        raise MalformedError(f"{len(stored)} images were recorded, but the batches and epochs say otherwise.")
    if labels is not None and (labels.ndim < 1 or len(labels) != len(stored)):
        raise MalformedError(f"There are {len(stored)} recorded images, but labels of shape {labels.shape}.")
    return Recording(payload, stored, labels, folder / payload.images, folder / payload.labels if payload.labels is not None else None)

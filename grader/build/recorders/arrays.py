"""Writes images and labels to `.npy` as they come, without holding them all: as uint8 with scale and offset where that is exact."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
_EXACT = 1e-6
_DECODED_AT_ONCE = 64

# value = stored * scale + offset: over 255 (first: a black and white image fits every one), as read, and between -1 and 1.
ENCODINGS: tuple[tuple[float, float], ...] = ((1 / 255, 0.0), (1.0, 0.0), (1 / 127.5, -1.0), (1 / 256, 0.0), (1 / 128, -1.0))
_WHOLE = ((1.0, 0.0),)


def encode(images: Array, scale: float, offset: float) -> Array | None:
    """Return `images` (n, ...) as uint8 under an encoding, or None where that would change a value beyond float32's own rounding."""
    stored = np.empty(images.shape, np.uint8)
    for image, row in zip(images, stored, strict=True):  # one at a time: a whole batch and its copies leave the processor's cache
        levels = np.rint((image - offset) / scale)
        if not (levels.min(initial=0) >= 0 and levels.max(initial=0) <= 255):  # also false for NaN
            return None
        if np.abs(levels * scale + offset - image).max(initial=0) > _EXACT:
            return None
        row[...] = levels
    return stored


class ImageFile:
    """A growing `.npy` of images, all of one shape. Starts as uint8 and turns into float32 when a batch does not fit."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.scale, self.offset = 1.0, 0.0
        self.count = 0
        self.shape: tuple[int, ...] | None = None  # of one image
        self.encoded = True
        self._file: IO[bytes] | None = None
        self._start = 0  # of the images in the file

    @property
    def _dtype(self) -> np.dtype[Any]:
        return np.dtype(np.uint8 if self.encoded else np.float32)

    @property
    def value_bytes(self) -> int:
        """Bytes per stored value."""
        return 1 if self.encoded else 4

    @property
    def size(self) -> int:
        """Bytes of all images stored so far."""
        return self.count * int(np.prod(self.shape or (0,))) * self.value_bytes

    def append(self, images: Array) -> None:
        """Add a batch (n, ...) of numbers. Raises ValueError for images of another shape than the first."""
        if self.shape is None:
            self._begin(images)
        if images.shape[1:] != self.shape:
            raise ValueError(f"images change from {self.shape} to {images.shape[1:]}; all must have one size")
        stored = encode(images, self.scale, self.offset) if self.encoded else None
        if stored is None:
            self._to_float()
            stored = images.astype(np.float32)
        assert self._file is not None
        self._file.write(np.ascontiguousarray(stored).tobytes())
        self.count += len(images)

    def close(self) -> None:
        """Write the final shape into the header."""
        if self._file is not None:
            self._file.seek(0)
            self._header(self._file)
            self._file.close()
            self._file = None

    def digests(self, first: int, last: int) -> set[bytes]:
        """Return one digest per stored image from `first` up to `last`; all of one call's images are stored in the same way."""
        if self._file is None or first == last:
            return set()
        self._file.flush()
        stored = np.memmap(self.path, self._dtype, "r", self._start, (self.count, *(self.shape or ())))
        return {hashlib.sha256(image.tobytes()).digest() for image in stored[first:last]}

    def _begin(self, images: Array) -> None:
        self.shape = images.shape[1:]
        candidates = ENCODINGS if images.dtype.kind == "f" else _WHOLE
        found = next((pair for pair in candidates if encode(images, *pair) is not None), None)
        self.encoded = found is not None
        self.scale, self.offset = found or (1.0, 0.0)
        self._file = self.path.open("w+b")
        self._header(self._file)

    def _header(self, file: IO[bytes]) -> None:
        # NumPy leaves room for the first axis to grow, so that the final header is as long as the first.
        header = {"descr": self._dtype.str, "fortran_order": False, "shape": (self.count, *(self.shape or ()))}
        np.lib.format.write_array_header_1_0(file, header)
        self._start = file.tell()

    def _to_float(self) -> None:
        if not self.encoded:
            return
        self.close()
        old = self.path.with_suffix(".bytes")
        self.path.rename(old)
        written = np.load(old, mmap_mode="r") if self.count else np.empty((0,))
        self.encoded = False
        self._file = self.path.open("w+b")
        self._header(self._file)
        for first in range(0, self.count, _DECODED_AT_ONCE):
            part = written[first : first + _DECODED_AT_ONCE]
            self._file.write((part * self.scale + self.offset).astype(np.float32).tobytes())
        old.unlink()
        self.scale, self.offset = 1.0, 0.0


def save_labels(path: Path, parts: list[Array]) -> None:
    """Write labels as int64 or float32, (n,) or (n, width). Raises ValueError where batches disagree in rank or width."""
    labels = np.concatenate(parts)
    whole = labels.dtype.kind in "iub"
    np.save(path, labels.astype(np.int64 if whole else np.float32))

"""Small grey images with whole-number labels, kept as one `.npy` file per split and class: what tables and idx files hold."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from grader.contracts.errors import GraderError

from .cache import FileRecord, Manifest, Split, explained, write_file
from .registry import DatasetInfo

SIDE = 28  # pixels


class ArrayImage(NamedTuple):
    """Where one image lies: in which `.npy` file of the cache, and the how manyth it is, from 0."""

    file: Path
    row: int


@dataclass(frozen=True, eq=False)
class Arrays:
    """`images` (n, 28, 28) uint8; `labels` (n,) int64, as the publisher numbers them. The order follows from the images alone."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    origins: tuple[ArrayImage, ...] = ()  # of each image

    def __len__(self) -> int:
        return len(self.labels)


def write_class(folder: Path, info: DatasetInfo, split: Split, class_name: str, images: NDArray[np.uint8]) -> FileRecord:
    """Write the images of one class and split into an entry under construction, and describe the file."""
    stream = io.BytesIO()
    np.save(stream, np.ascontiguousarray(images, dtype=np.uint8), allow_pickle=False)
    path = f"{split}/{info.class_names.index(class_name):02}.npy"  # by number: a class may be called "T-shirt/top"
    return write_file(folder, path, stream.getvalue(), split, class_name).model_copy(update={"images": len(images)})


def read_split(info: DatasetInfo, entry: Path, manifest: Manifest, split: Split) -> Arrays:
    """Return the images of one split, shuffled by their own checksums. Raises `GraderError` where a file is not what was written."""
    images, labels = [np.zeros((0, SIDE, SIDE), np.uint8)], [np.zeros(0, np.int64)]
    origins: list[ArrayImage] = []
    for record in manifest.files:
        if record.split != split:
            continue
        with explained(entry):
            data = (entry / record.path).read_bytes()
        if hashlib.sha256(data).hexdigest() != record.sha256:
            raise GraderError(f"{entry / record.path} in the cache is damaged.", hint="Run: grader data verify")
        images.append(np.load(io.BytesIO(data), allow_pickle=False))
        origins += [ArrayImage(entry / record.path, row) for row in range(record.images)]
        labels.append(np.full(record.images, info.labels[info.class_names.index(record.class_name)], np.int64))
    pixels, numbers = np.concatenate(images), np.concatenate(labels)
    order = np.argsort(np.array(checksums(pixels), dtype="S32"), kind="stable")
    return Arrays(pixels[order], numbers[order], tuple(origins[row] for row in order))


def checksums(images: NDArray[np.uint8]) -> list[bytes]:
    """Return the SHA-256 of each image's pixels."""
    return [hashlib.sha256(image.tobytes()).digest() for image in images]

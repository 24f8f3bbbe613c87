"""Held-back images: drawn from a secret, or a keyed slice of official data, that no student's folder ever holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import TypeVar, overload

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from grader.contracts.progress import Progress, silent

from . import drawn
from .array_files import Arrays, checksums, read_split
from .cache import PRIVATE, cache_root, explained, obtain
from .dataset import ArrayDataset, Dataset, Image
from .keyed import keyed
from .registry import lookup

PRACTICE_SECRET = b"grader: the practice holdout, which everyone may know"

WITHHELD_PER_CLASS = 100  # of official data: 200 images for two classes, as many as are drawn for the embedded ones
WITHHELD_SHARE = 0.5  # but never more than this share of a class's validation images

Pixels = NDArray[np.uint8]
T = TypeVar("T")


class DecodedImages(Sequence[Pixels]):
    """RGB images, (height, width, 3) uint8 at their own size, decoded when they are asked for: cheap to hand to another process."""

    def __init__(self, paths: tuple[Path, ...]) -> None:
        self.paths = paths

    def __len__(self) -> int:
        return len(self.paths)

    @overload
    def __getitem__(self, index: int) -> Pixels: ...
    @overload
    def __getitem__(self, index: slice) -> DecodedImages: ...
    def __getitem__(self, index: int | slice) -> Pixels | DecodedImages:
        if isinstance(index, slice):
            return DecodedImages(self.paths[index])
        with explained(self.paths[index]), PillowImage.open(self.paths[index]) as image:
            return np.asarray(image.convert("RGB"))


@dataclass(frozen=True)
class Holdout:
    """Hidden images and their labels: indices into `class_names`, whatever numbers the data itself uses. Arrays give (28, 28, 1) images.

    `digest` names secret and dataset without revealing either's content, and stands in every report. `key` is what seeds and samples are
    derived from: it follows from the secret alone, so that nobody can shop for them, and never leaves the trusted side. Only images of a
    `public` holdout may be shown to anybody.
    """

    images: Sequence[Pixels]
    labels: tuple[int, ...]
    class_names: tuple[str, ...]
    digest: str
    key: str = field(repr=False)
    public: bool = False


def make_holdout(dataset: Dataset | ArrayDataset, secret: bytes, progress: Progress = silent) -> Holdout:
    """Return the images that `hand_out` withholds for the same secret; equal arguments give equal images.

    The secret itself is never stored; drawn images are kept in a folder of the cache that only its owner can read.
    """
    name = holdout_digest(dataset, secret)
    if dataset.variant == "official" and isinstance(dataset, ArrayDataset):
        hidden = withheld_rows(dataset, secret)
        return _array_holdout(dataset, secret, Arrays(dataset.validation.images[hidden], dataset.validation.labels[hidden]))
    if dataset.variant == "official" and isinstance(dataset, Dataset):
        images = withheld(dataset, secret)
        return _holdout(dataset, secret, [(image.path, image.class_name) for image in images])
    info = lookup(dataset.name)
    entry = cache_root() / "holdouts" / name
    with explained(entry):
        entry.parent.mkdir(parents=True, exist_ok=True)
        entry.parent.chmod(PRIVATE)
    manifest = obtain(entry, lambda folder: drawn.draw_holdout(info, keyed(secret, "holdout", name), folder, progress), mode=PRIVATE)
    if isinstance(dataset, ArrayDataset):
        return _array_holdout(dataset, secret, read_split(info, entry, manifest, "holdout"))
    return _holdout(dataset, secret, [(entry / f.path, f.class_name) for f in manifest.files])


def holdout_digest(dataset: Dataset | ArrayDataset | None, secret: bytes) -> str:
    """Return a name for this secret's holdout of this dataset, from which the secret cannot be found; without a dataset, for the secret."""
    return keyed(secret, "digest", dataset.digest if dataset else "").hex()


def withheld(dataset: Dataset, secret: bytes) -> tuple[Image, ...]:
    """Return the official images that this secret withholds; nothing for drawn data, whose holdout is drawn anew.

    They come from the validation images: where neighbouring training images are nearly alike, as in rendered sequences, one of them in
    the holdout would reward memorising.
    """
    if dataset.variant != "official":
        return ()
    chosen: list[Image] = []
    for class_name in dataset.classes:
        own = by_key((i for i in dataset.validation if i.class_name == class_name), secret, "withheld")
        chosen += own[: min(WITHHELD_PER_CLASS, int(len(own) * WITHHELD_SHARE))]
    return tuple(chosen)


def withheld_rows(dataset: ArrayDataset, secret: bytes) -> NDArray[np.bool_]:
    """Return which validation images this secret withholds: as `withheld`, for arrays."""
    hidden = np.zeros(len(dataset.validation), dtype=bool)
    if dataset.variant == "official":
        keys = [keyed(secret, "withheld", sha.hex()) for sha in checksums(dataset.validation.images)]
        for label in dataset.labels:
            own = sorted(np.flatnonzero(dataset.validation.labels == label), key=lambda row: keys[row])
            hidden[own[: min(WITHHELD_PER_CLASS, int(len(own) * WITHHELD_SHARE))]] = True
    return hidden


def by_key(images: Iterable[Image], secret: bytes, purpose: str) -> list[Image]:
    """Return images in an order that depends on their content and the secret alone."""
    return sorted(images, key=lambda image: keyed(secret, purpose, image.sha256))


def _holdout(dataset: Dataset, secret: bytes, files: list[tuple[Path, str]]) -> Holdout:
    mixed = _in_turn([[file for file in files if file[1] == class_name] for class_name in dataset.classes])
    return Holdout(
        images=DecodedImages(tuple(path for path, _ in mixed)),
        labels=tuple(dataset.classes.index(class_name) for _, class_name in mixed),
        class_names=dataset.classes,
        digest=holdout_digest(dataset, secret),
        key=keyed(secret, "seeds", dataset.digest).hex(),
        public=secret == PRACTICE_SECRET,
    )


def _array_holdout(dataset: ArrayDataset, secret: bytes, hidden: Arrays) -> Holdout:
    rows = _in_turn([[(int(row), number) for row in np.flatnonzero(hidden.labels == label)] for number, label in enumerate(dataset.labels)])
    return Holdout(
        images=tuple(hidden.images[row, :, :, np.newaxis] for row, _ in rows),
        labels=tuple(number for _, number in rows),
        class_names=dataset.classes,
        digest=holdout_digest(dataset, secret),
        key=keyed(secret, "seeds", dataset.digest).hex(),
        public=secret == PRACTICE_SECRET,
    )


def _in_turn(by_class: Sequence[Sequence[T]]) -> list[T]:
    """Put the classes in turn, so that the first images of a holdout stand for all of it."""
    return [item for turn in zip_longest(*by_class) for item in turn if item is not None]

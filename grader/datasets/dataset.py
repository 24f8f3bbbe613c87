"""A prepared dataset, of image files or of arrays: drawn once into the cache, or found there as it was imported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from grader.contracts.errors import AuthorError, GraderError, UsageError
from grader.contracts.progress import Progress, silent

from . import drawn
from .array_files import Arrays, read_split
from .cache import Manifest, cache_root, looks_intact, obtain, read_manifest
from .registry import DatasetInfo, lookup

Variant = Literal["embedded", "official"]
Split = Literal["training", "validation"]


@dataclass(frozen=True)
class Image:
    """One image file in the cache."""

    path: Path
    class_name: str
    sha256: str


@dataclass(frozen=True)
class Dataset:
    """Labelled images in the cache; `classes` in the order of their labels (alphabetical for folders)."""

    name: str
    variant: Variant
    classes: tuple[str, ...]
    root: Path
    digest: str
    training: tuple[Image, ...]
    validation: tuple[Image, ...]


@dataclass(frozen=True, eq=False)
class ArrayDataset:
    """Labelled 28×28 grey images in memory. `labels`: the number that stands for each of `classes`; not always 0 to n - 1."""

    name: str
    variant: Variant
    classes: tuple[str, ...]
    labels: tuple[int, ...]
    root: Path
    digest: str
    training: Arrays
    validation: Arrays


def prepare(name: str, variant: Variant = "embedded", progress: Progress = silent) -> Dataset:
    """Return a dataset of image files, drawing it first where it is embedded and not yet in the cache.

    Raises `UsageError` for an unknown name, a variant that does not exist, or official data that was never imported;
    `GraderError` where the cache cannot be used or what was imported is damaged.
    """
    info, entry, manifest = _obtain(name, variant, progress)
    if info.kind != "folders":
        raise AuthorError(f"The dataset {name} holds arrays, not folders of image files.")
    return _dataset(info, variant, entry, manifest)


def prepare_arrays(name: str, variant: Variant = "embedded", progress: Progress = silent) -> ArrayDataset:
    """Return a dataset of arrays; like `prepare`, also in what it raises."""
    info, entry, manifest = _obtain(name, variant, progress)
    if info.kind == "folders":
        raise AuthorError(f"The dataset {name} holds folders of image files, not arrays.")
    training, validation = (read_split(info, entry, manifest, split) for split in ("training", "validation"))
    return ArrayDataset(info.name, variant, info.class_names, info.labels, entry, manifest.digest, training, validation)


def prepare_any(name: str, variant: Variant = "embedded", progress: Progress = silent) -> Dataset | ArrayDataset:
    """Return a dataset of either kind; like `prepare`, also in what it raises."""
    return (prepare if lookup(name).kind == "folders" else prepare_arrays)(name, variant, progress)


def _obtain(name: str, variant: Variant, progress: Progress) -> tuple[DatasetInfo, Path, Manifest]:
    info = lookup(name)
    entry = entry_of(info, variant)
    if variant == "embedded":
        return info, entry, obtain(entry, lambda folder: drawn.draw_dataset(info, folder, progress))
    found = read_manifest(entry)
    if found is None:
        raise UsageError(
            f"The official data of {name} has not been imported.",
            hint=(f"Run: grader data fetch {name}\nOr g" if info.official else "G")
            + f"et {' or '.join(f.name for f in info.official) or 'the archive'}, then run: grader data import {name} PATH",
        )
    if not looks_intact(entry, found):
        raise GraderError(f"The imported data of {name} is damaged.", hint=f"Import it again: grader data import {name} PATH")
    return info, entry, found


def entry_of(info: DatasetInfo, variant: Variant) -> Path:
    """Return the folder in the cache of one variant of a dataset, there or not. Raises `UsageError` where it can never be there."""
    folder = cache_root() / "datasets" / info.name
    if variant == "official":
        return folder / "official"
    if info.drawn is None:
        raise UsageError(f"{info.title} has no embedded variant yet.", hint=f"Import the official one: grader data import {info.name} PATH")
    return folder / f"embedded-{drawn.load(info.drawn.module).VERSION}"


def _dataset(info: DatasetInfo, variant: Variant, entry: Path, manifest: Manifest) -> Dataset:
    def images(split: Split) -> tuple[Image, ...]:
        return tuple(Image(entry / f.path, f.class_name, f.sha256) for f in manifest.files if f.split == split)

    return Dataset(info.name, variant, info.class_names, entry, manifest.digest, images("training"), images("validation"))

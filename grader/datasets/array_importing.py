"""Imports datasets of arrays: pairs images with labels, checks them, tells training from validation, puts them into the cache."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from grader.contracts.errors import UsageError
from grader.contracts.progress import Progress, Step

from .archives import SourceEntry, printable, read_source
from .array_files import checksums, write_class
from .cache import Manifest, make_manifest
from .layouts import Split, assign_splits
from .registry import DatasetInfo
from .tables import UnusableTableError, is_idx, read_csv, read_idx

VERSION = 1
FEWEST = 2  # per class and split: one to hand out, one to withhold
_SPLITS: tuple[Split, ...] = ("training", "validation")
_TRAINING = {"train", "training"}  # words in a file's name
_VALIDATION = {"test", "t10k", "validation", "valid", "val"}
_HINTS = {
    "csv": "Expected are the tables sign_mnist_train.csv and sign_mnist_test.csv, with the header label,pixel1,…,pixel784.",
    "idx": "Expected are files such as t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz, each pair with the same beginning.",
}


@dataclass(frozen=True)
class _Part:
    """The images of one table, or of one pair of idx files."""

    name: str
    split: Split | None
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]


@dataclass
class ArrayIntake:
    """One pass over a source, counting on the way."""

    info: DatasetInfo
    progress: Progress
    outside: int = 0  # files that are neither tables nor idx files
    repeated: list[str] = field(default_factory=list)  # images that occurred before: "sign_mnist_test.csv, image 12"
    own_split: bool = False
    official: bool = False  # every file is the publisher's

    def fill(self, folder: Path, source: Path) -> Manifest:
        """Write what is in the source into an entry under construction."""
        parts = list(self._read(source))
        if not parts:
            raise UsageError(f"No {self.info.kind} files of {self.info.title} were found.", hint=_HINTS[self.info.kind])
        images = np.concatenate([part.images for part in parts])
        labels = np.concatenate([part.labels for part in parts])
        of_label = dict(zip(self.info.labels, self.info.class_names, strict=True))
        rows: dict[str, int] = {}  # checksum -> row
        named: dict[str, Split | None] = {}
        origins = [(part, number) for part in parts for number in range(1, len(part.labels) + 1)]
        for row, sha in enumerate(checksum.hex() for checksum in checksums(images)):
            part, number = origins[row]
            if sha in rows:  # one image in two splits would leak, in two classes it would contradict itself
                self.repeated.append(f"{part.name}, image {number}")
                continue
            rows[sha], named[sha] = row, part.split
        splits = assign_splits((sha, of_label[int(labels[row])], named[sha]) for sha, row in rows.items())
        self.own_split = any((named[sha] or "training") != splits[sha] for sha in rows)
        self._check_counts(Counter((splits[sha], of_label[int(labels[row])]) for sha, row in rows.items()))
        records = []
        for split in _SPLITS:
            for label, class_name in of_label.items():
                own = [row for sha, row in rows.items() if splits[sha] == split and labels[row] == label]
                records.append(write_class(folder, self.info, split, class_name, images[own]))
        return make_manifest(self.info.name, "official", f"import {VERSION}", records)

    def _read(self, source: Path) -> Iterable[_Part]:
        entries = []
        for entry in read_source(source, tables=True):
            wanted = entry.data is not None and self._belongs(entry)
            if wanted and "__MACOSX" not in entry.path.parts and not entry.path.name.startswith("._"):
                entries.append(entry)
            else:
                self.outside += 1
            self.progress(Step(stage="reading", text=f"importing {self.info.name}: {len(entries)} files", done=len(entries)))
        known = {file.sha256 for file in self.info.official}
        self.official = bool(entries) and all(hashlib.sha256(entry.data or b"").hexdigest() in known for entry in entries)
        return [self._table(entry) for entry in entries] if self.info.kind == "csv" else self._pairs(entries)

    def _belongs(self, entry: SourceEntry) -> bool:
        return entry.path.suffix.lower() == ".csv" if self.info.kind == "csv" else is_idx(entry.data or b"")

    def _table(self, entry: SourceEntry) -> _Part:
        try:
            images, labels = read_csv(entry.data or b"")
        except UnusableTableError as error:
            raise self._unusable(entry.path, str(error)) from error
        return self._part(entry.path, images, labels)

    def _pairs(self, entries: list[SourceEntry]) -> list[_Part]:
        arrays: dict[tuple[str, int], tuple[PurePosixPath, NDArray[np.uint8]]] = {}
        for entry in entries:
            try:
                array = read_idx(entry.data or b"")
            except UnusableTableError as error:
                raise self._unusable(entry.path, str(error)) from error
            beginning = re.split(r"[-_.]?(?:images|labels)", entry.path.name, maxsplit=1)[0]
            arrays[str(entry.path.parent / beginning), array.ndim] = entry.path, array
        parts = []
        for (pair, axes), (path, array) in arrays.items():
            other = arrays.get((pair, 4 - axes))
            if other is None:
                raise self._unusable(path, "stands alone: " + ("its labels are missing" if axes == 3 else "its images are missing"))
            if axes == 3:
                if len(array) != len(other[1]):
                    raise self._unusable(path, f"holds {len(array):,} images, but there are {len(other[1]):,} labels")
                parts.append(self._part(path, array, other[1].astype(np.int64)))
        return parts

    def _part(self, path: PurePosixPath, images: NDArray[np.uint8], labels: NDArray[np.int64]) -> _Part:
        wrong = np.flatnonzero(~np.isin(labels, self.info.labels))
        if len(wrong):
            allowed = self.info.labels
            gaps = sorted(set(range(allowed[0], allowed[-1])) - set(allowed))
            without = f" without {', '.join(map(str, gaps))}" if gaps else ""
            row = int(wrong[0])
            raise self._unusable(
                path, f"has the label {labels[row]} for image {row + 1}; labels are {allowed[0]} to {allowed[-1]}{without}"
            )
        words = set(re.split(r"[^a-z0-9]+", path.name.lower()))
        split: Split | None = "validation" if words & _VALIDATION else "training" if words & _TRAINING else None
        return _Part(printable(path.name, 60), split, images, labels)

    def _unusable(self, path: PurePosixPath, why: str) -> UsageError:
        return UsageError(f"{printable(path.name, 60)} {why}.", hint=_HINTS[self.info.kind])

    def _check_counts(self, found: Counter[tuple[Split, str]]) -> None:
        for split in _SPLITS:
            for class_name in self.info.class_names:
                number = found[split, class_name]
                if number < FEWEST:
                    raise UsageError(
                        f"Too few {split} images of {class_name}: {number} were found, at least {FEWEST} are needed.",
                        hint=_HINTS[self.info.kind],
                    )

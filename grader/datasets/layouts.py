"""Recognises, from a file's folders alone, its class and whether its publisher meant it for training or validation."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Literal

from .registry import DatasetInfo

_VALIDATION = {"validation", "valid", "val", "test", "testing"}
_TRAINING = {"training", "train"}
TRAINING_SHARE = 0.75  # of an archive without a split of its own: as of the embedded data

Split = Literal["training", "validation"]


def class_of(path: PurePosixPath, info: DatasetInfo) -> str | None:
    """Return the class that the file's own folder names, or None."""
    folder = path.parent.name.lower()
    for class_name, synonyms in info.classes.items():
        if folder in {class_name.lower(), *synonyms}:
            return class_name
    return None


def named_split(path: PurePosixPath) -> Split | None:
    """Return the split that a folder above the class folder names: `validation`, `rps-test-set`, `train`; None where none does."""
    words = {word for part in path.parts[:-2] for word in re.split(r"[^a-z]+", part.lower())}
    if words & _VALIDATION:
        return "validation"
    return "training" if words & _TRAINING else None


def assign_splits(files: Iterable[tuple[str, str, Split | None]]) -> dict[str, Split]:
    """Map each (sha256, class, named split) to its split.

    Unnamed files beside validation files are training files: `rps` beside `rps-test-set`. Where only one of the two occurs, each class is
    divided by the order of its checksums: the same for every copy of the archive.
    """
    found = list(files)
    named = {sha: split or "training" for sha, _, split in found}
    if set(named.values()) == {"training", "validation"}:
        return dict(named)
    divided: dict[str, Split] = {}
    for class_name in {c for _, c, _ in found}:
        own = sorted(sha for sha, c, _ in found if c == class_name)
        for index, sha in enumerate(own):
            divided[sha] = "training" if index < round(len(own) * TRAINING_SHARE) else "validation"
    return divided

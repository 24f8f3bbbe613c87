"""What the cache holds, how large it is, and what of it may go because it is made again when it is needed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.contracts.errors import GraderError

from .cache import cache_root


@dataclass(frozen=True)
class Kept:
    """One kind of thing in the cache."""

    what: str
    places: tuple[Path, ...]  # relative to the cache
    bytes: int
    goes: bool  # without being asked for by name
    why: str  # what removing it costs


_DRAWN = "drawn again when it is needed, in seconds"
_APPLIED = "computed again when it is needed, in seconds"
_FETCHED = "fetched again by `grader data fetch`; what was imported from it stays"
_IMPORTED = "came from outside: import or fetch it again"
_MEASURED = "hours of measuring by `make proof` and `grader rubric calibrate`"

# What it is, where it lies (patterns below the cache), whether it goes unasked, what removing it costs.
_KINDS: tuple[tuple[str, tuple[str, ...], bool, str], ...] = (
    ("drawn images", ("datasets/*/embedded*",), True, _DRAWN),
    ("hidden images", ("holdouts/*",), True, _DRAWN),
    ("features of frozen bases", ("features/*",), True, _APPLIED),
    ("packaged base, unpacked", ("pretrained/*/embedded*", "pretrained/*/stand-in*"), True, _APPLIED),
    ("downloads", ("downloads/*",), True, _FETCHED),
    ("official images", ("datasets/*/official*",), False, _IMPORTED),
    ("official weights", ("pretrained/*/official*",), False, _IMPORTED),
    ("measured trials", ("trials",), False, _MEASURED),
)


def contents() -> list[Kept]:
    """Return what the cache holds, by kind; a kind of which there is nothing is left out."""
    root = cache_root()
    found = []
    for what, patterns, goes, why in _KINDS:
        # Names with a dot are locks and drafts of those who make entries.
        paths = sorted(path for pattern in patterns for path in root.glob(pattern) if not (path.is_symlink() or path.name.startswith(".")))
        size = sum(_size(path) for path in paths)
        if paths and size:
            found.append(Kept(what, tuple(path.relative_to(root) for path in paths), size, goes, why))
    return found


def remove(kept: Kept) -> None:
    """Remove one kind. Each entry disappears in one step. Raises `GraderError` where that is not possible."""
    for place in kept.places:
        path = cache_root() / place
        gone = path.with_name(f".{path.name}.{os.getpid()}.gone")
        try:
            path.rename(gone)
        except OSError as error:
            raise GraderError(f"{path} cannot be removed: {error.strerror or error}.", hint="Is it in use, or somebody else's?") from error
        if gone.is_dir():
            shutil.rmtree(gone, ignore_errors=True)
        else:
            gone.unlink(missing_ok=True)


def _size(path: Path) -> int:
    return sum(file.lstat().st_size for file in _files(path))


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from (file for file in path.rglob("*") if file.is_file() and not file.is_symlink())
    else:
        yield path

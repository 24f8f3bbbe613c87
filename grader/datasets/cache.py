"""Keeps what was drawn or imported: complete entries with a manifest, made under a lock and put in place by one rename."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from platformdirs import user_cache_path
from pydantic import ValidationError

from grader.contracts.base import Frozen, digest
from grader.contracts.errors import GraderError

MANIFEST = "manifest.json"
LOCK_SECONDS = 900  # longer than importing 25,000 photos takes
PRIVATE = 0o700  # an entry that holds hidden labels

Split = Literal["training", "validation", "holdout", "empty", "weights", "features"]


class FileRecord(Frozen):
    """One file of an entry; `path` is relative to the entry, with forward slashes."""

    path: str
    split: Split
    class_name: str
    sha256: str
    bytes: int
    images: int = 1  # in a file of arrays, more


class Manifest(Frozen):
    """What an entry holds. `digest` depends on the images, their classes and splits alone, not on names or machines."""

    format: Literal[1] = 1
    name: str
    variant: str
    made_by: str  # what made it, with its version
    digest: str
    counts: dict[str, dict[str, int]]  # split -> class -> images
    files: tuple[FileRecord, ...]


def make_manifest(name: str, variant: str, made_by: str, files: Iterable[FileRecord]) -> Manifest:
    """Describe a set of files."""
    ordered = tuple(sorted(files, key=lambda f: f.path))
    counts: dict[str, dict[str, int]] = {}
    numbers: Counter[tuple[str, str]] = Counter()
    for file in ordered:
        numbers[file.split, file.class_name] += file.images
    for (split, class_name), number in sorted(numbers.items()):
        counts.setdefault(split, {})[class_name] = number
    content = digest([name, sorted([f.split, f.class_name, f.sha256] for f in ordered)])
    return Manifest(name=name, variant=variant, made_by=made_by, digest=content, counts=counts, files=ordered)


def cache_root() -> Path:
    """Return the cache folder: `GRADER_CACHE_DIR` where that is set, else the platform's usual place."""
    chosen = os.environ.get("GRADER_CACHE_DIR")
    return Path(chosen).expanduser().absolute() if chosen else user_cache_path("cnn-grader", appauthor=False)


def read_manifest(entry: Path) -> Manifest | None:
    """Return an entry's manifest, or None where there is no usable one."""
    try:
        return Manifest.model_validate_json((entry / MANIFEST).read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValidationError):
        return None
    except OSError as error:
        raise _disk_error(error, entry) from error


def looks_intact(entry: Path, manifest: Manifest) -> bool:
    """Return whether every file is there with its size: a check in milliseconds, made at every use."""
    try:
        return all((entry / f.path).stat().st_size == f.bytes for f in manifest.files)
    except OSError:
        return False


def find_problems(entry: Path, manifest: Manifest) -> tuple[str, ...]:
    """Return what differs from the manifest, by reading every file: "missing: …", "altered: …", "unreadable: …", "unknown: …"."""
    problems = []
    for record in manifest.files:
        try:
            if hash_file(entry / record.path) != record.sha256:
                problems.append(f"altered: {record.path}")
        except FileNotFoundError:
            problems.append(f"missing: {record.path}")
        except OSError:
            problems.append(f"unreadable: {record.path}")
    known = {f.path for f in manifest.files} | {MANIFEST}
    present = {p.relative_to(entry).as_posix() for p in entry.rglob("*") if not p.is_dir()}
    if make_manifest(manifest.name, manifest.variant, manifest.made_by, manifest.files) != manifest:
        problems.append(f"altered: {MANIFEST}")
    return tuple(problems) + tuple(f"unknown: {path}" for path in sorted(present - known))


def obtain(entry: Path, fill: Callable[[Path], Manifest], *, mode: int = 0o777) -> Manifest:
    """Return the manifest of an intact entry, making the entry first where there is none: `fill` writes the files into a new folder."""
    manifest = read_manifest(entry)
    if manifest is not None and looks_intact(entry, manifest):
        return manifest
    with _locked(entry):
        manifest = read_manifest(entry)  # another process may have made it while this one waited
        if manifest is not None and looks_intact(entry, manifest):
            return manifest
        return _make(entry, fill, mode)


def replace(entry: Path, fill: Callable[[Path], Manifest]) -> tuple[Manifest, bool]:
    """Make an entry anew; also return whether it changed. An intact entry with the same content stays: a run may be using it."""
    with _locked(entry):
        before = read_manifest(entry)
        after = _make(entry, fill, 0o777, keep=before)
        return after, before is None or before.digest != after.digest


def hash_file(path: Path) -> str:
    """Return the SHA-256 (hex) of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_file(folder: Path, path: str, data: bytes, split: Split, class_name: str) -> FileRecord:
    """Write one file of an entry under construction, and describe it."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    return FileRecord(path=path, split=split, class_name=class_name, sha256=hashlib.sha256(data).hexdigest(), bytes=len(data))


def _make(entry: Path, fill: Callable[[Path], Manifest], mode: int, keep: Manifest | None = None) -> Manifest:
    for leftover in entry.parent.glob(f".{entry.name}-*.partial"):  # of a process that was killed: it holds no lock any more
        shutil.rmtree(leftover, ignore_errors=True)
    partial = entry.parent / f".{entry.name}-{secrets.token_hex(4)}.partial"
    try:
        with explained(partial):
            partial.mkdir(mode=mode)
            manifest = fill(partial)
            if keep is not None and keep.digest == manifest.digest and looks_intact(entry, keep) and not find_problems(entry, keep):
                return keep
            (partial / MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
            if entry.exists():
                outdated = entry.parent / f".{entry.name}-{secrets.token_hex(4)}.partial"
                entry.rename(outdated)
                partial.rename(entry)
                shutil.rmtree(outdated, ignore_errors=True)
            else:
                partial.rename(entry)
            return manifest
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def _locked(entry: Path) -> Iterator[None]:
    with explained(entry):
        entry.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(entry.parent / f".{entry.name}.lock", timeout=LOCK_SECONDS)
        try:
            lock.acquire()
        except Timeout as error:
            raise GraderError(
                f"Another grader has been preparing {entry.name} for {LOCK_SECONDS // 60} minutes.",
                hint="End the other grader process, then run this again.",
            ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def explained(path: Path, setting: str = "GRADER_CACHE_DIR") -> Iterator[None]:
    """Turn the operating system's refusals into a `GraderError` that says what to do; `setting` is the variable that names the folder."""
    try:
        yield
    except OSError as error:
        raise _disk_error(error, path, setting) from error


def _disk_error(error: OSError, path: Path, setting: str = "GRADER_CACHE_DIR") -> GraderError:
    where = error.filename or path
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return GraderError(
            f"The disk is full (or your quota is used up): {path.parent} cannot hold the data.",
            hint=f"Make room there, or let {setting} name a folder on another disk.",
        )
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return GraderError(
            f"No permission to use {where}.",
            hint=f"Make it yours (or readable and writable), or let {setting} name a folder that is.",
        )
    return GraderError(
        f"{where} cannot be used: {error.strerror or error}.",
        hint=f"Let {setting} name a folder on a local disk.",
    )

"""Imports an archive or folder that the user already has: recognises its layout, checks every image, puts the good ones into the cache."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

from grader.contracts.errors import UsageError
from grader.contracts.progress import Progress, Step, silent

from .archives import SourceEntry, is_archive, printable, read_source
from .array_importing import ArrayIntake
from .cache import FileRecord, Manifest, hash_file, make_manifest, replace, write_file
from .dataset import entry_of
from .images import UnusableImageError, check_image
from .layouts import Split, assign_splits, class_of, named_split
from .registry import DatasetInfo, lookup

VERSION = 1
_FEWEST = 2  # per class and split: one to hand out, one to withhold

Checksum = Literal["official", "other", "none"]


@dataclass(frozen=True)
class Skipped:
    """A file that was left out. `name` is safe to print."""

    name: str
    reason: str


@dataclass(frozen=True)
class ImportReport:
    """What an import found and did."""

    name: str
    digest: str
    counts: dict[str, dict[str, int]]  # split -> class -> images
    own_split: bool  # the source had no training and validation folders: it was divided here
    converted: int  # stored anew as RGB PNG
    skipped: tuple[Skipped, ...]
    outside: int  # files that lie in no class folder, or are no tables
    checksum: Checksum  # "official": the publisher's; "other": an archive, but not that one; "none": a folder
    changed: bool  # False: the same content was there already


def import_dataset(name: str, path: Path, progress: Progress = silent) -> ImportReport:
    """Import official data from an archive (.zip, .tar, .tar.gz) or folder; importing the same again changes nothing.

    Raises `UsageError` for an unknown name and a source that cannot be used, `GraderError` where the cache cannot.
    """
    info = lookup(name)
    if info.kind != "folders":
        return _import_arrays(info, path, progress)
    intake = _Intake(info, progress)
    manifest, changed = replace(entry_of(info, "official"), lambda folder: intake.fill(folder, path))
    return ImportReport(
        name=name,
        digest=manifest.digest,
        counts=manifest.counts,
        own_split=intake.own_split,
        converted=intake.converted,
        skipped=tuple(intake.skipped),
        outside=intake.outside,
        checksum=_checksum(info, path),
        changed=changed,
    )


def _import_arrays(info: DatasetInfo, path: Path, progress: Progress) -> ImportReport:
    intake = ArrayIntake(info, progress)
    manifest, changed = replace(entry_of(info, "official"), lambda folder: intake.fill(folder, path))
    return ImportReport(
        name=info.name,
        digest=manifest.digest,
        counts=manifest.counts,
        own_split=intake.own_split,
        converted=0,
        skipped=tuple(Skipped(name, "the same image as another") for name in intake.repeated),
        outside=intake.outside,
        checksum="official" if intake.official else "other" if info.official else "none",
        changed=changed,
    )


@dataclass
class _Intake:
    """One pass over a source, counting on the way."""

    info: DatasetInfo
    progress: Progress
    skipped: list[Skipped] = field(default_factory=list)
    converted: int = 0
    outside: int = 0
    own_split: bool = False

    def fill(self, folder: Path, source: Path) -> Manifest:
        files: dict[str, tuple[FileRecord, Split | None]] = {}
        origin: dict[str, PurePosixPath] = {}
        folders: set[str] = set()
        for seen, entry in enumerate(read_source(source), start=1):
            class_name = class_of(entry.path, self.info)
            if class_name is None or entry.path.name.startswith("._") or "__MACOSX" in entry.path.parts:
                self.outside += 1
                folders.add(entry.path.parent.name)
                continue
            record = self._store(folder, entry, class_name, origin)
            if record is not None:
                files[record.sha256] = (record, named_split(entry.path))
            self.progress(Step(stage="reading", text=f"importing {self.info.name}: {len(files)} images", done=seen))
        splits = assign_splits((sha, record.class_name, split) for sha, (record, split) in files.items())
        self.own_split = any((split or "training") != splits[sha] for sha, (_, split) in files.items())
        self._check_counts(splits, {sha: record.class_name for sha, (record, _) in files.items()}, folders)
        records = [record.model_copy(update={"split": splits[sha]}) for sha, (record, _) in files.items()]
        return make_manifest(self.info.name, "official", f"import {VERSION}", records)

    def _store(self, folder: Path, entry: SourceEntry, class_name: str, origin: dict[str, PurePosixPath]) -> FileRecord | None:
        if entry.data is None:
            self._skip(entry.path, entry.problem)
            return None
        try:
            image = check_image(entry.data)
        except UnusableImageError as error:
            self._skip(entry.path, str(error))
            return None
        sha = hashlib.sha256(image.data).hexdigest()
        if sha in origin:  # one image in two splits would leak, in two classes it would contradict itself
            self._skip(entry.path, f"the same image as {printable(str(origin[sha]), 80)}")
            return None
        origin[sha] = entry.path
        self.converted += image.converted
        return write_file(folder, f"{class_name}/{sha[:24]}{image.suffix}", image.data, "training", class_name)

    def _skip(self, path: PurePosixPath, reason: str) -> None:
        self.skipped.append(Skipped(printable(str(path)), reason))

    def _check_counts(self, splits: dict[str, Split], classes: dict[str, str], folders: set[str]) -> None:
        names = self.info.class_names
        hint = f"Expected are folders {', '.join(names)} (each class in its own), or train and validation folders that hold those."
        if not classes and not self.skipped:
            seen = ", ".join(sorted(printable(f, 30) for f in folders if f)[:5]) or "none"
            raise UsageError(f"No images of {self.info.title} were found; the folders there are: {seen}.", hint=hint)
        unusable = ""
        if self.skipped:
            first = self.skipped[0]
            unusable = f" ({len(self.skipped)} files were unusable; the first: {first.name}: {first.reason})"
        found = Counter((splits[sha], class_name) for sha, class_name in classes.items())
        for split in ("training", "validation"):
            for class_name in names:
                number = found[split, class_name]
                if number < _FEWEST:
                    raise UsageError(
                        f"Too few {split} images of {class_name}: {number} were found, at least {_FEWEST} are needed{unusable}.", hint=hint
                    )


def _checksum(info: DatasetInfo, path: Path) -> Checksum:
    files = [p for p in path.iterdir() if p.is_file() and is_archive(p)] if path.is_dir() else [path]
    known = {f.sha256 for f in info.official if f.sha256}
    if not files:
        return "none"
    return "official" if all(hash_file(file) in known for file in files) else "other"

"""Finds the submissions of a class in a folder or a zip: a file or sub-folder per student, or as a course site exports them."""

from __future__ import annotations

import re
import stat
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from grader.contracts.errors import UsageError

SUFFIXES = (".py", ".ipynb", ".zip")
MOST_BYTES = 2_000_000_000  # that an export may unpack to
_IGNORED = re.compile(r"^(\.|__)|^(Thumbs\.db|desktop\.ini)$")

# How exports name what a student handed in; the first group that matches tells the student.
_MOODLE = re.compile(r"^(?P<student>.+?_\d+)_assignsubmission_(?:file|onlinetext)(?:_(?P<file>.*))?$")
_CANVAS = re.compile(
    r"^(?P<student>[^_]+)_(?:(?P<late>LATE)_)?(?P<id>\d+)_(?P<submission>\d+)_(?P<file>.+?)(?:-(?P<attempt>\d+))?(?P<suffix>\.\w+)$"
)
_GRADESCOPE = re.compile(r"^submission_(?P<student>\d+)$")


@dataclass(frozen=True)
class Handed:
    """One file that a student handed in. `student` is whatever the folder, file or export calls them."""

    student: str
    path: Path
    attempt: int = 1  # the last one counts


def collect(source: Path, into: Path) -> tuple[Handed, ...]:
    """Return what is handed in below `source`, ordered by student; a zip is unpacked below `into`.

    Raises `UsageError` where there is nothing, or the zip cannot be read.
    """
    if not source.exists():
        raise UsageError(
            f"There is no file or folder {source}.", hint="Name the folder with the submissions, or the zip that your course site gave."
        )
    folder = source if source.is_dir() else _unpacked(source, into)
    found = sorted(_students(_inner(folder)), key=lambda handed: (handed.student, handed.attempt, handed.path))
    if not found:
        raise UsageError(
            f"{source} holds no submissions.",
            hint="One file (.py, .ipynb, .zip) or one folder per student is expected, or the zip of an LMS.",
        )
    return tuple(found)


def _inner(folder: Path) -> Path:
    """Return the folder that holds the students: exports wrap everything in one, which has a name of its own."""
    entries = list(_entries(folder))
    if len(entries) == 1 and entries[0].is_dir() and any(child.is_dir() for child in _entries(entries[0])):
        return entries[0]
    return folder


def _entries(folder: Path) -> Iterator[Path]:
    return (entry for entry in sorted(folder.iterdir()) if not _IGNORED.match(entry.name) and not entry.is_symlink())


def _students(folder: Path) -> Iterator[Handed]:
    for entry in _entries(folder):
        if entry.is_dir():
            named = _MOODLE.match(entry.name) or _GRADESCOPE.match(entry.name)
            yield from _of_student(entry, named["student"] if named else entry.name)
        elif entry.suffix.lower() in SUFFIXES:
            yield _of_file(entry)


def _of_file(file: Path) -> Handed:
    canvas = _CANVAS.match(file.name)
    if canvas:
        return Handed(f"{canvas['student']}_{canvas['id']}", file, int(canvas["attempt"] or 0) + 1)
    moodle = _MOODLE.match(file.name)
    return Handed(moodle["student"] if moodle else file.stem, file)


def _of_student(folder: Path, student: str) -> Iterator[Handed]:
    """Yield each file of one student; what lies deeper (an assignment's folder, as nbgrader has it) belongs to them as well."""
    files = [file for file in sorted(folder.rglob("*")) if file.suffix.lower() in SUFFIXES and file.is_file() and not file.is_symlink()]
    visible = [file for file in files if not any(_IGNORED.match(part) for part in file.relative_to(folder).parts)]
    if not visible:
        yield Handed(student, folder)  # nothing that can be read: reported, not forgotten
    for file in visible:
        yield Handed(student, file)


def _unpacked(source: Path, into: Path) -> Path:
    """Unpack an export, once per content; what is unsafe in it is refused."""
    target = into / f"{source.stem}-{source.stat().st_size}-{source.stat().st_mtime_ns}"
    if target.is_dir():
        return target
    draft = target.with_name(target.name + ".part")
    try:
        with zipfile.ZipFile(source) as archive:
            _refuse_unsafe(source, archive.infolist())
            archive.extractall(draft)  # every path was looked at
        draft.rename(target)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError, EOFError) as error:
        raise UsageError(
            f"{source} cannot be unpacked: {error}.", hint="Download the export again, or unpack it yourself and name the folder."
        ) from error
    return target


def _refuse_unsafe(source: Path, entries: Iterable[zipfile.ZipInfo]) -> None:
    total = 0
    for entry in entries:
        parts = PurePosixPath(entry.filename.replace("\\", "/"))
        total += entry.file_size
        if parts.is_absolute() or ".." in parts.parts or ":" in parts.parts[0] or stat.S_ISLNK(entry.external_attr >> 16):
            raise UsageError(f"{source} holds a path that leads outside: {entry.filename!r}.", hint="This is no export of a course site.")
    if total > MOST_BYTES:
        raise UsageError(f"{source} unpacks to {total / 1e9:.1f} GB.", hint="Unpack it yourself and name the folder.")

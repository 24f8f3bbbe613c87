"""Finds the submissions of a class in a folder or a zip: a file or sub-folder per student, or as a course site exports them."""

from __future__ import annotations

import errno
import re
import shutil
import stat
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from grader.contracts.errors import GraderError, UsageError

from .people import Roster
from .times import GRADESCOPE, HandedAt, gradescope_notes, keep_times, time_of

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
    attempt: int = 1  # as the export numbers them
    handed: HandedAt | None = None  # None: nothing tells
    marked_late: bool = False  # by the export itself


def collect(source: Path, into: Path, roster: Roster | None = None, left_out: Callable[[str], None] = lambda _: None) -> tuple[Handed, ...]:
    """Return what is handed in below `source`, ordered by student; a zip is unpacked below `into`. A roster's times go before others.

    `left_out` is told the names of files that are nobody's submission.

    Raises `UsageError` where there is nothing, or the zip cannot be read.
    """
    if not source.exists():
        raise UsageError(
            f"There is no file or folder {source}.", hint="Name the folder with the submissions, or the zip that your course site gave."
        )
    folder = source if source.is_dir() else _unpacked(source, into)
    folder = _inner(folder)
    known = roster or Roster()
    found = [
        replace(one, handed=known.handed(one.student) or one.handed or time_of(one.path, folder)) for one in _students(folder, left_out)
    ]
    if not found:
        raise UsageError(
            f"{source} holds no submissions.",
            hint="One file (.py, .ipynb, .zip) or one folder per student is expected, or the zip of an LMS.",
        )
    return tuple(sorted(found, key=lambda one: (one.student, one.attempt, one.path)))


def _inner(folder: Path) -> Path:
    """Return the folder that holds the students: exports wrap everything in one, which has a name of its own."""
    entries = list(_entries(folder))
    if len(entries) == 1 and entries[0].is_dir() and not entries[0].is_symlink() and any(child.is_dir() for child in _entries(entries[0])):
        return entries[0]
    return folder


def _entries(folder: Path) -> Iterator[Path]:
    return (entry for entry in sorted(folder.iterdir()) if not _IGNORED.match(entry.name))


def _students(folder: Path, left_out: Callable[[str], None]) -> Iterator[Handed]:
    notes = gradescope_notes(folder)
    for entry in _entries(folder):
        if entry.is_symlink():
            yield Handed(entry.stem, entry)  # not followed: reported, not forgotten
        elif entry.is_dir():
            named = _MOODLE.match(entry.name) or _GRADESCOPE.match(entry.name)
            noted = notes.get(entry.name)
            for student in (noted and noted.students) or [named["student"] if named else entry.name]:
                for one in _of_student(entry, student):
                    yield replace(one, handed=noted.at) if noted else one
        elif entry.suffix.lower() in SUFFIXES or _MOODLE.match(entry.name) or _CANVAS.match(entry.name):
            yield _of_file(entry)
        elif entry.name != GRADESCOPE:
            left_out(entry.name)


def _of_file(file: Path) -> Handed:
    canvas = _CANVAS.match(file.name)
    if canvas:
        return Handed(f"{canvas['student']}_{canvas['id']}", file, int(canvas["attempt"] or 0) + 1, marked_late=bool(canvas["late"]))
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
            keep_times(archive, draft)
        draft.rename(target)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        if error.errno == errno.ENOSPC:
            raise GraderError(
                f"The disk is full: {into} cannot hold what is in {source.name}.", hint="Make room there and run the same command again."
            ) from error
        raise UsageError(
            f"{source} cannot be unpacked: {error.strerror or error}.", hint="Unpack it yourself and name the folder."
        ) from error
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError, EOFError) as error:
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

"""What was written out of a run: remembers where each page, table and archive went, and finds those that still name a student."""

from __future__ import annotations

import contextlib
import html
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

KEPT = "written.jsonl"  # in the run's folder: a path and the command that writes it anew, one a line
MOST_BYTES = 200_000_000  # of a file that is looked into
_OWN = ("run.sqlite", "run.sqlite-wal", "run.sqlite-shm", "run.lock", KEPT)


@dataclass(frozen=True)
class Written:
    """A file or folder that was written out of a run."""

    path: Path
    command: str  # that writes it anew; "" where that is not known


def remember(run: Path, path: Path, command: str) -> None:
    """Note that `command` wrote `path`. A run whose folder cannot be written to is only looked at, and remembers nothing."""
    line = json.dumps({"path": str(path.resolve()), "command": command}, ensure_ascii=False)
    with contextlib.suppress(OSError), (run / KEPT).open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def naming(run: Path, student: str) -> list[Written]:
    """Return what lies in the run's folder, or was written out of it, and names the student."""
    listed = {one.path: one for one in _remembered(run)}
    inside = [path.resolve() for path in sorted(run.iterdir()) if path.name not in _OWN]
    for path in inside:
        if not any(path == known or known in path.parents for known in listed):
            listed[path] = Written(path, "")
    return [one for one in listed.values() if _names(one.path, student)]


def tidy(run: Path, student: str) -> None:
    """Forget what was remembered and names the student itself, or no longer exists."""
    left = [one for one in _remembered(run) if one.path.exists() and student not in one.command and student not in one.path.name]
    lines = [json.dumps({"path": str(one.path), "command": one.command}, ensure_ascii=False) + "\n" for one in left]
    with contextlib.suppress(OSError):
        (run / KEPT).write_text("".join(lines), encoding="utf-8")


def _remembered(run: Path) -> Iterator[Written]:
    try:
        lines = (run / KEPT).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return
    for line in lines:
        with contextlib.suppress(ValueError, KeyError, TypeError):  # cut short by a full disk
            entry = json.loads(line)
            yield Written(Path(entry["path"]), str(entry["command"]))


def _names(path: Path, student: str) -> bool:
    files = [path, *sorted(path.rglob("*"))] if path.is_dir() else [path]
    return any(student in file.name or _holds(file, student) for file in files if file.exists())


def _holds(file: Path, student: str) -> bool:
    """Return whether a file's text holds the name, as it is or as HTML or JSON write it."""
    wanted = {text.encode() for text in (student, html.escape(student), json.dumps(student)[1:-1])}
    try:
        if not file.is_file() or file.stat().st_size > MOST_BYTES:
            return False
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                small = (entry for entry in archive.infolist() if entry.file_size <= MOST_BYTES)
                return any(student in entry.filename or any(text in archive.read(entry) for text in wanted) for entry in small)
        data = file.read_bytes()
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError):
        return False
    return any(text in data for text in wanted)

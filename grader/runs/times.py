"""When a file was handed in, as far as what exports say tells it: their own notes first, the file's time last."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from grader.words import Table
from grader.words.sentences import Sentences

FILE_TIME = "the file's own time"
NBGRADER, GRADESCOPE = "timestamp.txt", "submission_metadata.yml"
OTTER, ROSTER = "Otter's file name", "the roster"
TOLD_BY = Sentences("times.told-by", {"file": FILE_TIME, "otter": OTTER, "roster": ROSTER, "nothing": "nothing"})
WORDS = Table("times", {"impossible": "an impossible time"})
_OTTER = re.compile(r"_(\d{4}_\d\d_\d\dT\d\d_\d\d_\d\d)_\d+\.(?:zip|ipynb|py)$")  # appended by Otter's export
_WRITTEN = ("%A, %d %B %Y, %I:%M %p", "%d %B %Y, %I:%M %p", "%A, %d %B %Y, %H:%M", "%d %B %Y, %H:%M")  # as Moodle writes in English
_NO_TIME = datetime(1980, 1, 2, tzinfo=UTC)  # a zip without times says the first day of its calendar
_MOST_BYTES = 20_000_000  # of an export's list


@dataclass(frozen=True)
class HandedAt:
    """A moment (seconds since 1970), and what tells it."""

    at: float
    told_by: str


@dataclass(frozen=True)
class Noted:
    """What an export says of one submission: who handed it in, and when."""

    students: tuple[str, ...]
    at: HandedAt | None


def read_time(text: str, zone: tzinfo | None = None) -> float | None:
    """Return the moment that a text names (ISO 8601, with a zone's name behind it, or as Moodle writes it in English), else None.

    Without an offset of its own it is local time of `zone`, or of this machine.
    """
    text = text.strip()
    *first, last = text.rsplit(" ", 1)
    if first and not last[:1].isdigit() and last[:1] not in "+-" and last.upper() not in ("AM", "PM"):
        try:
            text, zone = first[0], UTC if last in ("UTC", "Z") else ZoneInfo(last)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return None
    for read in (datetime.fromisoformat, *(lambda value, form=form: datetime.strptime(value, form) for form in _WRITTEN)):
        try:
            return moment(read(text.replace(" +", "+").replace(" -", "-")), zone)
        except (ValueError, OverflowError, OSError):
            continue
    return None


def moment(value: datetime, zone: tzinfo | None) -> float:
    """Return a date and time as seconds since 1970."""
    return (value if value.tzinfo or zone is None else value.replace(tzinfo=zone)).timestamp()


def time_of(file: Path, top: Path) -> HandedAt | None:
    """Return when a file was handed in: by nbgrader's note beside it, Otter's file name, or the file's own time."""
    folder = file.parent
    while folder != top and top in folder.parents:
        note = folder / NBGRADER
        if note.is_file() and not note.is_symlink() and (told := read_time(_beginning(note))) is not None:
            return HandedAt(told, NBGRADER)
        folder = folder.parent
    if named := _OTTER.search(file.name):
        return HandedAt(datetime.strptime(named[1], "%Y_%m_%dT%H_%M_%S").timestamp(), OTTER)
    try:
        own = file.stat().st_mtime
    except OSError:
        return None
    return HandedAt(own, FILE_TIME) if own > _NO_TIME.timestamp() else None


def gradescope_notes(folder: Path) -> Mapping[str, Noted]:
    """Return what Gradescope's list in a folder says, by the name of a submission's folder; nothing where there is none to read."""
    file = folder / GRADESCOPE
    if not file.is_file() or file.is_symlink() or file.stat().st_size > _MOST_BYTES:
        return {}
    try:
        listed = yaml.load(file.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - safe ones
    except (yaml.YAMLError, OSError, UnicodeDecodeError, ValueError):
        return {}
    entries = listed.items() if isinstance(listed, dict) else ()
    found = {str(name): (_submitters(entry), _created(entry)) for name, entry in entries if isinstance(entry, dict)}
    plain = [student for students, _ in found.values() for student, _ in students]
    return {
        name: Noted(tuple(student if plain.count(student) == 1 else f"{student}_{id_}" for student, id_ in students), at)
        for name, (students, at) in found.items()
    }


def keep_times(archive: zipfile.ZipFile, folder: Path) -> None:
    """Give unpacked files the times that the archive says; a zip says local time."""
    import os  # noqa: PLC0415 - for this alone

    for entry in archive.infolist():
        target = folder / entry.filename
        try:
            told = datetime(*entry.date_time).timestamp() if entry.date_time[0] > 1980 else 0.0
            if target.is_file() and not target.is_symlink():
                os.utime(target, (told, told))
        except (ValueError, OverflowError, OSError):
            continue


def _submitters(entry: dict[str, Any]) -> list[tuple[str, str]]:
    """Return name (or address, or number) and number of everyone who handed this in."""
    found = []
    for one in entry.get(":submitters") or ():
        if isinstance(one, dict):
            known = [str(one[key]) for key in (":name", ":email", ":sid") if one.get(key)]
            if known:
                found.append((known[0], str(one.get(":sid") or one.get(":email") or "")))
    return found


def _created(entry: dict[str, Any]) -> HandedAt | None:
    value = entry.get(":created_at")
    told = moment(value, UTC) if isinstance(value, datetime) else read_time(str(value), UTC) if value else None
    return HandedAt(told, GRADESCOPE) if told is not None else None


def _beginning(file: Path) -> str:
    try:
        with file.open(encoding="utf-8", errors="replace") as stream:
            return stream.read(200)
    except OSError:
        return ""


def shown_time(at: float, zone: tzinfo | None = None) -> str:
    """Return a moment as people write it: 2026-11-20 23:59, in `zone` or this machine's."""
    try:
        return datetime.fromtimestamp(at, zone).strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return WORDS["impossible"]


def shown_span(seconds: float) -> str:
    """Return a span in its two largest units: 2 d 3 h, 40 min, 12 s."""
    span = timedelta(seconds=round(abs(seconds)))
    hours, rest = divmod(span.seconds, 3600)
    parts = [(span.days, "d"), (hours, "h"), (rest // 60, "min"), (rest % 60, "s")]
    first = next((index for index, (number, _) in enumerate(parts) if number), 3)
    return " ".join(f"{number} {unit}" for number, unit in parts[first : first + 2] if number or (unit == "s" and first == 3))

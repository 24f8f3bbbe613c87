"""Who should have handed something in: reads rosters as course sites export them, and finds their people among what was handed in."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from grader.contracts.errors import UsageError

from .times import ROSTER, HandedAt, read_time

# Columns that tell who it is, the surest first; a person may be called any of them.
_NAMES = ("student", "id", "identifier", "sid", "login", "username", "user", "sis login id", "sis user id")
_MORE_NAMES = ("email", "email address", "name", "full name")
_TIMES = ("last modified (submission)", "submission time", "submitted at", "handed in")
_NUMBER = re.compile(r"(?:Participant )?(\d+)")
_BEHIND = re.compile(r"_(\d+)$")  # as Moodle and Canvas append it to a name


@dataclass(frozen=True)
class Person:
    """Someone on the roster. `names`: everything they may be called, what to show first."""

    names: tuple[str, ...]
    number: str = ""  # that the course site appends to names
    handed: HandedAt | None = None

    def is_called(self, student: str) -> bool:
        """Return whether what was handed in under this name is theirs."""
        behind = _BEHIND.search(student)
        if self.number and behind:
            return behind[1] == self.number
        return any(student.casefold() == name.casefold() for name in self.names)


@dataclass(frozen=True)
class Roster:
    """Everyone, in the file's order. `unread`: a time that could not be understood, as an example."""

    people: tuple[Person, ...] = ()
    unread: str = ""

    def named(self, students: Iterable[str]) -> tuple[str, ...]:
        """Return everyone under the name that they handed in with, else the roster's."""
        known = list(dict.fromkeys(students))
        return tuple(dict.fromkeys(next((one for one in known if person.is_called(one)), person.names[0]) for person in self.people))

    def handed(self, student: str) -> HandedAt | None:
        """Return when a student handed in, where the roster says so."""
        return next((person.handed for person in self.people if person.handed and person.is_called(student)), None)


def same_person(student: str, name: str) -> bool:
    """Return whether a name or number on a list means this student, as an export calls them: with or without the number behind it."""
    if student.casefold() == name.casefold():
        return True
    number, behind = _NUMBER.fullmatch(name), _BEHIND.search(student)
    if behind is None:
        return False
    return number[1] == behind[1] if number else student[: behind.start()].casefold() == name.casefold()


def read_roster(file: Path, zone: tzinfo | None = None) -> Roster:
    """Return the people of a CSV: a plain list, or what Moodle, Canvas or Gradescope export. Times without an offset are of `zone`.

    Raises `UsageError` where the file cannot be read or names nobody.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The roster {file} cannot be read: {error}.", hint="A CSV in UTF-8 is expected, one student per row.") from error
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if any(cell.strip() for cell in row)]
    if not rows:
        raise UsageError(f"The roster {file} is empty.", hint="A CSV is expected, one student per row.")
    header = [cell.strip().lower() for cell in rows[0]]
    columns = [header.index(name) for name in (*_NAMES, *_MORE_NAMES) if name in header]
    body, columns = (rows[1:], columns) if columns else (rows, [0])
    timed = next((header.index(name) for name in _TIMES if name in header), None) if body is not rows else None
    people, unread = [], ""
    for row in body:
        cells = [cell.strip() for cell in row] + [""] * len(header)
        names = tuple(dict.fromkeys(cells[column] for column in columns if cells[column]))
        if not names or names[0] == "Points Possible":  # the second row of a Canvas gradebook
            continue
        told = cells[timed] if timed is not None else ""
        at = read_time(told, zone) if told not in ("", "-") else None
        unread = unread or (told if at is None and told != "-" else "")
        number = next(
            (found[1] for name in ("identifier", "id") if name in header and (found := _NUMBER.fullmatch(cells[header.index(name)]))), ""
        )
        people.append(Person(_shown_first(names, number, header, cells), number, HandedAt(at, ROSTER) if at is not None else None))
    first = [person.names[0] for person in people]
    twice = sorted({name for name in first if first.count(name) > 1})
    if twice:
        raise UsageError(f"The roster {file} names {', '.join(twice[:5])} more than once.", hint="Use a column that tells students apart.")
    return Roster(tuple(people), unread)


def _shown_first(names: tuple[str, ...], number: str, header: list[str], cells: list[str]) -> tuple[str, ...]:
    """Put what the export's folders are called first: Moodle's worksheet has name and number in two columns."""
    name = cells[header.index("full name")] if "identifier" in header and "full name" in header else ""
    return (f"{name}_{number}", *names) if name and number else names

"""Where an LMS's own export says who is who and where a mark goes: Canvas' gradebook, Moodle's grading worksheet."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from grader.contracts.errors import UsageError

from .sheet import Sheet

Lms = Literal["canvas", "moodle"]
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
_ASSIGNMENT = re.compile(r"(?P<title>.*) \((?P<id>\d+)\)", re.DOTALL)
_IDENTIFIER = re.compile(r"\D*(\d+)")  # Participant 123, Teilnehmer/in123
_CANVAS_IDS = ("ID", "SIS User ID", "SIS Login ID")  # the surest first
_CANVAS_NAMES = ("Student", "LastName", "FirstName")

# As Moodle's language packs call the columns; `--column` names any other.
_GRADE = {
    *("grade", "bewertung", "note", "calificación", "valutazione", "nota", "cijfer", "betyg", "karakter", "arvosana", "ocena", "hodnocení"),
    "оценка",
}
_FULL_NAME = {"full name", "vollständiger name", "nom complet", "nombre completo", "nome completo", "volledige naam", "cognome / nome"}


@dataclass(frozen=True)
class Layout:
    """The rows of students, and the columns that matter."""

    students: tuple[int, ...]  # rows
    ids: dict[str, dict[int, str]]  # what a column is called -> row -> what stands there
    names: tuple[int, ...]  # columns with parts of a name; none where the sheet is anonymous
    grade: int
    possible: dict[int, float]  # row -> points that the column is worth, where the sheet says it
    numbers_alone: bool  # whether a number without a name can be one of `ids`; Moodle's belong to the assignment, not to a person


def find_layout(sheet: Sheet, lms: Lms, wanted: Sequence[str], column: str | None) -> Layout:
    """Return where things are; the mark's column is `column`, else one that is called as `wanted` says (Canvas) or as Moodle calls it.

    Raises `UsageError` where that is not certain.
    """
    return _canvas(sheet, [column] if column else wanted) if lms == "canvas" else _moodle(sheet, column)


def number(text: str) -> float | None:
    """Return the number that a cell holds, with either decimal mark; None for anything else."""
    return float(text.strip().replace(",", ".")) if _NUMBER.fullmatch(text.strip()) else None


def decimal_mark(sheet: Sheet) -> str:
    """Return the mark that the sheet's own numbers have."""
    cells = [cell.text.strip() for row in sheet.rows for cell in row]
    marks = [mark for text in cells if _NUMBER.fullmatch(text) for mark in ".," if mark in text]
    return "," if marks.count(",") > marks.count(".") else "."


def _canvas(sheet: Sheet, wanted: Sequence[str]) -> Layout:
    header = sheet.header
    if "ID" not in header or not set(_CANVAS_NAMES) & set(header):
        raise UsageError(
            f"{sheet.name} is no export of Canvas' gradebook: there are no columns Student and ID.", hint="In Canvas: Grades, Export."
        )
    bodies = range(1, len(sheet.rows))
    worth = next((row for row in bodies if sheet.cell(row, 0).strip() == "Points Possible"), None)
    assignments = {}
    for place, name in enumerate(header):
        points = sheet.cell(worth, place).strip() if worth is not None else ""
        if (found := _ASSIGNMENT.fullmatch(name)) and (not points or number(points) is not None):
            assignments[place] = (name, found["title"].strip(), found["id"])
    called = {key_of(name) for name in wanted}
    fitting = [place for place, names in assignments.items() if called & {key_of(name) for name in names}]
    grade = _only(sheet, fitting, [names[0] for names in assignments.values()], wanted, "assignment")
    keys = {name: header.index(name) for name in _CANVAS_IDS if name in header}
    students = tuple(row for row in bodies if row != worth and any(sheet.cell(row, place).strip() for place in keys.values()))
    possible = number(sheet.cell(worth, grade)) if worth is not None else None
    return Layout(
        students=students,
        ids={name: {row: key_of(sheet.cell(row, place)) for row in students} for name, place in keys.items()},
        names=tuple(header.index(name) for name in _CANVAS_NAMES if name in header),
        grade=grade,
        possible={} if possible is None else dict.fromkeys(students, possible),
        numbers_alone=True,
    )


def _moodle(sheet: Sheet, column: str | None) -> Layout:
    header = sheet.header
    students = tuple(range(1, len(sheet.rows)))
    matches = ({row: _IDENTIFIER.fullmatch(sheet.cell(row, place).strip()) for row in students} for place in range(len(header)))
    keyed = [(name, {row: one[1] for row, one in found.items() if one}) for name, found in zip(header, matches, strict=True)]
    identifier, numbers = next(((name, keys) for name, keys in keyed if len(keys) == len(students)), ("", {}))
    if not numbers:
        raise UsageError(
            f"{sheet.name} is no grading worksheet of Moodle: no column holds identifiers such as 'Participant 123'.",
            hint="In Moodle's assignment, allow the offline grading worksheet among the feedback types, and download it.",
        )
    called = {key_of(column)} if column else _GRADE
    fitting = [place for place, name in enumerate(header) if key_of(name) in called]
    grade = _only(sheet, fitting, header, [column] if column else ["Grade"], "column")
    most = {row: number(sheet.cell(row, grade + 1)) for row in students}
    said = {row: value for row, value in most.items() if value is not None}
    return Layout(
        students=students,
        ids={identifier: numbers},
        names=tuple(place for place, name in enumerate(header) if key_of(name) in _FULL_NAME),
        grade=grade,
        # The column behind the mark is its maximum, whatever it is called: the same number in every row.
        possible=said if len(said) == len(students) and len(set(said.values())) == 1 else {},
        numbers_alone=False,
    )


def _only(sheet: Sheet, fitting: list[int], candidates: list[str], wanted: Sequence[str], what: str) -> int:
    if len(fitting) == 1:
        return fitting[0]
    listed = ", ".join(repr(name) for name in candidates) or "none"
    asked = " or ".join(repr(name) for name in wanted)
    if not fitting:
        raise UsageError(f"{sheet.name} has no {what} {asked}.", hint=f'Name one with --column "…". There are: {listed}.')
    several = ", ".join(repr(sheet.header[place]) for place in fitting)
    raise UsageError(f"{sheet.name} has several times {asked}: {several}.", hint=f"Name the {what} in full with --column.")


def key_of(text: str) -> str:
    """Return what tells keys and titles apart: neither capitals nor the way in which a machine writes an accent."""
    return unicodedata.normalize("NFC", text.strip()).casefold()

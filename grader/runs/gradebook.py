"""The marks of a class as a table: a row per student, points per exercise; who is on the roster and handed nothing in stays visible."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.contracts.errors import UsageError

from .reading import Mark, Reader, Row

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_STUDENT_COLUMNS = ("student", "id", "identifier", "login", "username", "user", "email", "name")


@dataclass(frozen=True)
class Cell:
    """What one student has in one exercise. `points` is None where there is no mark."""

    points: float | None
    max_points: float
    state: str  # a status, or unreadable, error, missing


@dataclass(frozen=True)
class Gradebook:
    """Students by name, exercises in the order of the course."""

    exercises: tuple[str, ...]
    rows: dict[str, dict[str, Cell]]

    def total(self, student: str) -> float:
        """Return the sum of a student's points."""
        return sum(cell.points or 0.0 for cell in self.rows[student].values())


def gradebook(store: Reader, order: Sequence[str], roster: Iterable[str] = ()) -> Gradebook:
    """Return the marks of a run; `order` are the exercises of the course, `roster` the students who should be there."""
    marks = {(mark.student, mark.exercise): mark for mark in store.marks()}
    rows = [row for row in store.rows() if row.state != "superseded"]
    exercises = tuple(name for name in order if any(row.exercise == name for row in rows))
    most = {mark.exercise: mark.report.max_points for mark in marks.values()}
    students = sorted({row.student for row in rows} | set(roster))
    by_student: dict[str, list[Row]] = {}
    for row in rows:
        by_student.setdefault(row.student, []).append(row)
    table = {
        student: {
            name: _cell(
                marks.get((student, name)),
                [row for row in by_student.get(student, []) if row.exercise in (name, None)],
                most.get(name, 0.0),
            )
            for name in exercises
        }
        for student in students
    }
    return Gradebook(exercises, table)


def _cell(mark: Mark | None, rows: list[Row], most: float) -> Cell:
    failed = next((row for row in rows if row.state in ("error", "unreadable")), None)
    if mark is not None and not any(row.exercise == mark.exercise and row.state == "error" for row in rows):
        return Cell(mark.report.points, mark.report.max_points, mark.report.status.value)
    return Cell(None, most, failed.state if failed else "missing")


def to_csv(book: Gradebook) -> str:
    """Return the table as CSV (RFC 4180): points and state per exercise, and a total. Cells that a spreadsheet would run are made text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["student", *(column for name in book.exercises for column in (name, f"{name} status")), "total"])
    for student, cells in book.rows.items():
        values = [value for cell in cells.values() for value in ("" if cell.points is None else f"{cell.points:g}", cell.state)]
        writer.writerow([harmless(student), *values, f"{book.total(student):g}"])
    return out.getvalue()


def harmless(text: str) -> str:
    """Return text that a spreadsheet shows instead of running it."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def read_roster(file: Path) -> tuple[str, ...]:
    """Return the students of a CSV: of the column named student, id, login … or of the first.

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
    column = next((header.index(name) for name in _STUDENT_COLUMNS if name in header), None)
    body, column = (rows, 0) if column is None else (rows[1:], column)
    students = [row[column].strip() for row in body if len(row) > column and row[column].strip()]
    twice = sorted({student for student in students if students.count(student) > 1})
    if twice:
        raise UsageError(f"The roster {file} names {', '.join(twice[:5])} more than once.", hint="Use a column that tells students apart.")
    return tuple(students)

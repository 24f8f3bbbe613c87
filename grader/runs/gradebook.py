"""The marks of a class as a table: a row per student, points per exercise; who is on the roster and handed nothing in stays visible."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grader.words import Table

from .policy import Policy, kept_policy
from .reading import Mark, Reader, Row
from .times import TOLD_BY

WORDS = Table("gradebook", {"by": "{why} (by {source})"})
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Cell:
    """What one student has in one exercise. `points` is what counts, None where there is no mark."""

    points: float | None
    max_points: float
    state: str  # a status, or unreadable, error, missing, waiting
    raw: float | None = None  # the mark itself, before the late policy
    late: str = ""  # why less than the mark counts, or how late it is


@dataclass(frozen=True)
class Gradebook:
    """Students by name, exercises in the order of the course. `policy`: marks may count for less than they are."""

    exercises: tuple[str, ...]
    rows: dict[str, dict[str, Cell]]
    policy: bool = False

    def total(self, student: str) -> float:
        """Return the sum of a student's points."""
        return sum(cell.points or 0.0 for cell in self.rows[student].values())

    def states(self, exercise: str) -> list[str]:
        """Return the state of each student in an exercise."""
        return [cells[exercise].state for cells in self.rows.values()]


def gradebook(
    store: Reader, order: Sequence[str], roster: Iterable[str] = (), policy: Policy | None = None, known: Sequence[Mark] | None = None
) -> Gradebook:
    """Return the marks of a run; `order` are the exercises of the course, `roster` the students who should be there.

    Without a policy, the run's own holds. `known`: its marks, where they were read already.
    """
    policy = policy or kept_policy(store)
    marks = {(mark.student, mark.exercise): mark for mark in (store.marks() if known is None else known)}
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
                policy,
            )
            for name in exercises
        }
        for student in students
    }
    return Gradebook(exercises, table, policy is not None)


def _cell(mark: Mark | None, rows: list[Row], most: float, policy: Policy | None) -> Cell:
    own = next((row for row in rows if mark is not None and row.id == mark.submission), None)
    if mark is not None and own is not None and own.state == "done":
        report = mark.report
        if policy is None:
            return Cell(report.points, report.max_points, report.status.value, report.points)
        settled = policy.settle(mark.student, mark.exercise, own.handed, report.points, report.max_points)
        why = WORDS["by"].format(why=settled.why, source=TOLD_BY.spoken(own.handed_by)) if settled.why else ""
        return Cell(settled.points, report.max_points, report.status.value, report.points, why)
    unsettled = next((row for row in rows if row.state in ("error", "unreadable", "waiting")), None)
    return Cell(None, most, unsettled.state if unsettled else "missing")


def to_csv(book: Gradebook) -> str:
    """Return the table as CSV (RFC 4180): points and state per exercise, and a total; under a policy the mark itself and why less counts.

    Cells that a spreadsheet would run are made text.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    more = ("mark", "late") if book.policy else ()
    writer.writerow(["student", *(" ".join((name, what)).strip() for name in book.exercises for what in ("", "status", *more)), "total"])
    for student, cells in book.rows.items():
        values = []
        for cell in cells.values():
            values += [_points(cell.points), cell.state, *((_points(cell.raw), harmless(cell.late)) if more else ())]
        writer.writerow([harmless(student), *values, f"{book.total(student):g}"])
    return out.getvalue()


def _points(points: float | None) -> str:
    return "" if points is None else f"{points:g}"


def harmless(text: str) -> str:
    """Return text that a spreadsheet shows instead of running it."""
    return f"'{text}" if text.startswith(_FORMULA) else text

"""Reads what a run knows: students, what they handed in, marks with their history, reports, evidence, events. Changes nothing.

Any number of readers may look at a run while it is being graded.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from grader.contracts.errors import UsageError
from grader.contracts.evidence import Evidence
from grader.contracts.report import Report
from grader.contracts.submission import Submission
from grader.fitting import with_file

from .packing import unpack
from .schema import SCHEMA_VERSION, connect, told, version_of
from .standing import Standing

DATABASE = "run.sqlite"


@dataclass(frozen=True)
class Row:
    """One file that was handed in: an attempt of a student at an exercise."""

    id: int
    student: str
    path: str
    attempt: int
    content: str
    exercise: str | None  # None: it could not be read
    file: str | None
    state: str  # waiting, done, unreadable, error, superseded (by a later attempt)
    message: str
    evidence: str | None
    handed: float | None  # seconds since 1970; None: nothing tells
    handed_by: str  # what tells
    marked_late: bool  # by the export itself


@dataclass(frozen=True)
class Mark:
    """A mark of one submission, and the report that explains it; of its JSON only what is asked for is read."""

    submission: int
    student: str
    exercise: str
    made: float  # seconds since 1970
    why: str  # one sentence
    by_hand: bool  # a human's decision, not only the rubric's
    grader: str  # version
    written: str = field(repr=False)  # the report, as JSON

    @cached_property
    def report(self) -> Report:
        """The report."""
        return Report.model_validate_json(self.written)

    @cached_property
    def standing(self) -> Standing:
        """What of the report makes the mark."""
        return Standing.model_validate_json(self.written)


@dataclass(frozen=True)
class Event:
    """Something that happened to the run or to one of its submissions."""

    made: float
    kind: str
    submission: int | None
    text: str


@dataclass(frozen=True)
class Decision:
    """A human's decision about one criterion."""

    criterion: str
    points: float
    why: str
    made: float
    by: str


class Reader(AbstractContextManager["Reader"]):
    """What a run knows. Safe to use from several threads.

    Raises `UsageError` for a folder that is no run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.RLock()
        file = require_run(folder)
        with told(file):
            self._db = connect(file)
            try:
                _require_today(self._db, file)
                self._db.execute("PRAGMA query_only = ON")
            except BaseException:
                self._db.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the database."""
        with self._lock:
            self._db.close()

    def _rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with self._lock, told(self.folder):
            return self._db.execute(sql, values).fetchall()

    def _unpacked(self, packed: bytes | str, pictures: bool) -> str:
        with self._lock, told(self.folder):
            return unpack(self._db, packed, pictures=pictures)

    def _mark(self, row: sqlite3.Row, pictures: bool) -> Mark:
        return Mark(
            submission=row["submission"],
            student=row["student"],
            exercise=row["exercise"],
            made=row["made"],
            why=row["why"],
            by_hand=bool(row["by_hand"]),
            grader=row["grader"],
            written=self._unpacked(row["report"], pictures),
        )

    # What the run is about

    def about(self, key: str) -> str | None:
        """Return a fact about the run."""
        rows = self._rows("SELECT value FROM about WHERE key = ?", key)
        return str(rows[0]["value"]) if rows else None

    def roster(self) -> tuple[str, ...]:
        """Return who should have handed something in, as the run was told."""
        return tuple(json.loads(self.about("roster") or "[]"))

    def events(self) -> list[Event]:
        """Return what happened, oldest first."""
        return [Event(row["made"], row["kind"], row["submission"], row["text"]) for row in self._rows("SELECT * FROM events ORDER BY id")]

    # Who handed in what

    def students(self) -> list[str]:
        """Return everyone who handed something in or is on the roster, by name."""
        return sorted({row.student for row in self.rows()} | set(self.roster()))

    def rows(self, student: str | None = None) -> list[Row]:
        """Return what is handed in now (of one student), by student and attempt; earlier attempts included, replaced files not."""
        rows = self._rows(
            "SELECT * FROM submissions WHERE NOT gone AND coalesce(student = ?, 1) ORDER BY student, exercise, attempt, handed, path",
            student,
        )
        return [as_row(row) for row in rows]

    def submission(self, id_: int) -> Submission | None:
        """Return what was read of a file; None where it was not graded."""
        value = self._rows("SELECT submission FROM submissions WHERE id = ?", id_)[0]["submission"]
        return Submission.model_validate_json(value) if value else None

    # What was measured

    def evidence(self, key: str | None, file: str | None = None, *, pictures: bool = True) -> Evidence | None:
        """Return what was measured under this key, which is a row's `evidence`; `pictures`: with them, not only named.

        Equal submissions share evidence, which is nobody's; with `file`, its places name this one; `fitted` sets the lines.
        """
        rows = self._rows("SELECT value FROM evidence WHERE key = ?", key)
        if not rows:
            return None
        text = self._unpacked(rows[0]["value"], pictures)
        return Evidence.model_validate_json(text if file is None else with_file(text, file))

    def saved(self) -> tuple[int, int, float]:
        """Return how many trainings were made, how many were spared, and the seconds that these would have taken."""
        row = self._rows(
            "SELECT count(*) AS made, coalesce(sum(uses), 0) AS spared, coalesce(sum(uses * seconds), 0) AS seconds FROM trainings"
        )[0]
        return int(row["made"]), int(row["spared"]), float(row["seconds"])

    # How it was judged

    def marks(self, *, pictures: bool = False) -> list[Mark]:
        """Return the newest mark of each submission that counts, by student and exercise; `pictures`: with those of the reports."""
        rows = self._rows(
            "SELECT m.*, s.student, s.exercise FROM marks m JOIN submissions s ON s.id = m.submission"
            " WHERE NOT s.gone AND s.state <> 'superseded' AND m.id = (SELECT max(id) FROM marks WHERE submission = s.id)"
            " ORDER BY s.student, s.exercise"
        )
        return [self._mark(row, pictures) for row in rows]

    def history(self, submission: int, *, pictures: bool = False) -> list[Mark]:
        """Return every mark that a submission ever had, oldest first."""
        rows = self._rows(
            "SELECT m.*, s.student, s.exercise FROM marks m JOIN submissions s ON s.id = m.submission WHERE s.id = ? ORDER BY m.id",
            submission,
        )
        return [self._mark(row, pictures) for row in rows]

    def rubric(self, report: Report) -> str | None:
        """Return the text of the rubric that a report was judged by."""
        rows = self._rows("SELECT text FROM rubrics WHERE (rubric, protocol) = (?, ?)", report.rubric_digest, report.protocol_digest)
        return str(rows[0]["text"]) if rows else None

    def decisions(self, student: str, exercise: str) -> list[Decision]:
        """Return every human's decision about a student's work, oldest first; of two about one criterion the newer counts."""
        rows = self._rows("SELECT * FROM overrides WHERE (student, exercise) = (?, ?) ORDER BY id", student, exercise)
        return [Decision(row["criterion"], row["points"], row["why"], row["made"], row["decided_by"]) for row in rows]

    def overrides(self, student: str, exercise: str) -> dict[str, tuple[float, str]]:
        """Return the decision that counts for each criterion: points and why."""
        return {one.criterion: (one.points, one.why) for one in self.decisions(student, exercise)}


def require_run(folder: Path) -> Path:
    """Return the database of a run. Raises `UsageError` where there is none."""
    file = folder / DATABASE
    if not file.is_file():
        raise UsageError(f"{folder} is no run.", hint=f"`grader grade SUBMISSIONS --run {folder}` makes one.")
    return file


def _require_today(db: sqlite3.Connection, file: Path) -> None:
    if version_of(db, file) < SCHEMA_VERSION:
        raise UsageError(f"{file} was written by an older grader.", hint="What writes to it, as `grader grade`, brings it up to date.")


def as_row(row: sqlite3.Row) -> Row:
    """Return a row of the table as data."""
    return Row(**{**{name: row[name] for name in Row.__dataclass_fields__}, "marked_late": bool(row["marked_late"])})

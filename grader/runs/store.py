"""What a run knows, in one SQLite file: who handed in what, what was measured, how it was judged, when and why."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from filelock import FileLock, Timeout

from grader import __version__
from grader.contracts.errors import GraderError, UsageError
from grader.contracts.evidence import Evidence, TrainingFacts
from grader.contracts.report import Report
from grader.contracts.submission import Submission

SCHEMA_VERSION = 1
_SCHEMA = (
    "CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    # One row per file that was handed in. `content` is the digest of its bytes: a changed file is a new row, and the old one stays.
    """CREATE TABLE submissions (
        id INTEGER PRIMARY KEY, student TEXT NOT NULL, path TEXT NOT NULL, attempt INTEGER NOT NULL, content TEXT NOT NULL,
        exercise TEXT, file TEXT, submission TEXT,
        state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'unreadable', 'error', 'superseded')),
        message TEXT NOT NULL DEFAULT '', evidence TEXT REFERENCES evidence (key), added REAL NOT NULL, gone INTEGER NOT NULL DEFAULT 0,
        UNIQUE (student, path, content))""",
    # What was measured, by what decides it: equal submissions share a row.
    "CREATE TABLE evidence (key TEXT PRIMARY KEY, value TEXT NOT NULL, made REAL NOT NULL)",
    # What a training showed, by what decides it, and how often it was asked for again.
    "CREATE TABLE trainings (digest TEXT PRIMARY KEY, value TEXT NOT NULL, seconds REAL NOT NULL, uses INTEGER NOT NULL DEFAULT 0)",
    # Every mark that a submission ever had: the newest counts.
    """CREATE TABLE marks (
        id INTEGER PRIMARY KEY, submission INTEGER NOT NULL REFERENCES submissions (id), made REAL NOT NULL, why TEXT NOT NULL,
        rubric TEXT NOT NULL, grader TEXT NOT NULL,
        status TEXT NOT NULL, points REAL NOT NULL, max_points REAL NOT NULL, report TEXT NOT NULL)""",
    "CREATE INDEX marks_of ON marks (submission, id)",
    # A human's decisions: they outlive every rubric.
    """CREATE TABLE overrides (
        id INTEGER PRIMARY KEY, student TEXT NOT NULL, exercise TEXT NOT NULL, criterion TEXT NOT NULL,
        points REAL NOT NULL, why TEXT NOT NULL, made REAL NOT NULL)""",
    "CREATE TABLE events (id INTEGER PRIMARY KEY, made REAL NOT NULL, kind TEXT NOT NULL, submission INTEGER, text TEXT NOT NULL)",
)


@dataclass(frozen=True)
class Row:
    """One file that was handed in."""

    id: int
    student: str
    path: str
    attempt: int
    content: str
    exercise: str | None
    file: str | None
    state: str
    message: str
    evidence: str | None


@dataclass(frozen=True)
class Mark:
    """The newest mark of one submission, and the report that explains it."""

    submission: int
    student: str
    exercise: str
    made: float
    why: str
    report: Report


class Store(AbstractContextManager["Store"]):
    """The database of one run. Safe to use from several threads; a second process is turned away."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        self.folder = folder
        file = folder / "run.sqlite"
        if not create and not file.is_file():
            raise UsageError(f"{folder} is no run.", hint=f"`grader grade SUBMISSIONS --run {folder}` makes one.")
        folder.mkdir(parents=True, exist_ok=True)
        self._file_lock = FileLock(folder / "run.lock")
        try:
            self._file_lock.acquire(timeout=0)
        except Timeout as error:
            raise UsageError(
                f"Another grader is working on {folder}.", hint="Wait until it is done, or end it: nothing that it finished is lost."
            ) from error
        self._lock = threading.RLock()
        try:
            with _told(file):
                self._db = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
                self._db.row_factory = sqlite3.Row
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = FULL")
                self._db.execute("PRAGMA foreign_keys = ON")
                self._open(file)
        except BaseException:
            self._file_lock.release()
            raise

    def _open(self, file: Path) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            with self.transaction():
                for statement in _SCHEMA:
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        elif version > SCHEMA_VERSION:
            raise UsageError(f"{file} was written by a newer grader.", hint="Use that one, or begin a new run.")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the database; everything finished was committed before."""
        with self._lock:
            self._db.close()
            self._file_lock.release()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing, whatever happens."""
        with self._lock, _told(self.folder):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with self._lock, _told(self.folder):
            return self._db.execute(sql, values).fetchall()

    # What the run is about

    def about(self, key: str) -> str | None:
        """Return a fact about the run."""
        rows = self._rows("SELECT value FROM about WHERE key = ?", key)
        return str(rows[0]["value"]) if rows else None

    def note(self, key: str, value: str) -> None:
        """Set a fact about the run."""
        with self.transaction() as db:
            db.execute("INSERT INTO about VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value))

    def event(self, kind: str, text: str, submission: int | None = None) -> None:
        """Remember that something happened."""
        with self.transaction() as db:
            db.execute("INSERT INTO events (made, kind, submission, text) VALUES (?, ?, ?, ?)", (time.time(), kind, submission, text))

    # Who handed in what

    def add(self, student: str, path: str, attempt: int, content: str) -> Row:
        """Return the row of a file, new where its content was not seen before."""
        with self.transaction() as db:
            db.execute(
                "INSERT INTO submissions (student, path, attempt, content, state, added) VALUES (?, ?, ?, ?, 'waiting', ?)"
                " ON CONFLICT (student, path, content) DO UPDATE SET gone = 0, attempt = excluded.attempt",
                (student, path, attempt, content, time.time()),
            )
        return self._row("SELECT * FROM submissions WHERE (student, path, content) = (?, ?, ?)", student, path, content)

    def only(self, ids: set[int]) -> None:
        """Mark everything else as no longer handed in: replaced or taken back, but not forgotten."""
        with self.transaction() as db:
            db.execute("UPDATE submissions SET gone = 1")
            db.executemany("UPDATE submissions SET gone = 0 WHERE id = ?", [(id_,) for id_ in ids])

    def rows(self) -> list[Row]:
        """Return what is handed in now, by student."""
        return [_row(row) for row in self._rows("SELECT * FROM submissions WHERE NOT gone ORDER BY student, attempt, path")]

    def _row(self, sql: str, *values: Any) -> Row:
        return _row(self._rows(sql, *values)[0])

    def submission(self, id_: int) -> Submission | None:
        """Return what was read of a file."""
        value = self._rows("SELECT submission FROM submissions WHERE id = ?", id_)[0]["submission"]
        return Submission.model_validate_json(value) if value else None

    # What was measured

    def evidence(self, key: str) -> Evidence | None:
        """Return what was measured under this key."""
        rows = self._rows("SELECT value FROM evidence WHERE key = ?", key)
        return Evidence.model_validate_json(rows[0]["value"]) if rows else None

    def training(self, digest: str) -> TrainingFacts | None:
        """Return what this training showed, and count that it was asked for."""
        with self.transaction() as db:
            db.execute("UPDATE trainings SET uses = uses + 1 WHERE digest = ?", (digest,))
            row = db.execute("SELECT value FROM trainings WHERE digest = ?", (digest,)).fetchone()
        return TrainingFacts.model_validate_json(row["value"]) if row else None

    def keep_training(self, digest: str, facts: TrainingFacts, seconds: float) -> None:
        """Keep what a training showed."""
        with self.transaction() as db:
            db.execute(
                "INSERT OR IGNORE INTO trainings (digest, value, seconds) VALUES (?, ?, ?)", (digest, facts.model_dump_json(), seconds)
            )

    def saved(self) -> tuple[int, int, float]:
        """Return how many trainings were made, how many were spared, and the seconds that these would have taken."""
        row = self._rows(
            "SELECT count(*) AS made, coalesce(sum(uses), 0) AS spared, coalesce(sum(uses * seconds), 0) AS seconds FROM trainings"
        )[0]
        return int(row["made"]), int(row["spared"]), float(row["seconds"])

    # How it was judged

    def finish(self, row: Row, submission: Submission, key: str, evidence: Evidence, report: Report, why: str) -> None:
        """Keep the outcome of one submission, in one step."""
        with self.transaction() as db:
            db.execute("INSERT OR IGNORE INTO evidence VALUES (?, ?, ?)", (key, evidence.model_dump_json(), time.time()))
            db.execute(
                "UPDATE submissions SET state = 'done', message = '', exercise = ?, file = ?, submission = ?, evidence = ? WHERE id = ?",
                (submission.exercise, submission.file, submission.model_dump_json(), key, row.id),
            )
            _mark(db, row.id, report, why)

    def judge_again(self, marks: list[tuple[int, Report]], why: str) -> None:
        """Give new marks, all or none; the old ones stay in the history."""
        with self.transaction() as db:
            for id_, report in marks:
                _mark(db, id_, report, why)

    def settle(self, row: Row, state: str, message: str, exercise: str | None = None) -> None:
        """Keep that there is no mark, and why: 'unreadable', 'superseded' by a later attempt, or an 'error' of the grader."""
        with self.transaction() as db:
            db.execute(
                "UPDATE submissions SET state = ?, message = ?, exercise = coalesce(?, exercise) WHERE id = ?",
                (state, message, exercise, row.id),
            )
            db.execute("INSERT INTO events (made, kind, submission, text) VALUES (?, ?, ?, ?)", (time.time(), state, row.id, message))

    def marks(self) -> list[Mark]:
        """Return the newest mark of each submission that is handed in now and has one."""
        rows = self._rows(
            "SELECT m.*, s.student, s.exercise FROM marks m JOIN submissions s ON s.id = m.submission"
            " WHERE NOT s.gone AND m.id = (SELECT max(id) FROM marks WHERE submission = s.id) ORDER BY s.student, s.exercise"
        )
        return [_as_mark(row) for row in rows]

    def history(self, submission: int) -> list[Mark]:
        """Return every mark that a submission ever had, oldest first."""
        rows = self._rows(
            "SELECT m.*, s.student, s.exercise FROM marks m JOIN submissions s ON s.id = m.submission WHERE s.id = ? ORDER BY m.id",
            submission,
        )
        return [_as_mark(row) for row in rows]

    def forget(self, student: str) -> int:
        """Remove everything about a student that no one else shares; return how many submissions that were."""
        with self.transaction() as db:
            ids = [row["id"] for row in db.execute("SELECT id FROM submissions WHERE student = ?", (student,))]
            for table, column in (("marks", "submission"), ("events", "submission"), ("submissions", "id")):
                db.executemany(f"DELETE FROM {table} WHERE {column} = ?", [(id_,) for id_ in ids])  # noqa: S608 - names of ours
            db.execute("DELETE FROM overrides WHERE student = ?", (student,))
            db.execute("DELETE FROM evidence WHERE key NOT IN (SELECT evidence FROM submissions WHERE evidence IS NOT NULL)")
        with self._lock:
            self._db.execute("VACUUM")  # what was removed is not to stay readable in the file
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return len(ids)

    def override(self, student: str, exercise: str, criterion: str, points: float, why: str) -> None:
        """Keep a human's decision about one criterion."""
        with self.transaction() as db:
            db.execute(
                "INSERT INTO overrides (student, exercise, criterion, points, why, made) VALUES (?, ?, ?, ?, ?, ?)",
                (student, exercise, criterion, points, why, time.time()),
            )

    def overrides(self, student: str, exercise: str) -> dict[str, tuple[float, str]]:
        """Return the newest decision about each criterion: points and why."""
        rows = self._rows("SELECT criterion, points, why FROM overrides WHERE (student, exercise) = (?, ?) ORDER BY id", student, exercise)
        return {row["criterion"]: (row["points"], row["why"]) for row in rows}


class SharedTrainings:
    """What remembers trainings for all workers of a run, and makes each only once even if two need it at the same moment."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._guard = threading.Lock()
        self._under_way: dict[str, threading.Lock] = {}

    def __call__(self, digest: str, train: Callable[[], TrainingFacts]) -> TrainingFacts:
        """Return what the training of this digest showed, or make it."""
        with self._guard:
            mine = self._under_way.setdefault(digest, threading.Lock())
        with mine:
            known = self._store.training(digest)
            if known is None:
                start = time.perf_counter()
                known = train()
                self._store.keep_training(digest, known, time.perf_counter() - start)
            return known


def content_of(path: Path) -> str:
    """Return the digest of a file's bytes, or of the names and bytes below a folder. Raises OSError."""
    found = hashlib.sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            found.update(json.dumps([str(file.relative_to(path)), file.stat().st_size]).encode())
            with file.open("rb") as stream:
                while block := stream.read(1 << 20):
                    found.update(block)
    return found.hexdigest()


@contextmanager
def _told(place: Path) -> Iterator[None]:
    """Say what is wrong with the database in words."""
    try:
        yield
    except sqlite3.Error as error:
        full = "full" in str(error)
        hint = (
            "Free some space and run the same command again: it continues." if full else "Is the disk in order? What was finished is kept."
        )
        raise GraderError(f"The run's database in {place} cannot be written: {error}.", hint=hint) from error


def _mark(db: sqlite3.Connection, submission: int, report: Report, why: str) -> None:
    db.execute(
        "INSERT INTO marks (submission, made, why, rubric, grader, status, points, max_points, report) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            submission,
            time.time(),
            why,
            report.rubric_digest,
            __version__,
            report.status.value,
            report.points,
            report.max_points,
            report.model_dump_json(),
        ),
    )


def _row(row: sqlite3.Row) -> Row:
    return Row(**{name: row[name] for name in Row.__dataclass_fields__})


def _as_mark(row: sqlite3.Row) -> Mark:
    return Mark(
        submission=row["submission"],
        student=row["student"],
        exercise=row["exercise"],
        made=row["made"],
        why=row["why"],
        report=Report.model_validate_json(row["report"]),
    )

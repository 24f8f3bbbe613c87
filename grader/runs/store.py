"""What a run knows, in one SQLite file: writes who handed in what, what was measured, how it was judged, when and why."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from grader import __version__
from grader.contracts.errors import UsageError
from grader.contracts.evidence import Evidence
from grader.contracts.report import Report
from grader.contracts.submission import Submission
from grader.contracts.training_facts import TrainingFacts
from grader.fitting import nobodys

from .collect import Handed
from .packing import drop_unused, pack, unpack
from .policy import KEPT as POLICY
from .reading import DATABASE, Reader, Row, as_row, require_run
from .rubrics import KEPT as RUBRICS
from .schema import SCHEMA_VERSION, connect, migrate, told, version_of


class Store(Reader):
    """The database of one run, to be written to. Safe to use from several threads; a second process that writes is turned away."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        file = folder / DATABASE if create else require_run(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self._file_lock = FileLock(folder / "run.lock")
        try:
            self._file_lock.acquire(timeout=0)
        except Timeout as error:
            raise UsageError(
                f"Another grader is working on {folder}.", hint="Wait until it is done, or end it: nothing that it finished is lost."
            ) from error
        try:
            with told(file):
                _up_to_date(file)
            super().__init__(folder)
            with told(file):
                self._db.execute("PRAGMA query_only = OFF")
                self._db.execute("PRAGMA synchronous = FULL")
        except BaseException:
            self._file_lock.release()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the database; everything finished was committed before."""
        super().__exit__(kind, error, trace)
        self._file_lock.release()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing, whatever happens."""
        with self._lock, told(self.folder):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # a full disk may have ended it already
                    self._db.execute("ROLLBACK")
                raise

    def note(self, key: str, value: str) -> None:
        """Set a fact about the run."""
        with self.transaction() as db:
            db.execute("INSERT INTO about VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value))

    def event(self, kind: str, text: str, submission: int | None = None) -> None:
        """Remember that something happened."""
        with self.transaction() as db:
            db.execute("INSERT INTO events (made, kind, submission, text) VALUES (?, ?, ?, ?)", (time.time(), kind, submission, text))

    def keep_policy(self, text: str) -> None:
        """Set what a late submission costs: the text of a policy file."""
        if self.about(POLICY) != text:
            self.note(POLICY, text)
            self.event("policy", "another policy holds from now on")

    def keep_rubrics(self, folder: Path | None) -> None:
        """Set the folder of rubrics that the run is judged by from now on."""
        value = str(folder.resolve()) if folder else ""
        if (self.about(RUBRICS) or "") != value:
            self.note(RUBRICS, value)
            self.event("rubrics", f"judged by {value or 'the own rubrics of the grader'} from now on")

    def keep_rubric(self, rubric: str, protocol: str, file: Path) -> None:
        """Keep the text of a rubric that marks are given by, under its digests."""
        with self.transaction() as db:
            db.execute("INSERT OR IGNORE INTO rubrics VALUES (?, ?, ?)", (rubric, protocol, file.read_text(encoding="utf-8")))

    # Who handed in what

    def add(self, one: Handed) -> Row:
        """Return the row of a file, new where its content was not seen before. Raises OSError where it cannot be read."""
        content = content_of(one.path)
        at, told_by = (one.handed.at, one.handed.told_by) if one.handed else (None, "")
        with self.transaction() as db:
            db.execute(
                "INSERT INTO submissions (student, path, attempt, content, state, added, handed, handed_by, marked_late)"
                " VALUES (?, ?, ?, ?, 'waiting', ?, ?, ?, ?) ON CONFLICT (student, path, content) DO UPDATE SET gone = 0,"
                " attempt = excluded.attempt, handed = excluded.handed, handed_by = excluded.handed_by, marked_late = excluded.marked_late",
                (one.student, str(one.path), one.attempt, content, time.time(), at, told_by, one.marked_late),
            )
        found = self._rows("SELECT * FROM submissions WHERE (student, path, content) = (?, ?, ?)", one.student, str(one.path), content)
        return as_row(found[0])

    def only(self, ids: set[int]) -> None:
        """Mark everything else as no longer handed in: replaced or taken back, but not forgotten."""
        with self.transaction() as db:
            db.execute("UPDATE submissions SET gone = 1")
            db.executemany("UPDATE submissions SET gone = 0 WHERE id = ?", [(id_,) for id_ in ids])

    # What was measured

    def training(self, digest: str) -> TrainingFacts | None:
        """Return what this training showed, and count that it was asked for."""
        with self.transaction() as db:
            db.execute("UPDATE trainings SET uses = uses + 1 WHERE digest = ?", (digest,))
            row = db.execute("SELECT value FROM trainings WHERE digest = ?", (digest,)).fetchone()
            text = unpack(db, row["value"], pictures=True) if row else ""
        return TrainingFacts.model_validate_json(text) if row else None

    def keep_training(self, digest: str, facts: TrainingFacts, seconds: float) -> None:
        """Keep what a training showed."""
        with self.transaction() as db:
            db.execute("INSERT OR IGNORE INTO trainings (digest, value, seconds) VALUES (?, ?, ?)", (digest, pack(db, facts), seconds))

    # How it was judged

    def finish(self, row: Row, submission: Submission, key: str, evidence: Evidence, report: Report, why: str) -> None:
        """Keep the outcome of one submission, in one step."""
        with self.transaction() as db:
            if not db.execute("SELECT 1 FROM evidence WHERE key = ?", (key,)).fetchone():
                db.execute("INSERT INTO evidence VALUES (?, ?, ?)", (key, pack(db, nobodys(evidence)), time.time()))
            db.execute(
                "UPDATE submissions SET state = 'done', message = '', exercise = ?, file = ?, submission = ?, evidence = ? WHERE id = ?",
                (submission.exercise, submission.file, submission.model_dump_json(), key, row.id),
            )
            _mark(db, row.id, report, why)

    def judge_again(self, marks: list[tuple[int, Report]], why: str, *, by_hand: bool = False) -> None:
        """Give new marks, all or none; the old ones stay in the history."""
        with self.transaction() as db:
            for id_, report in marks:
                _mark(db, id_, report, why, by_hand)

    def settle(self, row: Row, state: str, message: str, exercise: str | None = None) -> None:
        """Keep that there is no mark, and why: 'unreadable', 'superseded' by another attempt, an 'error' of the grader, or 'waiting'."""
        if (row.state, row.message, row.exercise) == (state, message, exercise or row.exercise):
            return
        with self.transaction() as db:
            db.execute(
                "UPDATE submissions SET state = ?, message = ?, exercise = coalesce(?, exercise) WHERE id = ?",
                (state, message, exercise, row.id),
            )
            if message:
                db.execute("INSERT INTO events (made, kind, submission, text) VALUES (?, ?, ?, ?)", (time.time(), state, row.id, message))

    def forget(self, student: str) -> int:
        """Remove everything about a student that no one else shares; return how many submissions that were."""
        with self.transaction() as db:
            ids = [row["id"] for row in db.execute("SELECT id FROM submissions WHERE student = ?", (student,))]
            for table, column in (("marks", "submission"), ("events", "submission"), ("submissions", "id")):
                db.executemany(f"DELETE FROM {table} WHERE {column} = ?", [(id_,) for id_ in ids])  # noqa: S608 - names of ours
            db.execute("DELETE FROM overrides WHERE student = ?", (student,))
            db.execute("DELETE FROM evidence WHERE key NOT IN (SELECT evidence FROM submissions WHERE evidence IS NOT NULL)")
            drop_unused(db)
        with self._lock:
            self._db.execute("VACUUM")  # what was removed is not to stay readable in the file
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return len(ids)

    def override(self, student: str, exercise: str, criterion: str, points: float, why: str, by: str = "") -> None:
        """Keep a human's decision about one criterion."""
        with self.transaction() as db:
            db.execute(
                "INSERT INTO overrides (student, exercise, criterion, points, why, made, decided_by) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (student, exercise, criterion, points, why, time.time(), by),
            )


def _up_to_date(file: Path) -> None:
    """Make the tables that are not there yet, all at once."""
    db = connect(file)
    try:
        version = version_of(db, file)
        db.execute("PRAGMA journal_mode = WAL")
        if version < SCHEMA_VERSION:
            db.execute("BEGIN IMMEDIATE")
            migrate(db, version)
            db.execute("COMMIT")
    finally:
        db.close()


def content_of(path: Path) -> str:
    """Return the digest of a file's bytes, or of the names and bytes below a folder; of a link, where it leads. Raises OSError."""
    found = hashlib.sha256()
    if path.is_symlink():
        return hashlib.sha256(str(path.readlink()).encode(errors="surrogateescape")).hexdigest()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            found.update(json.dumps([str(file.relative_to(path)), file.stat().st_size]).encode())
            with file.open("rb") as stream:
                while block := stream.read(1 << 20):
                    found.update(block)
    return found.hexdigest()


def _mark(db: sqlite3.Connection, submission: int, report: Report, why: str, by_hand: bool = False) -> None:
    db.execute(
        "INSERT INTO marks (submission, made, why, by_hand, rubric, grader, status, points, max_points, report)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            submission,
            time.time(),
            why,
            by_hand,
            report.rubric_digest,
            __version__,
            report.status.value,
            report.points,
            report.max_points,
            pack(db, report),
        ),
    )

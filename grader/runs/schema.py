"""The tables of a run, and how a run that an older grader wrote is brought up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.contracts.errors import GraderError, UsageError

_TABLES = (
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

# What each version added; a run is brought from its own version to the newest by the statements of those in between.
_VERSIONS: tuple[tuple[str, ...], ...] = (
    _TABLES,
    (
        # When it was handed in (seconds since 1970) and how that is known; by hand: decided by a human, not by a rubric.
        "ALTER TABLE submissions ADD COLUMN handed REAL",
        "ALTER TABLE submissions ADD COLUMN handed_by TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE marks ADD COLUMN by_hand INTEGER NOT NULL DEFAULT 0",
        "UPDATE marks SET by_hand = why LIKE 'decided by hand%'",
    ),
    (
        # Marked as late by the export itself, whatever its times say.
        "ALTER TABLE submissions ADD COLUMN marked_late INTEGER NOT NULL DEFAULT 0",
        # Pictures of evidence, trainings and reports, each once: the texts there name them by their digest.
        "CREATE TABLE pictures (digest TEXT PRIMARY KEY, png TEXT NOT NULL)",
    ),
    (
        # Who decided, and the text of every rubric that marks were given by.
        "ALTER TABLE overrides ADD COLUMN decided_by TEXT NOT NULL DEFAULT ''",
        "CREATE TABLE rubrics (rubric TEXT NOT NULL, protocol TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (rubric, protocol))",
    ),
)
SCHEMA_VERSION = len(_VERSIONS)


def connect(file: Path) -> sqlite3.Connection:
    """Return a connection to the database of a run, which may be used from several threads, one at a time."""
    db = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA foreign_keys = ON")
    return db


def version_of(db: sqlite3.Connection, file: Path) -> int:
    """Return the version that a database has. Raises `UsageError` for one from the future."""
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > SCHEMA_VERSION:
        raise UsageError(f"{file} was written by a newer grader.", hint="Use that one, or begin a new run.")
    return version


def migrate(db: sqlite3.Connection, version: int) -> None:
    """Bring a database up to date, inside the transaction that is open."""
    for statements in _VERSIONS[version:]:
        for statement in statements:
            db.execute(statement)
    db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


@contextmanager
def told(place: Path) -> Iterator[None]:
    """Say what is wrong with the database in words."""
    try:
        yield
    except sqlite3.Error as error:
        full = "full" in str(error)
        hint = (
            "Free some space and run the same command again: it continues." if full else "Is the disk in order? What was finished is kept."
        )
        raise GraderError(f"The run's database in {place} cannot be written: {error}.", hint=hint) from error

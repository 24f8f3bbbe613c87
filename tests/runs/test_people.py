"""Rosters of every origin name the same people as the exports do, and tell when they handed in."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from grader.contracts.errors import UsageError
from grader.runs.people import read_roster
from grader.runs.times import read_time, shown_span

MOODLE = """\ufeffIdentifier,"Full name","Email address",Status,Grade,"Last modified (submission)","Last modified (grade)"
"Participant 1234","Ana Lúcia",ana@example.org,"Submitted for grading",,"Friday, 20 November 2026, 11:30 PM",-
"Participant 77","Zoe Ω",zoe@example.org,"No submission",,-,-
"""
CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Week 1 (5)
    Points Possible,,,,,10
"Doe, Jane",12345,991,jdoe,1,
"Roe, Rick",222,12345,rroe,1,
"""


def roster(tmp_path: Path, text: str) -> Path:
    (tmp_path / "roster.csv").write_text(text, encoding="utf-8")
    return tmp_path / "roster.csv"


@pytest.mark.parametrize(
    ("text", "handed_in", "expected"),
    [
        ("student,name\nalice,Alice A.\nbob,\n", [], ("alice", "bob")),
        ("student,name\nalice,Alice A.\nbob,\n", ["ALICE A."], ("ALICE A.", "bob")),
        ("\ufeffName;x\n", [], ("Name;x",)),
        ("name,login\n\nAlice,aa1\n,\n", ["Alice"], ("Alice",)),
        ("alice\nbob\n", ["bob"], ("alice", "bob")),
        (MOODLE, ["Ana Lúcia_1234", "Eve_7"], ("Ana Lúcia_1234", "Zoe Ω_77")),
        (CANVAS, ["doejane_12345", "roerick_222"], ("doejane_12345", "roerick_222")),  # a number of one is another's elsewhere
    ],
)
def test_a_roster_names_the_students_as_they_handed_in(tmp_path: Path, text: str, handed_in: list[str], expected: tuple[str, ...]) -> None:
    assert read_roster(roster(tmp_path, text)).named(handed_in) == expected


def test_a_worksheet_tells_when(tmp_path: Path) -> None:
    people = read_roster(roster(tmp_path, MOODLE), ZoneInfo("Europe/Berlin"))
    told = people.handed("Ana Lúcia_1234")
    assert told is not None
    assert (told.at, told.told_by) == (read_time("2026-11-20T22:30:00Z"), "the roster")
    assert people.handed("Zoe Ω_77") is None
    assert people.unread == ""


def test_a_time_that_cannot_be_understood_is_told(tmp_path: Path) -> None:
    people = read_roster(roster(tmp_path, "student,submitted at\nalice,Freitag\nbob,2026-11-20 23:59\n"), UTC)
    assert people.unread == "Freitag"
    assert people.handed("alice") is None
    assert people.handed("bob") is not None


@pytest.mark.parametrize(
    ("data", "words"), [(b"", "is empty"), (b"student\na\na\n", "more than once"), (b"\xff\xfe\x00", "cannot be read")]
)
def test_a_wrong_roster_is_said(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "roster.csv").write_bytes(data)
    with pytest.raises(UsageError, match=words):
        read_roster(tmp_path / "roster.csv")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20 22:59:00 America/Los_Angeles", "2026-11-21T06:59:00Z"),
        ("2026-11-20 22:59:00.5 UTC", "2026-11-20T22:59:00.5Z"),
        ("2026-11-20 22:59:00 -0800", "2026-11-21T06:59:00Z"),
        ("Friday, 20 November 2026, 10:59 PM", "2026-11-20T22:59:00Z"),
        ("2026-11-20", "2026-11-20T00:00:00Z"),
        ("yesterday", None),
        ("2026-11-20 22:59 Mars/Olympus", None),
        ("", None),
    ],
)
def test_times_are_read(text: str, expected: str | None) -> None:
    assert read_time(text, UTC) == (read_time(expected) if expected else None)


@pytest.mark.parametrize(("seconds", "words"), [(0, "0 s"), (61, "1 min 1 s"), (3600, "1 h"), (90_061, "1 d 1 h"), (-5, "5 s")])
def test_spans_are_short(seconds: float, words: str) -> None:
    assert shown_span(seconds) == words

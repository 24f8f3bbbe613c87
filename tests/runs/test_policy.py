"""What a late submission costs, which attempt counts, and what is wrong with a policy file."""

from __future__ import annotations

import os
import threading
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.contracts.errors import AuthorError
from grader.runs.attempts import counting, uncertain
from grader.runs.attention import needs_a_human
from grader.runs.collect import collect
from grader.runs.gradebook import gradebook, to_csv
from grader.runs.grading import grade
from grader.runs.people import Person, Roster
from grader.runs.policy import Policy, parse_policy
from grader.runs.reading import Row
from grader.runs.store import Store
from grader.runs.times import HandedAt, time_of

from .conftest import PADDED, SECRET, SOLUTION, STARTER, FakePipeline, Notes

POLICY = """
timezone: Europe/Berlin
deadline: 2026-11-20 23:59
grace: 15 minutes
per_day: 10%
at_most: 50%
extensions:
  alice: {days: 2, why: ill}
  "77": {until: 2026-11-24}
exercises:
  output-shapes: {per_day: 0.2}
  fashion: {of: earned, closes_after: 3 days}
  dropout: {deadline: 2026-11-27T12:00:00Z, extensions: {bob: {days: 1}}}
"""
DUE = datetime(2026, 11, 20, 22, 59, tzinfo=UTC).timestamp()  # in Berlin it is an hour later
HOUR, DAY = 3600, 86400


def policy(text: str = POLICY) -> Policy:
    return parse_policy(text, Path("policy.yaml"))


@pytest.mark.parametrize(
    ("student", "exercise", "late", "counts", "words"),
    [
        ("bob", "cats-vs-dogs", -1, 8, ""),
        ("bob", "cats-vs-dogs", 15 * 60, 8, ""),  # within the grace
        ("bob", "cats-vs-dogs", 15 * 60 + 1, 6, "1 day begun: 10% of the possible points, −2"),
        ("bob", "cats-vs-dogs", DAY, 6, "1 day begun"),
        ("bob", "cats-vs-dogs", DAY + 1, 4, "2 days begun"),
        ("bob", "cats-vs-dogs", 30 * DAY, 0, "50% of the possible points, −8"),  # a mark never falls below nothing
        ("alice", "cats-vs-dogs", 2 * DAY, 8, ""),
        ("alice", "cats-vs-dogs", 2 * DAY + HOUR, 6, "1 h late"),
        ("Zoe_77", "cats-vs-dogs", 4 * DAY, 8, ""),
        ("Zoe_77", "cats-vs-dogs", 4 * DAY + HOUR, 6, "1 day begun"),
        ("bob", "output-shapes", HOUR, 4, "20% of the possible points"),
        ("bob", "fashion", HOUR, 7.2, "10% of the earned points, −0.8"),
        ("bob", "fashion", 4 * DAY, 0, "nothing counts after 3 d"),
        ("bob", "dropout", 7 * DAY, 8, ""),
    ],
)
def test_lateness_costs_what_the_policy_says(student: str, exercise: str, late: float, counts: float, words: str) -> None:
    settled = policy().settle(student, exercise, DUE + late, 8, 20)
    assert settled.points == counts
    assert words in settled.why
    assert bool(settled.why) == bool(settled.days)


def test_without_a_deadline_or_a_time_nothing_is_taken() -> None:
    assert policy("per_day: 10%").settle("bob", "fashion", DUE + DAY, 8, 20).points == 8
    assert policy().settle("bob", "fashion", None, 8, 20).points == 8


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("deadline: soon", 1, "expected a date and time such as"),
        ("deadline: 2026-11-20\ngrac: 1 h", 2, "unknown key 'grac'; valid keys are deadline, grace"),
        ("per_day: 10", 1, "expected a share such as 10%"),
        ("per_day: ten%", 1, "expected a share such as 10%"),
        ("grace: 3 parsecs", 1, "expected a span such as 15 minutes"),
        ("timezone: Mars/Olympus", 1, "expected a time zone such as"),
        ("of: both", 1, "of: "),
        ("exercises:\n  cats: {grace: 1 h}", 2, "there is no exercise 'cats'; there are cats-vs-dogs"),
        ("exercises:\n  fashion:\n    graze: 1 h", 3, "unknown key 'graze'; valid keys are deadline, grace, per_day"),
        ("deadline: 2026-11-20\nextensions:\n  bob: {}", 3, "either `days` or `until`"),
        ("extensions:\n  bob: {dayz: 1}", 2, "unknown key 'dayz'; valid keys are days, until, why"),
        ("grace: 1 h\ngrace: 2 h", 2, "stands twice"),
        ("grace: [", 2, "not valid YAML"),
        ("- a", 1, "expected a mapping"),
    ],
)
def test_a_wrong_policy_is_said_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(AuthorError) as raised:
        policy(text)
    assert raised.value.message.startswith(f"policy.yaml, line {line}: ")
    assert words in raised.value.message


def row(id_: int, attempt: int, handed: float | None, told_by: str = "timestamp.txt", content: str = "") -> Row:
    return Row(id_, "bob", f"{id_}.py", attempt, content or str(id_), "fashion", None, "done", "", None, handed, told_by, False)


@pytest.mark.parametrize(
    ("attempts", "counts"),
    [
        ([row(1, 1, DUE - 9), row(2, 2, DUE - 5), row(3, 3, DUE + DAY)], 2),
        ([row(1, 1, DUE + DAY), row(2, 2, DUE + 2 * DAY)], 2),
        ([row(1, 2, DUE - 9), row(2, 1, DUE - 5)], 1),  # the export's own number goes before the time
        ([row(1, 1, None), row(2, 1, None)], 2),
    ],
)
def test_the_last_attempt_before_the_deadline_counts(attempts: list[Row], counts: int) -> None:
    due = policy().deadline_of("bob", "fashion")
    assert counting(attempts, due).id == counts
    assert counting(attempts, None).id == max(attempts, key=lambda one: (one.attempt, one.id)).id


@pytest.mark.parametrize(
    ("attempts", "words"),
    [
        ([row(1, 1, 5), row(2, 1, 9)], ""),
        ([row(1, 1, 5), row(2, 2, 5)], ""),
        ([row(1, 1, 5, content="same"), row(2, 1, 5, content="same")], ""),
        ([row(1, 1, 5), row(2, 1, 5)], "Nothing tells which file is the later one; 2.py was taken, not 1.py"),
        ([row(1, 1, None), row(2, 1, 9)], "Nothing tells"),
        ([row(1, 1, 5, "the file's own time"), row(2, 1, 9, "the file's own time")], "Only the files' own times tell"),
    ],
)
def test_an_uncertain_attempt_is_for_a_human(attempts: list[Row], words: str) -> None:
    why = uncertain(attempts, counting(attempts, None))
    assert words in why
    assert bool(words) == bool(why)


def test_each_export_tells_its_times(tmp_path: Path) -> None:
    def put(name: str, text: str = "x = 1\n", at: float = 1_700_000_000.0) -> Path:
        file = tmp_path / "class" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        os.utime(file, (at, at))
        return file

    put("bob/week1/timestamp.txt", "2026-11-20 22:59:00.0 UTC")
    put("eve/week1_2026_11_20T10_00_00_123456.zip")
    times = {
        path.name: time_of(path, tmp_path / "class")
        for path in (
            put("bob/week1/a.py"),
            tmp_path / "class/eve/week1_2026_11_20T10_00_00_123456.zip",
            put("carl/c.py"),
            put("old.py", at=9.0),
        )
    }
    assert times["a.py"] == HandedAt(DUE, "timestamp.txt")
    assert times["c.py"] == HandedAt(1_700_000_000.0, "the file's own time")
    assert times["old.py"] is None  # from before there were files: no time at all
    otter = times["week1_2026_11_20T10_00_00_123456.zip"]
    assert otter is not None
    assert (otter.at, otter.told_by) == (datetime(2026, 11, 20, 10).timestamp(), "Otter's file name")


def test_gradescope_tells_names_and_times(tmp_path: Path) -> None:
    (tmp_path / "submission_metadata.yml").write_text(
        "submission_1:\n  :submitters:\n  - :name: Ana\n    :sid: '1'\n  :created_at: 2026-11-20 22:59:00.000000000 Z\n"
        "submission_2:\n  :submitters:\n  - :name: Pat\n    :sid: '2'\n  - :name: Pat\n    :sid: '3'\n  :created_at: nonsense\n",
        encoding="utf-8",
    )
    for name in ("submission_1", "submission_2", "submission_3"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.py").write_text("x = 1\n")
    found = {one.student: one.handed for one in collect(tmp_path, tmp_path)}
    assert list(found) == ["3", "Ana", "Pat_2", "Pat_3"]
    assert found["Ana"] == HandedAt(DUE, "submission_metadata.yml")
    assert found["Pat_2"] is not None
    assert found["Pat_2"].told_by == "the file's own time"
    (tmp_path / "submission_metadata.yml").write_text("a: [")
    assert [one.student for one in collect(tmp_path, tmp_path)] == ["1", "2", "3"]


def test_a_zip_keeps_its_times(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("alice.py", (2026, 11, 20, 23, 59, 0)), "x = 1\n")
        archive.writestr(zipfile.ZipInfo("bob.py", (1980, 1, 1, 0, 0, 0)), "x = 1\n")
    alice, bob = collect(tmp_path / "export.zip", tmp_path)
    assert alice.handed == HandedAt(datetime(2026, 11, 20, 23, 59).timestamp(), "the file's own time")
    assert bob.handed is None
    roster = Roster((Person(("alice",), "", HandedAt(5.0, "the roster")),))
    assert collect(tmp_path / "export.zip", tmp_path, roster)[0].handed == HandedAt(5.0, "the roster")


@pytest.fixture
def late_class(tmp_path: Path, store: Store, pipeline: type[FakePipeline]) -> Store:
    """A graded class: bob's second attempt is late, carl's only one is, eve's export says so although her time does not."""
    folder = tmp_path / "class"
    folder.mkdir()
    for name, source, at in (
        ("alice.py", SOLUTION, DUE + DAY),
        ("bob_LATE_1_2_a-1.py", STARTER, DUE + DAY),
        ("bob_1_1_a.py", SOLUTION, DUE - DAY),
        ("carl.py", PADDED, DUE + HOUR),
        ("eve_LATE_9_3_a.py", SOLUTION, DUE - HOUR),
    ):
        (folder / name).write_bytes(source.read_bytes())
        os.utime(folder / name, (at, at))
    store.keep_policy(POLICY)
    handed = collect(folder, tmp_path)
    grade(store, handed, secret=SECRET, progress=Notes(), stop=threading.Event(), policy=policy())
    return store


def test_a_mark_stays_and_what_counts_of_it_is_shown(late_class: Store) -> None:
    book = gradebook(late_class, ["output-shapes"])
    cells = {student: cells["output-shapes"] for student, cells in book.rows.items()}
    assert {student: (cell.raw, cell.points) for student, cell in cells.items()} == {
        "alice": (10, 10),
        "bob_1": (10, 10),
        "carl": (8, 6),
        "eve_9": (10, 10),
    }
    assert "1 h late" in cells["carl"].late
    assert cells["carl"].late.endswith("(by the file's own time)")
    assert {mark.student: mark.report.points for mark in late_class.marks()}["carl"] == 8
    lines = to_csv(book).splitlines()
    assert lines[0] == "student,output-shapes,output-shapes status,output-shapes mark,output-shapes late,total"
    assert next(line for line in lines if line.startswith("carl")).startswith(
        'carl,6,passed,8,"1 h late (due 2026-11-20 23:59), 1 day begun'
    )


def test_which_attempt_counts_is_kept_and_another_policy_asks_for_another_one(late_class: Store) -> None:
    states = {row.path.rsplit("/", 1)[-1]: (row.state, row.message) for row in late_class.rows("bob_1")}
    assert states["bob_1_1_a.py"][0] == "done"
    assert states["bob_LATE_1_2_a-1.py"] == ("superseded", "Handed in after the deadline; the last attempt before it counts: bob_1_1_a.py.")
    kinds = {(one.student, one.kind) for one in needs_a_human(late_class)}
    assert ("eve_9", "lateness") in kinds
    assert ("77", "policy") in kinds
    assert not any(kind == "attempts" for _, kind in kinds)
    later = policy("deadline: 2026-12-24")
    (other,) = [one for one in needs_a_human(late_class, later) if one.kind == "attempts"]
    assert other.student == "bob_1"
    assert "was not graded: run `grader grade` again" in other.why


@pytest.mark.parametrize(
    ("name", "students", "words"),
    [
        ("Ana Lúcia", ["Ana Lúcia_12", "Bob_13"], None),
        ("12", ["Ana Lúcia_12"], None),
        ("ana lúcia_12", ["Ana Lúcia_12"], None),
        ("Ana", ["Ana Lúcia_12"], "is the name right?"),
        ("Ana Lúcia", ["Ana Lúcia_12", "Ana Lúcia_13"], "goes to several people (Ana Lúcia_12, Ana Lúcia_13): use the number"),
    ],
)
def test_an_extension_is_for_one_person(name: str, students: list[str], words: str | None) -> None:
    found = policy(f"extensions:\n  {name!r}: {{days: 1}}").misnamed(students)
    assert [words in why for _, why in found if words] == [True] * bool(words)
    assert bool(found) == bool(words)


def test_a_run_keeps_its_policy_and_notes_a_change(late_class: Store) -> None:
    late_class.keep_policy(POLICY)
    late_class.keep_policy("deadline: 2026-12-24")
    assert [event.kind for event in late_class.events()].count("policy") == 2
    assert all(not cells["output-shapes"].late for cells in gradebook(late_class, ["output-shapes"]).rows.values())

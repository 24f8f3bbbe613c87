"""A run: what is measured, what is not measured again, what is kept when things go wrong, and what judging again changes."""

from __future__ import annotations

import sqlite3
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader import course
from grader.assembling import conclude
from grader.contracts.errors import GraderError, UsageError
from grader.contracts.evidence import Evidence
from grader.contracts.pictures import AugmentedImage, Picture
from grader.contracts.report import Report
from grader.contracts.submission import Submission
from grader.contracts.training_facts import TrainingFacts
from grader.contracts.verdict import Verdict
from grader.judge import Rubric, judge
from grader.runs import schema
from grader.runs.attention import Attention, needs_a_human
from grader.runs.collect import collect
from grader.runs.gradebook import gradebook, to_csv
from grader.runs.grading import grade
from grader.runs.memo import SharedTrainings
from grader.runs.packing import drop_unused
from grader.runs.reading import Reader
from grader.runs.regrading import regrade
from grader.runs.rubrics import kept_rubrics
from grader.runs.store import Store

from .conftest import PADDED, SECRET, SOLUTION, STARTER, FakePipeline, Notes

Grade = Callable[..., Notes]


@pytest.fixture
def run(store: Store, students: Path, tmp_path: Path, pipeline: type[FakePipeline]) -> Grade:
    """Grade the class into the run, as the command does; returns what was shown."""

    def again(*, secret: bytes = SECRET, stop: threading.Event | None = None, jobs: int = 2) -> Notes:
        notes = Notes()
        handed = collect(students, tmp_path / "run" / "unpacked")
        grade(store, handed, secret=secret, progress=notes, stop=stop or threading.Event(), jobs=jobs)
        return notes

    return again


def points(store: Reader) -> dict[str, float]:
    return {mark.student: mark.report.points for mark in store.marks()}


def test_everyone_is_graded_once(run: Grade, store: Store, pipeline: type[FakePipeline]) -> None:
    notes = run(jobs=1)
    assert notes.plan == (4, 0, 1)
    assert points(store) == {"alice": 10, "bob": 8, "carl": 0, "eve": 10}
    assert len(pipeline.asked_for) == 3  # eve's file equals alice's
    assert {row.student: row.state for row in store.rows()}["dora"] == "unreadable"
    assert all(mark.report.official_mark for mark in store.marks())
    assert run().plan == (0, 4, 1)
    assert len(pipeline.asked_for) == 3


@pytest.mark.parametrize(
    ("change", "todo", "expected"),
    [
        (lambda folder: (folder / "bob/submission.py").write_bytes(SOLUTION.read_bytes()), 1, {"bob": 10.0}),
        (lambda folder: (folder / "carl/submission.py").unlink(), 0, {}),
        (lambda folder: (folder / "frank.py").write_bytes(STARTER.read_bytes()), 1, {"frank": 0.0}),
        (lambda folder: (folder / "dora.py").write_bytes(SOLUTION.read_bytes()), 1, {"dora": 10.0}),
    ],
    ids=["changed", "taken back", "new", "mended"],
)
def test_only_what_changed_is_graded_again(
    run: Grade, store: Store, students: Path, change: Callable[[Path], None], todo: int, expected: dict[str, float]
) -> None:
    run()
    change(students)
    notes = run()
    assert notes.plan is not None
    assert notes.plan[0] == todo
    assert expected.items() <= points(store).items()
    if not (students / "carl/submission.py").exists():
        assert "carl" not in points(store)


def test_shared_evidence_names_nobody_elses_file(run: Grade, store: Store, students: Path, pipeline: type[FakePipeline]) -> None:
    (students / "frank_private.py").write_bytes(PADDED.read_bytes())
    run(jobs=1)
    assert len(pipeline.asked_for) == 3
    reports = {mark.student: mark.report.model_dump_json() for mark in store.marks()}
    assert '"file":"frank_private.py"' in reports["frank_private"]
    assert "frank_private" not in reports["bob"]
    store.override("bob", "output-shapes", "conv-148", 1, "half of it is right")
    (change,) = [change for change in regrade(store) if change.changed]
    assert change.mark.student == "bob"
    assert "frank_private" not in change.after.model_dump_json()


def test_equal_evidence_is_judged_once(
    run: Grade, store: Store, students: Path, pipeline: type[FakePipeline], monkeypatch: pytest.MonkeyPatch
) -> None:
    (students / "frank.py").write_bytes(PADDED.read_bytes())
    run(jobs=1)
    judged: list[str] = []
    concluded: list[str] = []

    def judging(rubric: Rubric, evidence: Evidence) -> Verdict:
        judged.append(evidence.exercise)
        return judge(rubric, evidence)

    def concluding(submission: Submission, *rest: Any, **more: Any) -> Report:
        concluded.append(submission.file)
        return conclude(submission, *rest, **more)

    monkeypatch.setattr("grader.runs.regrading.judge", judging)
    monkeypatch.setattr("grader.runs.regrading.conclude", concluding)
    assert [change.changed for change in regrade(store)] == [False] * 5
    assert (len(judged), concluded) == (len(pipeline.asked_for), [])  # three, for five marks
    store.override("frank", "output-shapes", "conv-148", 1, "half of it is right")
    assert [change.mark.student for change in regrade(store) if change.changed] == ["frank"]
    assert concluded == ["frank.py"]


def test_what_cannot_be_read_is_said_for_whoever_grades(run: Grade, store: Store, students: Path) -> None:
    (students / "gina").mkdir()
    (students / "hugo").mkdir()
    (students / "hugo" / "essay.docx").write_bytes(b"1")
    (students / "ines.py").symlink_to(students / "dora.py")
    run()
    assert {row.student: row.message for row in store.rows() if row.state == "unreadable"} == {
        "dora": "dora.py, line 1: this is not valid Python: invalid syntax.",
        "gina": "They handed in an empty folder. A .py, an .ipynb or a .zip is expected.",
        "hugo": "They handed in nothing but essay.docx. A .py, an .ipynb or a .zip is expected.",
        "ines": "ines.py is a link, which is not followed. Ask for the file itself.",
    }


def test_what_waits_is_known_by_its_exercise(run: Grade, store: Store) -> None:
    stop = threading.Event()
    stop.set()
    run(stop=stop)
    waiting = [row for row in store.rows() if row.state == "waiting"]
    assert [(row.student, row.exercise) for row in waiting] == [(name, "output-shapes") for name in ("alice", "bob", "carl", "eve")]
    assert not [event for event in store.events() if event.kind == "waiting"]


def test_another_secret_is_another_measurement(run: Grade, pipeline: type[FakePipeline]) -> None:
    run()
    assert run(secret=b"another secret, long enough").plan == (4, 0, 1)
    assert len(pipeline.asked_for) == 6


def test_several_attempts_the_last_counts(run: Grade, store: Store, students: Path) -> None:
    (students / "alice" / "later.py").write_bytes(STARTER.read_bytes())
    run()
    assert points(store)["alice"] == 0
    assert sorted(row.state for row in store.rows() if row.student == "alice") == ["done", "superseded"]


def test_a_machine_that_keeps_failing_ends_the_run_and_the_next_one_goes_on(
    run: Grade, store: Store, students: Path, pipeline: type[FakePipeline], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "fault", staticmethod(lambda _: GraderError("The disk is full.")))
    with pytest.raises(GraderError, match=r"in a row .* The disk is full") as raised:
        run(jobs=1)
    assert "run the same command again" in raised.value.hint
    assert points(store) == {}
    assert [(one.kind, one.why) for one in needs_a_human(store)].count(("error", "The disk is full.")) == 3
    monkeypatch.setattr(pipeline, "fault", staticmethod(lambda _: None))
    run()
    assert points(store) == {"alice": 10, "bob": 8, "carl": 0, "eve": 10}
    assert [one.student for one in needs_a_human(store)] == ["dora"]


def test_a_stop_lets_what_is_under_way_finish(
    run: Grade, store: Store, pipeline: type[FakePipeline], monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = threading.Event()
    monkeypatch.setattr(pipeline, "fault", staticmethod(lambda _: stop.set()))
    run(stop=stop, jobs=1)
    assert len(store.marks()) == 1
    monkeypatch.setattr(pipeline, "fault", staticmethod(lambda _: None))
    run()
    assert len(store.marks()) == 4


def test_a_changed_rubric_judges_again_and_measures_nothing(run: Grade, store: Store, tmp_path: Path, pipeline: type[FakePipeline]) -> None:
    run()
    rubrics = tmp_path / "rubrics"
    rubrics.mkdir()
    text = (SOLUTION.parents[2] / "rubrics/output-shapes.yaml").read_text(encoding="utf-8")
    (rubrics / "output-shapes.yaml").write_text(text.replace("pass_mark: 0.6", "pass_mark: 0.9"), encoding="utf-8")
    calls = len(pipeline.asked_for)
    changes = {change.mark.student: change for change in regrade(store, rubrics)}
    assert changes["bob"].mark.report.status.value == "passed"
    assert changes["bob"].after.status.value == "failed"
    assert [student for student, change in changes.items() if change.changed] == ["bob"]
    assert len(pipeline.asked_for) == calls
    assert not any(change.changed for change in regrade(store))


def test_a_decision_outlives_judging_again_and_the_history_stays(run: Grade, store: Store) -> None:
    run()
    store.override("bob", "output-shapes", "conv-148", 1, "half of it is right")
    (change,) = [change for change in regrade(store) if change.changed]
    assert (change.mark.student, change.after.points) == ("bob", 9)
    store.judge_again([(change.mark.submission, change.after)], "decided")
    assert points(store)["bob"] == 9
    assert [(mark.report.points, mark.why) for mark in store.history(change.mark.submission)] == [(8, "graded"), (9, "decided")]
    assert not any(change.changed for change in regrade(store))


def test_the_gradebook_shows_everyone_and_runs_in_no_spreadsheet(run: Grade, store: Store, students: Path) -> None:
    (students / "=cmd()").mkdir()
    (students / "=cmd()" / "submission.py").write_bytes(STARTER.read_bytes())
    run()
    book = gradebook(store, ["output-shapes", "cats-vs-dogs"], roster=["alice", "zoe"])
    assert book.exercises == ("output-shapes",)
    assert {student: cells["output-shapes"].state for student, cells in book.rows.items()} == {
        "alice": "passed",
        "bob": "passed",
        "carl": "unattempted",
        "dora": "unreadable",
        "eve": "passed",
        "zoe": "missing",
        "=cmd()": "unattempted",
    }
    lines = to_csv(book).splitlines()
    assert lines[0] == "student,output-shapes,output-shapes status,total"
    assert "'=cmd(),0,unattempted,0" in lines
    assert "zoe,,missing,0" in lines


def test_what_took_too_long_is_for_a_human(run: Grade, store: Store) -> None:
    run()
    (mark,) = [mark for mark in store.marks() if mark.student == "bob"]
    slow = mark.report.criteria[0].model_copy(update={"details": {"problem": "timeout"}, "message": "It took too long."})
    store.judge_again([(mark.submission, mark.report.model_copy(update={"criteria": (slow, *mark.report.criteria[1:])}))], "slow")
    assert Attention("bob", "output-shapes", "timeout", f"{slow.title}: It took too long.", slow.id) in needs_a_human(store)


def test_a_picture_is_kept_once(store: Store) -> None:
    picture = Picture(png="iVBORw0KGgo" + "A" * 500, width=1, height=1)
    other = Picture(png="iVBORw0KGgo" + "B" * 500, width=1, height=1)
    facts = TrainingFacts(status="trained", augmented=AugmentedImage(original=picture, versions=(picture, other)))
    for digest in ("one", "two"):
        store.keep_training(digest, facts, 1.0)
    assert store.training("one") == store.training("two") == facts
    assert store._rows("SELECT count(*) FROM pictures")[0][0] == 2
    assert b"A" * 65 not in store._rows("SELECT value FROM trainings")[0]["value"]
    with store.transaction() as db:
        db.execute("DELETE FROM trainings WHERE digest = 'one'")
        drop_unused(db)
        assert db.execute("SELECT count(*) FROM pictures").fetchone()[0] == 2
        db.execute("DELETE FROM trainings")
        drop_unused(db)
        assert db.execute("SELECT count(*) FROM pictures").fetchone()[0] == 0


def test_a_run_is_judged_by_the_rubrics_that_it_was_given(run: Grade, store: Store, tmp_path: Path) -> None:
    run()
    assert kept_rubrics(store) is None
    (tmp_path / "mine").mkdir()
    with pytest.raises(UsageError, match="holds no rubrics"):
        kept_rubrics(store, tmp_path / "mine")
    text = (SOLUTION.parents[2] / "rubrics/output-shapes.yaml").read_text(encoding="utf-8")
    own = tmp_path / "mine" / "output-shapes.yaml"
    own.write_text(text.replace("protocol:", "protocol:\n  limits: {seconds: 30}", 1), encoding="utf-8")
    store.keep_rubrics(tmp_path / "mine")
    assert {change.stale for change in regrade(store, kept_rubrics(store))} == {
        "the protocol has changed: what is measured now was not measured then"
    }
    own.write_text(text.replace("function: conv_model", "function: convolutional"), encoding="utf-8")
    course.load_file.cache_clear()
    with pytest.raises(UsageError, match="asks for other functions"):
        regrade(store, kept_rubrics(store))
    own.unlink()
    own.parent.rmdir()
    with pytest.raises(UsageError, match="is not there"):
        kept_rubrics(store)


def test_evidence_of_another_version_is_measured_again(run: Grade, store: Store) -> None:
    run()
    old = store.evidence(store.rows("bob")[0].evidence or "")
    assert old is not None
    with store.transaction() as db:
        for packed in (b"no evidence at all", old.model_copy(update={"version": 0}).model_dump_json()):
            db.execute("UPDATE evidence SET value = ?", (zlib.compress(packed) if isinstance(packed, bytes) else packed,))
            assert {change.stale for change in regrade(store)} == {"measured by another version of the grader"}


def test_forgetting_leaves_no_trace(run: Grade, store: Store, tmp_path: Path) -> None:
    run()
    store.override("bob", "output-shapes", "conv-148", 1, "a reason that names bob")
    assert store.forget("bob") == 1
    assert store.forget("nobody") == 0
    assert "bob" not in points(store)
    assert "alice" in points(store)
    assert b"bob" not in (tmp_path / "run/run.sqlite").read_bytes()


def test_two_at_once_are_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="Another grader"):
        Store(store.folder)


def test_a_reader_looks_at_a_run_that_is_being_graded_and_changes_nothing(run: Grade, store: Store) -> None:
    run()
    with Reader(store.folder) as reader:
        assert points(reader) == points(store)
        assert reader.students() == ["alice", "bob", "carl", "dora", "eve"]
        with pytest.raises(GraderError, match="readonly"):
            reader._rows("DELETE FROM marks")


def test_a_run_of_an_older_grader_is_brought_up_to_date_by_what_writes_to_it(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "run.sqlite")
    for statement in schema._TABLES:
        db.execute(statement)
    db.execute("PRAGMA user_version = 1")
    db.execute("INSERT INTO submissions (student, path, attempt, content, state, added) VALUES ('a', 'a.py', 1, 'c', 'waiting', 1)")
    db.commit()
    db.close()
    with pytest.raises(UsageError, match="by an older grader"):
        Reader(tmp_path)
    with Store(tmp_path) as store:
        assert [(row.student, row.handed) for row in store.rows()] == [("a", None)]
    with Reader(tmp_path) as reader:
        assert len(reader.rows()) == 1


def test_a_run_of_a_newer_grader_is_left_alone(store: Store) -> None:
    store._db.execute("PRAGMA user_version = 99")
    with pytest.raises(UsageError, match="by a newer grader"):
        Reader(store.folder)


@pytest.mark.parametrize("kind", [Store, Reader])
def test_a_folder_that_is_no_run_is_refused(tmp_path: Path, kind: type[Reader]) -> None:
    with pytest.raises(UsageError, match="is no run"):
        kind(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_training_is_made_once_even_by_two_at_the_same_moment(store: Store) -> None:
    memo, made, together = SharedTrainings(store), [], threading.Barrier(2)

    def train() -> TrainingFacts:
        made.append(1)
        return TrainingFacts(status="trained", holdout_accuracy=0.9)

    def ask() -> None:
        together.wait()
        assert memo("digest", train).holdout_accuracy == 0.9

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert SharedTrainings(store)("digest", train).status == "trained"
    assert len(made) == 1
    assert store.saved()[:2] == (1, 2)

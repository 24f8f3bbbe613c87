"""How a mark came about: from stored evidence, readable at 80 columns, and as a bundle that a student can grade again."""

from __future__ import annotations

import base64
import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from grader.cli import main
from grader.contracts.data_facts import AnsweredCase, TableFacts
from grader.contracts.evidence import Evidence
from grader.contracts.pictures import MistakenImage, Picture
from grader.contracts.training_facts import TrainingFacts
from grader.pipeline import Pipeline
from grader.runs.appeals import _shareable
from grader.runs.explaining import WIDTH
from grader.runs.regrading import regrade
from grader.runs.secret import VARIABLE
from grader.runs.store import Store
from grader.submission import read_submission

from .conftest import PADDED, SECRET, FakePipeline

POLICY = "timezone: UTC\ndeadline: 2020-01-01\nper_day: 10%\nat_most: 20%\nextensions: {alice: {days: 1, why: private}}\n"


@pytest.fixture
def grader(students: Path, monkeypatch: pytest.MonkeyPatch, pipeline: type[FakePipeline]):
    """Run `grader` where a class is graded into `run`: late, and bob's mark decided in part by hand."""
    monkeypatch.chdir(students.parent)
    monkeypatch.setenv(VARIABLE, SECRET.decode())

    def run(*arguments: str) -> Result:
        result = CliRunner().invoke(main, list(arguments), prog_name="grader")
        assert result.exit_code in (0, 2), result.output
        return result

    Path("policy.yaml").write_text(POLICY, encoding="utf-8")
    run("grade", "submissions", "--run", "run", "--policy", "policy.yaml")
    run("override", "run", "bob", "conv-148", "1", "--why", "half of it is right", "--by", "Maria")
    return run


def test_a_mark_is_explained_point_by_point(grader) -> None:
    shown = grader("explain-mark", "run", "bob").stdout
    words = " ".join(shown.split())
    for part in (
        "bob: Output sizes of convolution and pooling (output-shapes)",
        "submission.py, handed in",
        "(by the file's own time)",
        "Mark 9 of 10 points: passed; 6 are needed to pass",
        "Counts 7 points:",
        "20% of the possible points, −2",
        "partial 1/2",
        "Decided by a human: half of it is right",
        "by rule: graded (rubric ",
        "by hand: conv-148 decided by Maria: half of it is right",
        "conv-148: 1 point decided by Maria: half of it is right",
    ):
        assert part in words, (part, shown)
    assert all(len(line) <= WIDTH for line in shown.splitlines())


def test_one_criterion_is_explained_with_its_rule_and_its_history(grader) -> None:
    shown = grader("explain-mark", "run", "bob", "conv-148").stdout
    words = " ".join(shown.split())
    for part in (
        "(conv-148): 1 of 2 points",
        "Asked 148×148",
        "Found 150×150",
        "The rule, as the rubric has it",
        "kind: ",
        "By rule failed, 0 points",
    ):
        assert part in words, (part, shown)
    assert [line.split()[2] for line in shown.splitlines() if "by rule: graded" in line or "by hand:" in line] == ["0/2", "1/2"]
    assert "chain-148-74" not in shown.split("History")[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nobody",), "'nobody' has no mark"),
        (("dora",), "dora.py: unreadable"),
        (("bob", "conv-149"), "has no criterion 'conv-149'"),
        (("bob", "--exercise", "fashion"), "has no mark in fashion"),
        (("bob", "--bundle", "bob.tar"), "a bundle is a .zip file"),
        (("bob", "--bundle", "nowhere/bob.zip"), "does not exist"),
    ],
)
def test_a_wrong_request_is_a_sentence(grader, arguments: tuple[str, ...], words: str) -> None:
    result = grader("explain-mark", "run", *arguments)
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.split())


def test_a_bundle_is_graded_again_and_comes_out_the_same(grader, tmp_path: Path) -> None:
    grader("explain-mark", "run", "bob", "--bundle", "bob.zip")
    with zipfile.ZipFile("bob.zip") as archive:
        archive.extractall(tmp_path / "appeal")
        assert archive.read("submission.py") == PADDED.read_bytes()
    with Store(Path("run")) as store:
        by_rule = store.history(store.rows("bob")[0].id)[0].report
    with Pipeline(workers=1, rubrics=tmp_path / "appeal/rubrics") as again:
        replayed = again.check(tmp_path / "appeal/submission.py")
    assert [(c.id, c.points, c.status) for c in replayed.criteria] == [(c.id, c.points, c.status) for c in by_rule.criteria]
    assert replayed.rubric_digest == by_rule.rubric_digest
    assert replayed.submission_digest == by_rule.submission_digest == read_submission(Path("bob.zip")).digest


def test_a_bundle_tells_no_secret_and_nothing_of_others(grader) -> None:
    grader("explain-mark", "run", "bob", "--bundle", "bob.zip")
    with zipfile.ZipFile("bob.zip") as archive:
        names = set(archive.namelist())
        everything = b"\n".join(archive.read(name) for name in names)
        evidence = archive.read("evidence.json")
    assert names == {
        "README.md",
        "submission.py",
        "explanation.txt",
        "report.json",
        "evidence.json",
        "rubrics/output-shapes.yaml",
        "exercise/README.md",
        "exercise/submission.py",
    }
    secrets = (SECRET, SECRET.hex().encode(), base64.b64encode(SECRET))
    for secret in (*secrets, b"alice", b"private", str(Path.cwd()).encode(), PADDED.name.encode()):
        assert secret not in everything
    facts = json.loads(evidence)
    rows = [row for call in facts["calls"].values() if (call["facts"] or {}).get("kind") == "table" for row in call["facts"]["rows"]]
    assert rows
    assert not any(row["drawn"] for row in rows)


def test_what_was_drawn_from_the_secret_is_left_out(measured: dict[str, Evidence]) -> None:
    evidence = next(iter(measured.values()))
    call = next(one for one in evidence.calls.values() if isinstance(one.facts, TableFacts))
    rows = (AnsweredCase(arguments={"size": 1}), AnsweredCase(arguments={"size": 77}, drawn=True))
    hidden = MistakenImage(actual="cat", predicted="dog", score=1.0, picture=Picture(png="AAAA", width=1, height=1))
    full = evidence.model_copy(
        update={
            "calls": {**evidence.calls, call.id: call.model_copy(update={"facts": TableFacts(rows=rows)})},
            "trainings": {"training": TrainingFacts(status="trained", mistaken=(hidden,))},
        }
    )
    written = _shareable(full).model_dump_json()
    assert '"size":1}' in written
    assert '"size":77' not in written
    assert "AAAA" not in written


def test_a_file_that_has_changed_since_is_replaced_by_what_was_read(grader) -> None:
    Path("submissions/bob/submission.py").write_text("x = 1\n", encoding="utf-8")
    grader("explain-mark", "run", "bob", "--bundle", "bob.zip")
    with zipfile.ZipFile("bob.zip") as archive:
        assert b"def conv_model" in archive.read("submission.py")
        assert "the statements of it that were run" in archive.read("README.md").decode()
        assert b"What a human decided is not repeated" in archive.read("README.md")


def test_a_second_decision_keeps_what_the_rubric_said(grader) -> None:
    grader("override", "run", "bob", "conv-148", "2", "--why", "all of it", "--by", "Nina")
    with Store(Path("run")) as store:
        (mark,) = [one for one in store.marks() if one.student == "bob"]
        decided = next(one for one in mark.report.criteria if one.id == "conv-148")
        assert decided.details["by_rule"] == {"status": "failed", "points": 0}
        assert [note for note in mark.report.notes if "human" in note] == ["Decided by a human: conv-148."]
        assert [one.by for one in store.decisions("bob", "output-shapes")] == ["Maria", "Nina"]
        assert not any(change.changed for change in regrade(store))

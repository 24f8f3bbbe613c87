"""`grader ci`: what it writes where, what GitHub Actions and Classroom 50 are told, and what student code never sees."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest

from grader.cli.actions import MOST_SUMMARY, add_summary
from grader.contracts.base import Place
from grader.contracts.errors import GraderError, SubmissionError, UsageError
from grader.contracts.report import Report
from grader.contracts.verdict import Cause, Status
from grader.datasets import PRACTICE_SECRET

CLASSROOM50 = {
    "CLASSROOM": "cnn",
    "ASSIGNMENT": "week-1",
    "USERNAME": "ada",
    "SUBMISSION_TAG": "submit/1",
    "COMMIT_URL": "https://x/commit/1",
    "RELEASE_URL": "https://x/release/1",
}


class FakePipeline:
    """Stands in for `Pipeline`: answers each path with a report or an exception."""

    answers: dict[str, Report | Exception]
    secrets: list[bytes]

    def __init__(self, *, data: str, secret: bytes) -> None:
        FakePipeline.secrets.append(secret)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *trouble: object) -> None:
        """Nothing was started."""

    def check(self, path: Path, **_: Any) -> Report:
        answer = self.answers[str(path)]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Report | Exception]:
    """Put a pipeline in place that answers from the returned dictionary, and leave every trace of a real CI behind."""
    for name in [*CLASSROOM50, "OWNER", "ASSIGNMENT_TYPE", "REVIEW_URL", "GRADER_HOLDOUT_SECRET"]:
        monkeypatch.delenv(name, raising=False)
    for name in [name for name in os.environ if name.startswith("GITHUB_")]:
        monkeypatch.delenv(name)
    FakePipeline.answers, FakePipeline.secrets = {}, []
    monkeypatch.setattr("grader.pipeline.Pipeline", FakePipeline)
    return FakePipeline.answers


@pytest.fixture
def actions(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    """Recreate what a step of GitHub Actions finds; the folder holds what it wrote."""
    folder = tmp_path_factory.mktemp("actions")
    for variable, name in (("GITHUB_STEP_SUMMARY", "summary"), ("GITHUB_OUTPUT", "output")):
        (folder / name).touch()
        monkeypatch.setenv(variable, str(folder / name))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    return folder


def outputs(folder: Path) -> dict[str, str]:
    text = (folder / "output").read_text(encoding="utf-8")
    return {name: value for name, _, value in re.findall(r"^([\w-]+)<<(\S+)\n(.*)\n\2$", text, re.MULTILINE)}


# Files and codes


@pytest.mark.parametrize(
    ("answer", "arguments", "code"),
    [
        (Status.PASSED, [], 0),
        (Status.FAILED, [], 1),
        (Status.FAILED, ["--exit-zero"], 0),
        (Status.ERROR, [], 3),
        (Status.ERROR, ["--exit-zero"], 3),
        (UsageError("No file."), ["--exit-zero"], 2),
        (GraderError("Disk full."), ["--exit-zero"], 3),
        (SubmissionError("No notebook."), [], 4),
        (SubmissionError("No notebook."), ["--exercise", "output-shapes"], 4),
        (SubmissionError("No notebook."), ["--exit-zero"], 4),  # no mark: nobody knows for which exercise
        (SubmissionError("No notebook."), ["--exit-zero", "--exercise", "output-shapes"], 0),
    ],
    ids=str,
)
def test_codes(run, report, answers, answer: Status | Exception, arguments: list[str], code: int) -> None:
    answers["."] = report(answer) if isinstance(answer, Status) else answer
    result = run("ci", *arguments)
    assert result.exit_code == code
    assert "Traceback" not in result.output


def test_one_submission(run, report, answers, listing, tmp_path: Path) -> None:
    answers["."] = report(Status.FAILED)
    result = run("ci")
    assert listing(tmp_path) == ["grader-report"]
    assert listing(tmp_path / "grader-report") == ["junit.xml", "report.html", "report.json", "summary.md"]
    assert "Not passed yet: 0 of 2 points" in result.stdout
    assert result.stdout.splitlines()[-1] == f"Written: grader-report{os.sep} (report.json, report.html, junit.xml, summary.md)"
    assert "--html" not in result.stdout  # the page is there
    assert "--html" not in (tmp_path / "grader-report/summary.md").read_text(encoding="utf-8")
    assert "::" not in result.output  # no GitHub, no commands
    assert FakePipeline.secrets == [PRACTICE_SECRET]


def test_several_submissions(run, report, answers, listing, tmp_path: Path) -> None:
    answers.update(
        {"a.py": report(Status.PASSED, file="a.py"), "b.py": report(Status.FAILED, file="b.py"), "c.py": SubmissionError("Broken.")}
    )
    assert run("ci", "a.py", "b.py").exit_code == 1
    assert listing(tmp_path / "grader-report") == ["1-output-shapes", "2-output-shapes", "junit.xml", "summary.md"]
    assert (tmp_path / "grader-report/junit.xml").read_text(encoding="utf-8").count("<testsuite ") == 2
    assert run("ci", "a.py", "c.py", "b.py").exit_code == 4


def test_a_format_goes_where_it_is_asked_for(run, report, answers, tmp_path: Path) -> None:
    answers["."] = report(Status.FAILED)
    assert run("ci", "--gradescope", "results.json", "--exit-zero").exit_code == 0
    assert json.loads((tmp_path / "results.json").read_text())["score"] == 0
    assert "prints one report" in run("ci", "--json", "-").stderr
    assert "several submissions were named" in run("ci", "a.py", "b.py", "--json", "r.json").stderr


@pytest.mark.parametrize("value", ["", "a secret that nobody can guess"])
def test_the_secret_of_the_variable(run, report, answers, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("GRADER_HOLDOUT_SECRET", value)  # GitHub sets a secret that is not there to nothing
    answers["."] = report(Status.PASSED)
    assert run("ci").exit_code == 0
    assert FakePipeline.secrets == [value.encode() or PRACTICE_SECRET]


def test_an_unreadable_file_has_a_report_where_the_exercise_is_known(run, answers, tmp_path: Path) -> None:
    answers["x.ipynb"] = SubmissionError("x.ipynb is a damaged notebook.", hint="Save it again.")
    run("ci", "x.ipynb", "--exercise", "output-shapes")
    written = json.loads((tmp_path / "grader-report/report.json").read_text(encoding="utf-8"))
    assert (written["status"], written["points"], written["max_points"]) == ("failed", 0, 10)
    assert written["causes"][0]["sentence"] == "x.ipynb is a damaged notebook."


def test_submissions_of_one_name_are_told_apart(run, report, answers, tmp_path: Path) -> None:
    for folder in ("week1", "week|2"):
        (tmp_path / folder).mkdir()
    missing = UsageError("There is no file or folder week3.")
    answers.update({"week1": report(Status.PASSED), "week3": missing, "week|2": report(Status.FAILED)})
    assert run("ci", "week1", "week3", "week|2").exit_code == 2
    summary = (tmp_path / "grader-report/summary.md").read_text(encoding="utf-8")
    assert summary.startswith(
        "| | submission | exercise | points |\n|---|---|---|---:|\n"
        "| ✓ | `week1/submission.py` | `output-shapes` | 2 / 2 |\n"
        "| ! | `week3` | | not graded |\n"
        "| ✗ | `week¦2/submission.py` | `output-shapes` | 0 / 2 |\n\n## ✓"
    )
    tests = re.findall(r'classname="(.*?)" name="(.*?)"', (tmp_path / "grader-report/junit.xml").read_text(encoding="utf-8"))
    assert len(tests) == len(set(tests)) > 0
    assert tests[0][0].startswith("output-shapes.week1_submission_py.")


# What a student's repository holds already


def test_earlier_results_are_never_taken_for_new_ones(run, report, answers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CLASSROOM50.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "grader-report").mkdir()
    for name in ("grader-report/report.json", "result.json", "release-body.md"):
        (tmp_path / name).write_text("forged")
    answers["."] = GraderError("Disk full.")
    assert run("ci", "--classroom50").exit_code == 3
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == []


def test_links_are_not_followed(run, report, answers, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    victim = tmp_path_factory.mktemp("victim") / "file"
    victim.write_text("precious")
    (tmp_path / "grader-report/1-output-shapes").mkdir(parents=True)
    for name in ("report.json", "junit.xml", "1-output-shapes/report.json"):
        (tmp_path / "grader-report" / name).symlink_to(victim)
    answers.update({".": report(Status.PASSED), "a.py": report(Status.PASSED), "b.py": report(Status.PASSED)})
    assert run("ci").exit_code == 0
    assert run("ci", "a.py", "b.py").exit_code == 0
    assert victim.read_text() == "precious"
    (tmp_path / "linked").symlink_to(victim.parent)
    assert run("ci", "--output", "linked").exit_code == 2


# GitHub Actions


def test_actions_are_told_everything(run, report, answers, actions: Path, tmp_path: Path) -> None:
    made = report(Status.FAILED)
    cause = Cause(id="padded", sentence="The convolution pads.", criteria=("conv-148",), place=Place(file="submission.py", line=7))
    answers["week1"] = made.model_copy(update={"causes": (cause,)})
    (tmp_path / "week1").mkdir()
    result = run("ci", "week1", "--output", "out")
    lines = result.stdout.splitlines()
    word = lines[0].removeprefix("::stop-commands::")
    assert len(word) == 32
    end = lines.index(f"::{word}::")
    assert lines[end + 1 :] == [
        "::error file=week1/submission.py,line=7,title=148×148::The convolution pads.%0AWhere: submission.py, line 7",
        "::notice file=week1/submission.py,title=Output sizes::Not passed yet: 0 of 2 points (to pass: 1.2)",
    ]
    assert outputs(actions) == {"points": "0", "max-points": "2", "passed": "false", "status": "below-pass-mark", "report": "out"}
    assert "The convolution pads." in (actions / "summary").read_text(encoding="utf-8")


def test_a_notebook_is_annotated_at_the_line_of_its_file(run, report, answers, actions: Path, tmp_path: Path) -> None:
    cells = [{"cell_type": "markdown", "source": ["x"]}, {"cell_type": "code", "source": ["a = 1\n", "b = 2\n"]}]
    text = json.dumps({"cells": cells, "metadata": {}}, indent=1)
    (tmp_path / "work.ipynb").write_text(text)
    place = Place(file="work.ipynb", cell=1, line=2)
    cause = Cause(id="x", sentence="Wrong.", criteria=("conv-148",), place=place)
    answers["work.ipynb"] = report(Status.FAILED, file="work.ipynb").model_copy(update={"causes": (cause,)})
    line = 1 + text.split("\n").index('    "b = 2\\n"')
    assert (
        f"::error file=work.ipynb,line={line},title=148×148::Wrong.%0AWhere: work.ipynb, cell 1, line 2" in run("ci", "work.ipynb").stdout
    )


def test_what_could_not_be_graded_is_an_annotation(run, answers, actions: Path) -> None:
    answers["."] = SubmissionError("::set-output name=x::y\nis no notebook.", hint="Save it.")
    result = run("ci")
    assert result.stdout.splitlines()[-1] == "::error title=Not graded::.: : :set-output name=x: :y%0Ais no notebook.%0ASave it."
    assert outputs(actions)["status"] == "unreadable-submission"


def test_a_line_that_is_no_python_is_annotated_there(run, actions: Path, tmp_path: Path) -> None:
    (tmp_path / "week1").mkdir()
    (tmp_path / "week1/submission.py").write_text("# exercise: output-shapes\n\ndef conv_model(:\n    pass\n")
    result = run("ci", "week1")
    assert (result.exit_code, outputs(actions)["status"]) == (4, "unreadable-submission")
    last = result.stdout.splitlines()[-1]
    assert last.startswith("::error file=week1/submission.py,line=3,title=Not graded::submission.py, line 3: this is not valid Python: ")
    assert "%0A    def conv_model(:%0A" in last


def test_a_file_that_is_not_there_is_told_on_the_page_of_the_job(run, actions: Path) -> None:
    result = run("ci", "submission.py")
    assert (result.exit_code, outputs(actions)["status"]) == (2, "usage")
    assert result.stdout.splitlines()[-1].startswith("::error title=Not graded::submission.py: There is no file or folder submission.py.")
    assert "## Not graded: `submission.py`" in (actions / "summary").read_text(encoding="utf-8")


def test_a_summary_stays_below_the_limit(actions: Path) -> None:
    add_summary("é" * 10 + "\n" + "a line of text\n" * 100_000)
    written = (actions / "summary").read_text(encoding="utf-8")
    assert MOST_SUMMARY - 100 < len(written.encode()) <= MOST_SUMMARY
    assert written.endswith("line of text\n\n(The summary was too long: the rest is in the report.)\n")


# Classroom 50


def test_classroom50(run, report, answers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CLASSROOM50.items():
        monkeypatch.setenv(name, value)
    answers["."] = report(Status.FAILED)
    assert run("ci", "--classroom50").exit_code == 0
    result = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    told = {name: result[name] for name in ("classroom", "assignment", "assignment_type", "owner", "submission", "review", "score")}
    assert told == {
        "classroom": "cnn",
        "assignment": "week-1",
        "assignment_type": "individual",
        "owner": "ada",
        "submission": "submit/1",
        "review": "https://x/commit/1",
        "score": 0,
    }
    assert (tmp_path / "release-body.md").read_text(encoding="utf-8").startswith("## ✗ Not passed yet")


def test_classroom50_needs_its_variables(run, report, answers, tmp_path: Path) -> None:
    answers["."] = report(Status.PASSED)
    result = run("ci", "--classroom50")
    assert (result.exit_code, "The variable CLASSROOM is not set." in result.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []


# The real thing

SPY = """# exercise: output-shapes
import os, glob, tensorflow as tf

def conv_model():
    print("VARIABLES", *sorted(os.environ))
    for file in glob.glob("/proc/[0-9]*/environ"):
        try:
            with open(file, "rb") as stream:
                if b"CANARY" in stream.read():
                    print("LEAKED", file)
        except OSError:
            pass
    print("::error::owned")
    print("##[error]owned")
    return tf.keras.Sequential([tf.keras.Input((150, 150, 3)), tf.keras.layers.Conv2D(4, 3)])
"""


@pytest.mark.confinement
def test_student_code_sees_no_variable_of_the_job(
    run: Callable[..., Any], tmp_path: Path, actions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL", "GH_TOKEN", "CI", "GRADER_HOLDOUT_SECRET"):
        monkeypatch.setenv(name, "CANARY-of-this-test")
    (tmp_path / "submission.py").write_text(SPY)
    result = run("ci")
    assert result.exit_code == 1, result.output  # 2 of 10 points
    written = json.loads((tmp_path / "grader-report/report.json").read_text(encoding="utf-8"))
    assert (written["criteria"][0]["status"], written["official_mark"]) == ("passed", True)
    (seen,) = re.findall(r"^VARIABLES (.*)$", written["stdout"], re.MULTILINE)
    assert not [name for name in seen.split() if re.search(r"GITHUB|ACTIONS|TOKEN|SECRET|RUNNER|^CI$", name)]
    assert "LEAKED" not in written["stdout"]
    assert "owned" in written["stdout"]
    for text in (result.output, (actions / "summary").read_text(encoding="utf-8"), (tmp_path / "grader-report/junit.xml").read_text()):
        assert "::error::owned" not in text
        assert "##[error]" not in text
        assert "CANARY" not in text

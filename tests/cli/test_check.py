"""`grader check`: what it hands on, what it writes where, and what the shell is told."""

from __future__ import annotations

import ast
import inspect
import json
from pathlib import Path

import pytest

import grader
from grader.contracts.errors import AuthorError, GraderError, SubmissionError, UsageError
from grader.contracts.verdict import Status


@pytest.mark.parametrize(
    ("status", "code", "code_with_exit_zero"),
    [
        (Status.PASSED, 0, 0),
        (Status.FAILED, 1, 0),
        (Status.PARTIAL, 1, 0),
        (Status.UNATTEMPTED, 1, 0),
        (Status.SKIPPED, 1, 0),
        (Status.PENDING, 1, 0),
        (Status.ERROR, 3, 3),
    ],
)
def test_exit_code_of_a_report(run, pipeline, report, status: Status, code: int, code_with_exit_zero: int) -> None:
    pipeline.answer = report(status)
    assert run("check").exit_code == code
    assert run("check", "--exit-zero").exit_code == code_with_exit_zero


@pytest.mark.parametrize(
    ("trouble", "code", "said"),
    [
        (
            UsageError("There is no exercise 'x'.", hint="The exercises are: a, b."),
            2,
            ["There is no exercise 'x'.", "The exercises are: a, b."],
        ),
        (AuthorError("x.yaml, line 3: unknown key 'a'"), 2, ["x.yaml, line 3: unknown key 'a'"]),
        (GraderError("The disk is full.", hint="Make room."), 3, ["The disk is full.", "Make room.", "nothing is counted against it"]),
        (SubmissionError("a.ipynb is no notebook."), 4, ["a.ipynb is no notebook."]),
        (SubmissionError("bad \x1b[31m\u202ename"), 4, ["bad \\x1b[31m\\u202ename"]),
        (KeyboardInterrupt(), 130, ["Interrupted."]),
        (BrokenPipeError(32, "Broken pipe"), 141, []),
        (ZeroDivisionError("division \x1b[31m"), 3, ["This is the grader's own fault, not yours: ZeroDivisionError: division \\x1b[31m"]),
        (MemoryError(), 3, ["This is the grader's own fault, not yours: MemoryError"]),
    ],
)
@pytest.mark.parametrize("exit_zero", [[], ["--exit-zero"]])
def test_trouble_is_a_sentence_and_a_code(
    run, pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: BaseException, code: int, said: list[str], exit_zero: list[str]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    pipeline.answer = trouble
    result = run("check", *exit_zero)
    assert result.exit_code == code
    assert result.stdout == ""
    assert "Traceback" not in result.output
    assert "\x1b" not in result.output
    for sentence in said:
        assert sentence in result.stderr


def test_the_traceback_of_our_own_fault_is_kept_in_a_file(run, pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    pipeline.answer = KeyError("layer")
    result = run("check")
    (kept,) = tmp_path.glob("grader-fault-*.txt")
    assert str(kept) in result.stderr
    text = kept.read_text(encoding="utf-8")
    assert "Traceback" in text
    assert "KeyError: 'layer'" in text


def test_a_fault_that_cannot_be_kept_is_still_one_sentence(run, pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    pipeline.answer = KeyError("layer")
    result = run("check")
    assert result.exit_code == 3
    assert "could not be written" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "handed"),
    [
        ([], {"path": Path(), "exercise": None, "profile": "native", "data": "embedded"}),
        (["a.py"], {"path": Path("a.py"), "exercise": None, "profile": "native", "data": "embedded"}),
        (
            ["a.zip", "--exercise", "fashion", "--profile", "free-form", "--data", "official"],
            {"path": Path("a.zip"), "exercise": "fashion", "profile": "free-form", "data": "official"},
        ),
    ],
)
def test_what_the_pipeline_is_asked(run, pipeline, report, arguments: list[str], handed: dict[str, object]) -> None:
    pipeline.answer = report(Status.PASSED)
    run("check", *arguments)
    assert pipeline.calls == [handed]


def test_the_real_pipeline_takes_what_the_command_hands_on(pipeline) -> None:
    # The module itself stands aside for the fake one; its source says what it takes.
    source = ast.parse((Path(grader.__file__).parent / "pipeline.py").read_text(encoding="utf-8"))
    (real,) = [node for node in source.body if isinstance(node, ast.FunctionDef) and node.name == "check"]
    assert set(inspect.signature(pipeline.check).parameters) <= {arg.arg for arg in (*real.args.args, *real.args.kwonlyargs)}


def test_an_untouched_starter_needs_no_tensorflow(run, tmp_path: Path) -> None:
    run("start", "output-shapes", ".")
    result = run("check", "--json", "-")
    written = json.loads(result.stdout)
    assert (result.exit_code, written["status"], written["points"]) == (1, "unattempted", 0)
    assert {criterion["status"] for criterion in written["criteria"]} == {"unattempted"}


def test_json_on_stdout_is_alone_there(run, pipeline, report) -> None:
    pipeline.answer = report(Status.FAILED)
    result = run("check", "--json", "-")
    assert json.loads(result.stdout)["status"] == "failed"
    assert "Not passed yet" in result.stderr
    assert "A bracket is open." in result.stderr


@pytest.mark.parametrize(
    ("status", "so_far"), [(Status.PASSED, []), (Status.PENDING, ["So far 0 of 2 points; training decides about the rest."])]
)
def test_findings_and_progress_go_to_stderr_one_line_each(run, pipeline, report, status: Status, so_far: list[str]) -> None:
    pipeline.answer = report(status)
    result = run("check")
    assert result.stderr.splitlines() == [
        "Reading: submission.py",
        "error: submission.py, line 3: A bracket is open.",
        *so_far,
        "Training: try 1 20/180, accuracy 0.50",
    ]
    assert ("Passed: 2 of 2 points" in result.stdout) == (status is Status.PASSED)


def test_files_are_written_whole_and_nothing_beside_them(listing, run, pipeline, report, tmp_path: Path) -> None:
    pipeline.answer = report(Status.FAILED)
    (tmp_path / "r.json").write_text("old")
    result = run("check", "--json", "r.json", "--html", "r.html")
    assert listing(tmp_path) == ["r.html", "r.json"]
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["points"] == 0
    assert (tmp_path / "r.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "JSON report: r.json" in result.stderr
    assert "HTML report: r.html" in result.stderr


def test_each_format_has_an_option(listing, run, pipeline, report, tmp_path: Path) -> None:
    pipeline.answer = report(Status.FAILED)
    names = ["json", "html", "markdown", "junit", "gradescope", "prairielearn"]
    result = run("check", *[part for name in names for part in (f"--{name}", f"r.{name}")])
    assert listing(tmp_path) == sorted(f"r.{name}" for name in names)
    assert [line.split(": ")[1] for line in result.stderr.splitlines()[-6:]] == [f"r.{name}" for name in names]


@pytest.mark.parametrize("name", ["json", "markdown", "junit", "gradescope", "prairielearn"])
def test_any_text_format_can_be_printed_alone(run, pipeline, report, name: str) -> None:
    pipeline.answer = report(Status.FAILED)
    result = run("check", f"--{name}", "-")
    assert result.stdout[0] in "{<#"
    assert "Not passed yet: 0 of 2 points (to pass: 1.2)\nMeasured" not in result.stdout
    assert "Next: Start with what stands first" in result.stderr


def test_a_failed_check_leaves_an_older_report_alone(run, pipeline, tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text("old")
    pipeline.answer = SubmissionError("no such file")
    assert run("check", "--json", "r.json").exit_code == 4
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"r.json": "old"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--json", "gone/r.json"], "the folder gone does not exist"),
        (["--html", "gone/r.html"], "the folder gone does not exist"),
        (["--html", "folder"], "no ordinary file"),
        (["--json", "/dev/null"], "no ordinary file"),
        (["--json", "submission.py"], "a report does not go into a .py file"),
        (["--html", "work.ipynb"], "a report does not go into a .ipynb file"),
        (["--html", "-"], "--html needs a file"),
        (["--json", "r", "--html", "./r"], "name the same file"),
        (["--junit", "-", "--markdown", "-"], "would both print on stdout"),
        (["--watch", "--junit", "-"], "--watch answers again and again; --junit - prints one report."),
        (["--gradescope", "gone/results.json"], "the folder gone does not exist"),
        (["--data", "imagined"], "'imagined' is not one of"),
        (["--colour"], "No such option"),
        (["one.py", "two.py"], "One submission at a time"),
        (["--static", "--json", "r.json"], "--static grades nothing"),
        (["--static", "--watch"], "--static grades nothing"),
    ],
)
def test_wrong_requests_are_refused_before_anything_is_graded(
    listing, run, pipeline, report, tmp_path: Path, arguments: list[str], said: str
) -> None:
    pipeline.answer = report(Status.PASSED)
    (tmp_path / "folder").mkdir()
    (tmp_path / "submission.py").write_text("x = 1\n")
    result = run("check", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert pipeline.calls == []
    assert (tmp_path / "submission.py").read_text() == "x = 1\n"
    assert listing(tmp_path) == ["folder", "submission.py"]


def test_a_full_disk_at_the_end_is_our_fault_and_leaves_nothing_half_written(
    listing, run, pipeline, report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.answer = report(Status.PASSED)

    def full(self: Path, *args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    result = run("check", "--json", "r.json")
    assert result.exit_code == 3
    assert "r.json could not be written: No space left on device." in result.stderr
    assert listing(tmp_path) == []


def test_a_link_to_a_report_is_followed(run, pipeline, report, tmp_path: Path) -> None:
    pipeline.answer = report(Status.PASSED)
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "link.json").symlink_to("real.json")
    run("check", "--json", "link.json")
    assert (tmp_path / "link.json").is_symlink()
    assert json.loads((tmp_path / "real.json").read_text(encoding="utf-8"))["status"] == "passed"


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_the_width_of_the_terminal_is_kept(run, pipeline, report, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    pipeline.answer = report(Status.FAILED, title="A title that has to be wrapped somewhere " * 4)
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = run("check").stdout.splitlines()
    assert max(map(len, lines)) <= columns

"""The grader as a library: `from grader import grade`, and the pytest plugin that is built on it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

import grader
import grader.pipeline  # pytester forgets what is first imported inside it; numpy and yaml are not to be imported twice
from grader.contracts.errors import GraderError, SubmissionError
from grader.contracts.report import Report
from grader.contracts.verdict import Status
from grader.grading import unreadable_report

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[1]
STARTER = ROOT / "exercises/output-shapes/submission.py"
# An installed grader registers itself; a checkout on the path does not.
PLUGIN = [] if any(one.name == "grader" for one in entry_points(group="pytest11")) else ["-p", "grader.pytest_plugin"]


def test_importing_it_costs_next_to_nothing() -> None:
    script = "import sys, grader; assert not {'tensorflow', 'keras', 'numpy', 'pydantic', 'yaml'} & set(sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    script = "import sys; from grader import grade; grade('exercises/output-shapes/submission.py'); assert 'tensorflow' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_grade_returns_the_report() -> None:
    from grader import grade

    report = grade(str(STARTER))
    assert isinstance(report, Report)
    assert (report.exercise, report.status, report.points, report.official_mark) == ("output-shapes", Status.UNATTEMPTED, 0, False)
    assert grade(STARTER, "output-shapes", train=False).criteria == report.criteria
    with pytest.raises(SubmissionError, match="neither Python"):
        grade(ROOT / "README.md")
    with pytest.raises(GraderError, match="no-such-exercise"):
        grade(STARTER, "no-such-exercise")
    with pytest.raises(AttributeError):
        grader.no_such_name  # noqa: B018


def test_what_cannot_be_read_has_a_report() -> None:
    report = unreadable_report(SubmissionError("x is no notebook.", hint="Save it."), "x.ipynb", "output-shapes")
    assert (report.status, report.points, report.max_points) == (Status.FAILED, 0, 10)
    assert [cause.sentence for cause in report.causes] == ["x is no notebook."]
    assert set(report.causes[0].criteria) == {one.id for one in report.criteria}
    assert {one.message for one in report.criteria} == {""}


# The pytest plugin


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    """Let grading answer with the given statuses, in the order of the rubric, or raise; returns the list of calls."""
    from grader.grading import grade

    graded = grade(STARTER)

    def make(*statuses: Status, error: Exception | None = None) -> list[Any]:
        calls: list[Any] = []
        criteria = tuple(
            one.model_copy(
                update={
                    "status": status,
                    "points": one.max_points if status is Status.PASSED else 0,
                    "message": f"It is {status.value}.",
                    "expected": "148×148",
                    "found": "150×150",
                }
            )
            for one, status in zip(graded.criteria, statuses, strict=False)
        )

        def fake(*arguments: Any, **more: Any) -> Report:
            calls.append((arguments, more))
            if error is not None:
                raise error
            return graded.model_copy(update={"criteria": criteria})

        monkeypatch.setattr("grader.grading.grade", fake)
        return calls

    return make


ALL = (Status.PASSED, Status.FAILED, Status.SKIPPED, Status.UNATTEMPTED, Status.ERROR)


def test_each_criterion_is_a_test(pytester: pytest.Pytester, answer: Any) -> None:
    calls = answer(*ALL)
    result = pytester.runpytest_inprocess(
        *PLUGIN, "-rs", "--grader-exercise", "output-shapes", "--grader-submission", "work.py", "--junitxml=x.xml"
    )
    result.assert_outcomes(passed=1, failed=1, skipped=2, errors=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert [(arguments[1], str(arguments[0])) for arguments, _ in calls] == [("output-shapes", "work.py")]  # graded once
    text = result.stdout.str()
    for said in (
        "Expected: 148×148",
        "Found: 150×150",
        "It is failed.",
        "ERROR at setup of output-shapes: formula-same",
        "skipped: It is skipped.",
        "work.py",
    ):
        assert said in text
    assert "def setup" not in text  # none of the grader's own code
    cases = {case.get("name"): case for case in Xml.parse(pytester.path / "x.xml").iter("testcase")}
    points = {name: [one.get("value") for one in case.iter("property")] for name, case in cases.items()}
    assert points["conv-148"] == ["2/2"]
    assert points["pool-75"] == ["0/2"]


def test_tests_of_the_instructor_run_beside_it(pytester: pytest.Pytester, answer: Any) -> None:
    answer(*[Status.PASSED] * 5)
    pytester.makepyfile(test_own="def test_one(): pass\ndef test_two(): assert False")
    result = pytester.runpytest_inprocess(*PLUGIN, "--grader-exercise", "output-shapes")
    result.assert_outcomes(passed=6, failed=1)
    result = pytester.runpytest_inprocess(*PLUGIN, "--grader-exercise", "output-shapes", "-k", "148")
    result.assert_outcomes(passed=2, deselected=5)


def test_without_the_option_it_is_not_there(pytester: pytest.Pytester, answer: Any) -> None:
    calls = answer(*ALL)
    pytester.makepyfile(test_own="def test_one(): pass")
    result = pytester.runpytest_inprocess(*PLUGIN)
    result.assert_outcomes(passed=1)
    assert calls == []
    assert "output-shapes" not in result.stdout.str()


def test_a_file_that_cannot_be_read_fails_each(pytester: pytest.Pytester, answer: Any) -> None:
    calls = answer(error=SubmissionError("x.py has a bracket open.", hint="Line 3."))
    result = pytester.runpytest_inprocess(*PLUGIN, "--grader-exercise", "output-shapes")
    result.assert_outcomes(failed=5)
    assert "x.py has a bracket open." in result.stdout.str()
    assert len(calls) == 1


def test_our_own_fault_is_an_error_of_each(pytester: pytest.Pytester, answer: Any) -> None:
    answer(error=GraderError("The disk is full.", hint="Make room."))
    result = pytester.runpytest_inprocess(*PLUGIN, "--grader-exercise", "output-shapes")
    result.assert_outcomes(errors=5)
    assert "The disk is full. Make room." in result.stdout.str()


def test_an_exercise_that_is_not_there_is_wrong_usage(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess(*PLUGIN, "--grader-exercise", "cats-vs-cats")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "cats-vs-cats" in result.stderr.str()


def test_a_real_submission(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess(*PLUGIN, "--grader-exercise", "output-shapes", "--grader-submission", str(STARTER))
    result.assert_outcomes(skipped=5)


def test_it_speaks_the_language_that_was_asked_for(pytester: pytest.Pytester) -> None:
    asked = [*PLUGIN, "-rs", "--grader-exercise", "output-shapes", "--grader-submission", str(STARTER)]
    result = pytester.runpytest_inprocess(*asked, "--grader-language", "de")
    result.assert_outcomes(skipped=5)
    assert "`conv_model` ist noch so wie in der Vorlage." in result.stdout.str()
    result = pytester.runpytest_inprocess(*asked)
    assert "Vorlage" not in result.stdout.str()
    result = pytester.runpytest_inprocess(*asked, "--grader-language", "xx")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "There is no translation into 'xx'." in result.stderr.str()


def test_the_workers_of_xdist_share_one_grading(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import grader.grading
        real = grader.grading.grade
        def counted(*arguments, **more):
            with open("calls", "a") as file:
                file.write("graded\\n")
            return real(*arguments, **more)
        grader.grading.grade = counted
        """
    )
    options = ["-n", "2", "-v", "--grader-exercise", "output-shapes", "--grader-submission", str(STARTER)]
    result = pytester.runpytest_subprocess(*PLUGIN, *options)
    result.assert_outcomes(skipped=5)
    assert {"[gw0]", "[gw1]"} <= set(result.stdout.str().split())
    assert (pytester.path / "calls").read_text() == "graded\n"

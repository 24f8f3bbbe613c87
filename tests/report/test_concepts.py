"""The idea behind a failed criterion: named in the terminal for reading, folded into the page."""

from __future__ import annotations

import html
import io
import re

import pytest
from rich.console import Console

from grader.contracts.report import Report
from grader.contracts.verdict import Status
from grader.course.concepts import concepts
from grader.report import to_html, to_terminal

IDEAS = ("rescaling", "output-layer", "rescaling", "loss-function", "parameters")


@pytest.fixture
def report(make_report) -> Report:
    """Five failed criteria about four ideas."""
    failed = next(c for c in make_report("failed").criteria if c.status is Status.FAILED)
    criteria = tuple(failed.model_copy(update={"id": f"c{number}", "concept": idea}) for number, idea in enumerate(IDEAS))
    return make_report("failed").model_copy(update={"criteria": criteria})


def shown(report: Report, *, verbose: bool = False) -> str:
    file = io.StringIO()
    to_terminal(report, Console(file=file, width=80, _environ={}), verbose=verbose)
    return file.getvalue()


@pytest.mark.parametrize(
    ("verbose", "named"),
    [(False, ["rescaling", "output-layer", "loss-function"]), (True, ["rescaling", "output-layer", "loss-function", "parameters"])],
)
def test_the_terminal_names_each_idea_once_and_only_a_few(verbose: bool, named: list[str], report: Report) -> None:
    assert re.findall(r"Read: grader explain (\S+)", shown(report, verbose=verbose)) == named


@pytest.mark.parametrize("status", [Status.PASSED, Status.SKIPPED, Status.UNATTEMPTED, Status.PENDING, Status.ERROR])
def test_only_what_failed_sends_someone_to_read(status: Status, report: Report) -> None:
    criteria = tuple(c.model_copy(update={"status": status}) for c in report.criteria)
    other = report.model_copy(update={"criteria": criteria})
    assert "grader explain" not in shown(other)
    assert "The idea:" not in to_html(other)


def test_the_page_holds_the_card_of_every_failed_criterion(report: Report) -> None:
    page = html.unescape(to_html(report))
    for idea in IDEAS:
        concept = concepts().find(idea)
        assert page.count(f"<summary>The idea: {concept.title}</summary>") == IDEAS.count(idea)
        assert concept.example in page
        assert concept.prints in page


def test_an_idea_that_is_not_known_is_left_out_of_the_page(report: Report) -> None:
    criteria = tuple(c.model_copy(update={"concept": "<b>gone</b>"}) for c in report.criteria)
    page = to_html(report.model_copy(update={"criteria": criteria}))
    assert "The idea:" not in page
    assert "<b>gone" not in page

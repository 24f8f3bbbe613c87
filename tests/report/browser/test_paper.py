"""Every page on paper: black on white, nothing wider than the sheet, nothing folded away, nothing that only a screen can use."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from grader.contracts.report import Report
from grader.report import to_html

from ..hand_made_class import class_pages
from .conftest import Visit, faults

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

Make = Callable[[str], Report]
UPRIGHT, LYING = 688, 1016  # CSS pixels of an A4 sheet within its margins of 14 mm
# What would be printed, read from the page as it is laid out for paper.
PRINTED = """() => {
  const body = getComputedStyle(document.body);
  const shown = [...document.body.querySelectorAll('*')].filter(one => one.checkVisibility({contentVisibilityAuto: true}));
  return {
    background: body.backgroundColor,
    colour: body.color,
    text: shown.map(one => [...one.childNodes].filter(node => node.nodeType === 3).map(node => node.data).join('')).join(' '),
    torn: [...document.querySelectorAll('tr:not(:has(table)), figure:not(.maps, :has(tr))')]
      .filter(one => getComputedStyle(one).breakInside !== 'avoid').map(one => one.textContent.trim()),
  };
}"""
FOLDED = ("does not move", "Only one of them.", "Versions", "Hint 1 of 2")


def printed(visit: Visit, source: str, width: int = UPRIGHT) -> str:
    """Check how a page would be printed by somebody whose screen is dark; return its text."""
    with visit(source, width=width, scheme="dark", media="print") as page:
        assert faults(page) == []
        found = page.evaluate(PRINTED)
    assert (found["background"], found["colour"]) == ("rgb(255, 255, 255)", "rgb(0, 0, 0)")
    assert found["torn"] == [], "a page may end within a row or a picture"
    return found["text"]


def test_a_report(visit: Visit, any_report: Report) -> None:
    printed(visit, to_html(any_report))


def test_what_is_folded_is_printed_but_not_what_the_submission_said(visit: Visit, make_report: Make) -> None:
    failed = make_report("failed").model_copy(update={"stdout": "what it printed"})
    text = printed(visit, to_html(failed))
    for folded in FOLDED:
        assert folded in text
    assert "what it printed" not in text  # as long as the student likes, and no part of the mark


def test_the_pages_of_a_class(visit: Visit, make_report: Make) -> None:
    pages = class_pages(make_report)
    student = printed(visit, pages["student"])
    for folded in FOLDED:
        assert folded in student
    front = printed(visit, pages["front"], LYING)
    copies = printed(visit, pages["copies"], LYING)
    for text, only_on_screen in ((student, "← The class"), (front, "Name "), (copies, "← The class")):
        assert only_on_screen not in text

"""Every page on a screen: as narrow as a phone and wide, light and dark, by keyboard, and what the one script does."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from grader import words
from grader.contracts.report import Report
from grader.report import to_html
from grader.report.class_html import index_page

from ..hand_made_class import class_pages, large_class
from .conftest import SCHEMES, STANDARDS, WIDTHS, Visit, barriers, faults, unfold

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

Make = Callable[[str], Report]
CONTROLS = "a[href], button, input, select, summary, [tabindex='0']"


# Where the keyboard is: the how manieth of all controls, whether it shows that it has the focus, and whether it can be seen.
FOCUSED = """selector => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  const ring = style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth) + parseFloat(style.outlineOffset);
  let whole = parseFloat(style.outlineWidth) >= 1;
  for (let outer = one.parentElement; outer && outer !== document.body; outer = outer.parentElement) {
    if (getComputedStyle(outer).overflowX === 'visible') continue;
    const room = outer.getBoundingClientRect();
    whole &&= box.left - ring >= room.left && box.top - ring >= room.top;
  }
  const controls = [...document.querySelectorAll(selector)].filter(each => each.checkVisibility());
  return [controls.indexOf(one), ring > 0 && whole, box.top < innerHeight && box.bottom > 0 && box.left < innerWidth && box.right > 0];
}"""


def check(visit: Visit, source: str, *, ask_axe: bool = True) -> None:
    """Look at a page in both widths and both schemes; of axe's rules only that about contrast depends on the scheme."""
    with visit(source) as page:
        unfold(page)
        for scheme, widths in zip(SCHEMES, (WIDTHS[::-1], WIDTHS), strict=True):
            page.emulate_media(color_scheme=scheme)
            assert (brightness(page) < 100) == (scheme == "dark")
            for width in widths:
                page.set_viewport_size({"width": width, "height": 800})
                assert faults(page) == [], (scheme, width)
            if ask_axe:
                assert barriers(page, STANDARDS if scheme == "light" else ["color-contrast"]) == [], (scheme, widths[-1])


def brightness(page: Page) -> int:
    colour = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    return max(map(int, re.findall(r"\d+", colour)[:3]))


def test_a_report(visit: Visit, any_report: Report) -> None:
    check(visit, to_html(any_report))


def test_a_german_report(visit: Visit, make_report: Make) -> None:
    source = to_html(make_report("failed").model_copy(update={"language": "de"}))
    check(visit, source)
    with visit(source) as page:
        assert page.locator("html").get_attribute("lang") == "de"
        assert page.get_by_role("heading", name="Was beurteilt wurde").is_visible()


def test_a_german_front_page(visit: Visit, make_report: Make) -> None:
    with words.speaking("de"):
        source = class_pages(make_report)["front"]
    with visit(source, width=WIDTHS[0]) as page:
        unfold(page)
        assert page.locator("html").get_attribute("lang") == "de"
        assert faults(page) == []


@pytest.mark.parametrize("name", ["front", "student", "copies"])
def test_a_page_of_a_class(visit: Visit, make_report: Make, name: str) -> None:
    check(visit, class_pages(make_report)[name])


def test_the_front_page_of_300_students(visit: Visit, make_report: Make) -> None:
    source = index_page(large_class(make_report), name="week1", asof="now")
    assert len(source) < 500_000
    check(visit, source, ask_axe=False)  # it takes 15 seconds for so many rows, which the small class has one of each kind of


@pytest.mark.parametrize(
    ("replaced", "by", "seen"),
    [
        ("</main>", '<img alt=""></main>', "a picture has no text"),
        ("</main>", '<img alt="A cat"></main>', "a picture did not load: A cat"),
        ("</main>", '<svg viewBox="0 0 1 1"></svg></main>', "a drawing has no text"),
        ("</main>", '<table><tr><td><canvas width="500"></canvas></td></tr></table></main>', "scrolls sideways"),
        ("</main>", '<article class="criteria"><canvas width="500"></canvas></article></main>', "cut off"),
        ("--quiet: #566270", "--quiet: #959ba2", "color-contrast"),
        ("</main>", "<h6>Deep</h6></main>", "heading-order"),
    ],
)
def test_what_is_wrong_is_seen(visit: Visit, make_report: Make, replaced: str, by: str, seen: str) -> None:
    """A fault of each kind, put in by hand; the policy, which knows the style sheet by its digest, is left out."""
    source = to_html(make_report("unattempted")).replace("Content-Security-Policy", "No-Policy")
    with visit(source.replace(replaced, by), width=WIDTHS[0]) as page:
        assert any(one.startswith(seen) for one in faults(page) + barriers(page, STANDARDS))


@pytest.mark.parametrize(
    ("put_in", "complaint"),
    [
        ("<script>1</script>", "in the console: Executing inline script"),
        ('<img src="https://example.org/x.png" alt="x">', "in the console: Loading the image"),
        ('<p style="color: red">x</p>', "in the console: Applying inline style"),
    ],
)
def test_what_the_policy_keeps_out_is_heard(visit: Visit, make_report: Make, put_in: str, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint), visit(to_html(make_report("unattempted")).replace("</main>", f"{put_in}</main>")):
        pass


@pytest.mark.parametrize(("name", "width"), [("failed", 400), ("pictured", 1000), ("front", 1000), ("student", 400), ("copies", 400)])
def test_by_keyboard(visit: Visit, make_report: Make, name: str, width: int) -> None:
    written = {"failed": to_html(make_report("failed")), "pictured": to_html(make_report("pictured")), **class_pages(make_report)}
    for unfolded in (False, True):
        with visit(written[name], width=width) as page:
            if unfolded:
                unfold(page)
            controls = page.locator(CONTROLS).locator("visible=true").count()
            assert controls >= 3
            reached = []
            for _ in range(controls):
                page.keyboard.press("Tab")
                reached.append(page.evaluate(FOCUSED, CONTROLS))
            assert reached == [[number, True, True] for number in range(controls)]


def test_what_is_folded_opens_and_closes_by_keyboard(visit: Visit, make_report: Make) -> None:
    with visit(to_html(make_report("failed"))) as page:
        folded = page.locator("details").locator("visible=true").all()
        assert len(folded) >= 5
        for one in folded:
            one.locator("summary").first.focus()
            for key in ("Enter", "Space"):
                page.keyboard.press(key)
                assert one.evaluate("one => one.open") == (key == "Enter")


def test_students_are_sorted_and_found(visit: Visit, make_report: Make) -> None:
    with visit(index_page(large_class(make_report), name="week1", asof="now")) as page:
        rows = page.locator("#roll tbody tr").locator("visible=true")
        head = page.get_by_role("columnheader", name="Total")
        total = head.get_by_role("button")

        def totals() -> list[float]:
            return rows.evaluate_all("rows => rows.map(row => +row.cells[row.cells.length - 1].dataset.key)")

        assert rows.count() == 300
        total.click()
        assert (totals(), head.get_attribute("aria-sort")) == (sorted(totals(), reverse=True), "descending")
        assert total.evaluate("button => button === document.activeElement")
        total.press("Enter")
        assert (totals(), head.get_attribute("aria-sort")) == (sorted(totals()), "ascending")
        assert page.get_by_role("columnheader", name="Student").get_attribute("aria-sort") == "none"
        page.get_by_label("Name").fill("ZOE 7")
        assert sorted(rows.locator("th").all_inner_texts()) == ["Zoë 7", "Zoë 71", "Zoë 73", "Zoë 75", "Zoë 77", "Zoë 79"]
        assert page.get_by_role("status").inner_text() == "6 of 300 shown"
        page.get_by_label("Name").fill("")
        page.get_by_label("Show").select_option("attention")
        assert rows.count() == 15

"""The pages of a class: what they say, that hostile names stay names, and what the numbers on them are."""

from __future__ import annotations

import base64
import hashlib
import re
from itertools import pairwise

import pytest

from grader.contracts.verdict import Status
from grader.report.bars import histogram, stacked
from grader.report.class_facts import BINS, Overview, Rate, overview, tenth, work_of
from grader.report.class_html import Given, Handed, student_page

from .hand_made_class import TITLES, Make, class_pages, small_class, student, work
from .test_html import Page


@pytest.fixture
def small(make_report: Make) -> Overview:
    return small_class(make_report)


def test_what_the_class_shows_together(small: Overview) -> None:
    first, second = small.spreads
    assert first.states == {"failed": 2, "passed": 1, "unreadable": 1}
    assert sum(first.bins) == len(first.points) == 3
    assert first.median == min(first.points)
    assert second.states == {"missing": 3, "failed": 1}
    commonest = small.causes[0]
    assert (commonest.exercise, [one.name for one in commonest.students]) == ("cats-vs-dogs", ["bob", "eve"])
    assert small.graded == 4
    assert small.attention == 2
    assert list(small.concerns) == ["Took too long", "Could not be read"]


def test_an_idea_is_the_class_s_trouble_from_two_students_on(small: Overview, make_report: Make) -> None:
    assert all(len(one.failed) >= 2 and 0 < one.share <= 1 for one in small.struggles)
    alone = overview([student("bob", a=work(make_report, "failed"))], TITLES)
    assert alone.struggles == ()


@pytest.mark.parametrize(("share", "bin_"), [(0.0, 0), (0.0999, 0), (0.1, 1), (0.3, 3), (0.7, 7), (0.999, 9), (1.0, 10), (1.2, 10)])
def test_bins_are_tenths_and_those_who_have_all(share: float, bin_: int) -> None:
    assert tenth(share) == bin_


def test_a_histogram_says_in_words_what_it_draws(small: Overview) -> None:
    drawn = histogram(small.spreads[0])
    assert len(drawn.bars) == BINS
    assert "3 marks, median" in drawn.description
    assert "1 with all points" in drawn.description
    assert sum(bar.count for bar in drawn.bars) == 3
    assert histogram(overview([], TITLES).spreads[0]).description == "No marks yet."


def test_a_bar_is_as_long_as_who_was_measured() -> None:
    rate = Rate("a", "A", {Status.PASSED: 3, Status.FAILED: 1, Status.PENDING: 5})
    parts = stacked(rate)
    assert [(part.status, part.x, part.width) for part in parts] == [(Status.PASSED, 0, 150), (Status.FAILED, 150, 50)]
    assert rate.share == 0.75
    assert Rate("a", "A", {Status.ERROR: 2}).share is None


def test_points_after_a_deduction_count(make_report: Make) -> None:
    full = make_report("passed")
    late = work_of(full, deducted=2.0)
    assert (late.points, late.deducted) == (full.points - 2, 2)
    page = student_page("ada", [Handed("Cats", late, full, (Given(0.0, full.points, full.max_points, "graded"),), "Two days late.")])
    assert "Two days late." in Page(page).text
    assert "−2" in page


def test_pages_are_well_formed_and_need_nothing_else(make_report: Make) -> None:
    for name, source in class_pages(make_report).items():
        page = Page(source)
        assert page.errors == [], name
        names = {tag for tag, _ in page.elements}
        assert not names & {"link", "iframe", "object", "embed", "base", "video", "audio"}
        assert all(one.startswith("data:image/png;base64,") for one in page.attributes("src"))
        assert page.attributes("style") == []
        assert not any(key.startswith("on") for _, attributes in page.elements for key in attributes)
        ids = page.attributes("id")
        assert len(ids) == len(set(ids)), name
        wanted = [link.removeprefix("#") for link in page.attributes("href") if link.startswith("#")]
        for one in wanted + " ".join(page.attributes("aria-labelledby")).split():
            assert one in ids, (name, one)
        levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(deeper <= level + 1 for level, deeper in pairwise(levels)), (name, levels)
        for tag, attributes in page.elements:
            if tag == "svg":
                named = attributes.get("role") == "img" and (attributes.get("aria-labelledby") or attributes.get("aria-label"))
                assert named or attributes.get("aria-hidden") == "true"


def test_only_our_script_runs_and_only_on_the_front_page(make_report: Make) -> None:
    written = class_pages(make_report)
    (script,) = re.findall(r"<script>(.*?)</script>", written["front"], re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in written["front"]
    for name in ("student", "alone", "copies"):
        assert "<script" not in written[name]
        assert "script-src" not in written[name]


def test_a_hostile_name_is_only_a_name(make_report: Make) -> None:
    for source in class_pages(make_report).values():
        assert "alert(1)</script>" not in source
        assert "\u202e" not in source
    assert "<script>alert(1)</script>\" onclick=x \\u202e'; DROP & Söhne" in Page(class_pages(make_report)["student"]).text


def test_a_student_s_page_alone_leads_nowhere_else(make_report: Make) -> None:
    written = class_pages(make_report)
    assert '"../index.html"' in written["student"]
    assert all(link.startswith("#") for link in Page(written["alone"]).attributes("href"))

"""The pages of a class: what they say, that hostile names stay names, and how they look and work in a browser at 300 students."""

from __future__ import annotations

import base64
import hashlib
import random
import re
import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from grader.contracts.report import Report
from grader.contracts.verdict import Status
from grader.report.bars import histogram, stacked
from grader.report.class_facts import BINS, Concern, Overview, Rate, Student, Work, overview, tenth, work_of
from grader.report.class_html import Given, Handed, index_page, student_page

from .test_html import CONTRAST, FLAGS, FRAMES, Page, chromium  # noqa: F401 - a fixture

HOSTILE = "<script>alert(1)</script>\" onclick=x \u202e'; DROP & Söhne"
TITLES = {"cats-vs-dogs": "Cats vs dogs", "other": "Another <b>exercise</b>"}
Make = Callable[[str], Report]


def work(make: Make, name: str, exercise: str = "cats-vs-dogs") -> Work:
    return work_of(make(name).model_copy(update={"exercise": exercise}))


def student(name: str, number: int = 0, concerns: tuple[Concern, ...] = (), **works: Work) -> Student:
    return Student(name, f"students/{number}.html", {one.exercise: one for one in works.values()}, concerns)


@pytest.fixture
def small(make_report: Make) -> Overview:
    missing = Work("other", "missing")
    return overview(
        [
            student("ada", 1, a=work(make_report, "passed"), b=work(make_report, "failed", "other")),
            student("bob", 2, a=work(make_report, "failed"), b=missing),
            student("eve", 3, (Concern("Took too long", "other", "too slow"),), a=work(make_report, "failed"), b=missing),
            student(
                HOSTILE, 4, (Concern("Could not be read", "", f"{HOSTILE}: no Python"),), a=Work("cats-vs-dogs", "unreadable"), b=missing
            ),
        ],
        TITLES,
    )


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


def pages(small: Overview, make_report: Make) -> dict[str, str]:
    report = make_report("failed")
    other = make_report("pictured").model_copy(update={"exercise": "other"})
    given = (Given(1.7e9, 2, 9, "graded"), Given(1.8e9, 3, 9, f"decided by hand: {HOSTILE}"))
    handed = [
        Handed("Cats vs dogs", work_of(report), report, given),
        Handed("Another", work_of(other), other, given[:1]),
        Handed("Third", Work("third", "unreadable"), why=HOSTILE),
    ]
    return {
        "index.html": index_page(small, name=HOSTILE, asof="now"),
        "student.html": student_page(HOSTILE, handed, back="../index.html"),
        "alone.html": student_page("ada", handed),
    }


def test_pages_are_well_formed_and_need_nothing_else(small: Overview, make_report: Make) -> None:
    for name, source in pages(small, make_report).items():
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


def test_only_our_script_runs_and_only_on_the_front_page(small: Overview, make_report: Make) -> None:
    written = pages(small, make_report)
    (script,) = re.findall(r"<script>(.*?)</script>", written["index.html"], re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in written["index.html"]
    for name in ("student.html", "alone.html"):
        assert "<script" not in written[name]
        assert "script-src" not in written[name]


def test_a_hostile_name_is_only_a_name(small: Overview, make_report: Make) -> None:
    for source in pages(small, make_report).values():
        assert "alert(1)</script>" not in source
        assert "\u202e" not in source
    assert "<script>alert(1)</script>\" onclick=x \\u202e'; DROP & Söhne" in Page(pages(small, make_report)["student.html"]).text


def test_a_student_s_page_alone_leads_nowhere_else(small: Overview, make_report: Make) -> None:
    written = pages(small, make_report)
    assert '"../index.html"' in written["student.html"]
    assert all(link.startswith("#") for link in Page(written["alone.html"]).attributes("href"))


PROBE = """
const view = document.querySelector('iframe[name=index-1000]').contentWindow, page = view.document;
const names = () => [...page.querySelectorAll('#roll tbody tr')].filter(row => !row.hidden).map(row => row.cells[0].textContent.trim());
const say = text => {{ const line = document.createElement('p'); line.textContent = 'probe ' + text; document.body.append(line); }};
const heads = [...page.querySelectorAll('#roll thead button')];
const total = heads[heads.length - 1];
const sums = () => [...page.querySelectorAll('#roll tbody tr')].map(row => +row.cells[row.cells.length - 1].dataset.key);
const sorted = (list, sign) => list.every((value, i) => !i || sign * (value - list[i - 1]) >= 0);
say('rows ' + names().length + ' ' + page.activeElement.localName);
total.focus(); total.click();
say('falling ' + sorted(sums(), -1) + ' ' + total.parentElement.ariaSort + ' ' + (page.activeElement === total));
total.click();
say('rising ' + sorted(sums(), 1) + ' ' + total.parentElement.ariaSort + ' ' + heads[0].parentElement.ariaSort);
const field = page.getElementById('name');
field.value = 'ZOE 7'; field.dispatchEvent(new view.Event('input'));
say('named ' + names().sort().join('|') + ' ' + page.getElementById('shown').textContent);
field.value = ''; field.dispatchEvent(new view.Event('input'));
const trait = page.getElementById('trait');
trait.value = 'attention'; trait.dispatchEvent(new view.Event('change'));
say('attention ' + names().length);
"""


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_a_browser_at_300_students(chromium: str, make_report: Make, tmp_path: Path, scheme: str, small: Overview) -> None:  # noqa: F811
    dice = random.Random(2)
    ends = {name: (work(make_report, name), work(make_report, name, "other")) for name in ("passed", "failed", "partial", "unattempted")}
    class_ = []
    for number in range(300):
        first, second = (ends[dice.choice(list(ends))][place] for place in (0, 1))
        concerns = (Concern("Took too long", "other", "It took too long."),) if number % 20 == 0 else ()
        class_.append(student(f"Zoë {number}" if number % 2 else f"Ada {number} {HOSTILE}", number, concerns, a=first, b=second))
    written = {**pages(small, make_report), "index.html": index_page(overview(class_, TITLES), name="week1", asof="now")}
    assert len(written["index.html"]) < 500_000
    frames = []
    for name, source in written.items():
        (tmp_path / name).write_text(source, encoding="utf-8")
        frame = '<iframe name="{0}-{1}" src="{2}" style="width:{1}px;height:600px;border:0"></iframe>'
        frames += [frame.format(name.removesuffix(".html"), width, name) for width in (400, 1000)]
    page = tmp_path / "frames.html"
    # The probe comes last: it changes what the frames measure.
    page.write_text(FRAMES.replace("}};\n</script>", PROBE + "}};\n</script>").format(frames="".join(frames)), encoding="utf-8")
    wanted = ["--blink-settings=preferredColorScheme=0"] if scheme == "dark" else []
    done = subprocess.run(
        [
            chromium,
            *FLAGS,
            *wanted,
            f"--user-data-dir={tmp_path / 'profile'}",
            "--allow-file-access-from-files",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=180,
        check=True,
    )
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []
    measured = re.findall(r"<p>(\S+)-(\d+) (\d+) (\d+) (\S+) (\d+) (\S+) (\S+) (.*?)</p>", done.stdout)
    assert len(measured) == len(frames)
    for name, width, visible, needed, style, broken, ratio, dark, text in measured:
        assert int(needed) <= int(visible) <= int(width), f"{name} scrolls sideways at {width} pixels"
        assert style != "none", f"{name}: the policy keeps the page's own style sheet out"
        assert broken == "0"
        assert float(ratio) >= CONTRAST, f"{name}: {text!r} is hard to read"
        assert (dark == "true") == (scheme == "dark")
    assert re.findall(r"<p>probe (.*?)</p>", done.stdout) == [
        "rows 300 body",
        "falling true descending true",
        "rising true ascending none",
        "named Zoë 7|Zoë 71|Zoë 73|Zoë 75|Zoë 77|Zoë 79 6 of 300 shown",
        "attention 15",
    ]

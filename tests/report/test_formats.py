"""Formats of other people: every report, made by hand or really graded, gives a valid file, and no text in it acts where it is shown."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import jsonschema
import pytest
import xmlschema
from markdown_it import MarkdownIt

from grader.contracts.base import Place
from grader.contracts.errors import GraderError
from grader.contracts.report import Report
from grader.contracts.submission import Finding
from grader.contracts.verdict import Cause, Status
from grader.pipeline import Pipeline
from grader.report import to_classroom50, to_gradescope, to_html, to_json, to_junit, to_markdown, to_prairielearn
from grader.report.classroom50 import Hand
from grader.report.github import MOST, Annotation, remarks, workflow_commands
from grader.report.json import without_pictures
from grader.report.markdown import code, escaped, prose
from grader.report.prairielearn import MOST_BYTES
from grader.report.sparkline import sparkline

SCHEMAS = Path(__file__).parent / "schemas"
ROOT = Path(__file__).parents[2]
WHEN = datetime(2026, 9, 1, 12, 30, 5, tzinfo=UTC)
HAND = Hand("cnn", "week-1", "individual", "ada", "submit/2026-09-01T12-30-05Z-abc", "https://x/commit/a", "https://x/r", "https://x/v")
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")

# Really graded once for all tests of this module; everything else is made by hand.
GRADED = {
    "full": "solutions/output-shapes/solution.py",
    "part": "solutions/output-shapes/wrong/m57-convolution-padded.py",
    "starter": "exercises/output-shapes/submission.py",
}


@pytest.fixture(scope="module")
def graded() -> dict[str, Report]:
    with Pipeline(workers=1) as pipeline:
        return {name: pipeline.check(ROOT / file) for name, file in GRADED.items()}


pytestmark = pytest.mark.xdist_group("formats")


def schema(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))


def valid(text: str, name: str) -> Any:
    data = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(schema(name))
    jsonschema.validate(data, schema(name), cls=jsonschema.Draft202012Validator)
    return data


def valid_junit(text: str) -> Xml.Element:
    xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd").validate(text)
    return Xml.fromstring(text)


def check_all(report: Report) -> None:
    """Write a report in every format, and validate each."""
    suites = valid_junit(to_junit(report))
    assert [int(suites.get(name, "")) for name in ("tests", "failures", "errors")] == [
        len(report.criteria),
        sum(one.status in {Status.FAILED, Status.PARTIAL} for one in report.criteria),
        sum(one.status is Status.ERROR for one in report.criteria),
    ]
    attached = json.loads(suites[0].findtext("system-out") or "")
    assert Report.model_validate(attached) == Report.model_validate_json(to_json(without_pictures(report)))
    scores = valid(to_gradescope(report), "gradescope")
    assert scores["extra_data"]["report"] == attached
    assert len(scores["tests"]) == len(report.criteria)
    assert scores["score"] / sum(one.max_points for one in report.criteria) == pytest.approx(report.points / report.max_points, abs=1e-3)
    shares = valid(to_prairielearn(report), "prairielearn")
    assert shares["gradable"] is (report.status is not Status.ERROR)
    result = valid(to_classroom50([report], HAND, WHEN), "classroom50")
    assert (result["score"], result["max-score"]) == (round(100 * report.points), round(100 * report.max_points))
    assert to_markdown(report).startswith("## ")
    assert all(re.fullmatch(r"::(error|warning|notice) .+", line) for line in workflow_commands(remarks(report, located)))


def located(place: Place) -> tuple[str, int | None]:
    return place.file, place.line


def test_every_report_gives_valid_files(any_report: Report) -> None:
    check_all(any_report)


@pytest.mark.parametrize("name", GRADED)
def test_a_graded_run_gives_valid_files(graded: dict[str, Report], name: str) -> None:
    report = graded[name]
    check_all(report)
    ends = {case.get("name", "").split(":")[0]: [end.tag for end in case] for case in valid_junit(to_junit(report)).iter("testcase")}
    expected = {"full": [], "part": ["failure"], "starter": ["skipped"]}[name]
    assert ends["conv-148"] == expected
    assert to_html(report)


def test_the_cause_leads_everywhere(graded: dict[str, Report]) -> None:
    report = graded["part"]
    sentence = report.causes[0].sentence
    (failure,) = valid_junit(to_junit(report)).iter("failure")
    assert failure.get("message") == sentence
    assert (failure.text or "").splitlines()[:3] == [sentence, "Expected: 148×148", "Found: 150×150"]
    assert json.loads(to_gradescope(report))["tests"][0]["output"].splitlines()[0] == sentence
    assert json.loads(to_prairielearn(report))["tests"][0]["message"] == sentence
    assert json.loads(to_classroom50([report], HAND, WHEN))["tests"][0]["message"].splitlines()[0] == sentence
    assert workflow_commands(remarks(report, located))[0].startswith(
        f"::error file={report.file},line={report.causes[0].place.line},"  # type: ignore[union-attr]
    )


def test_points_are_properties_of_the_suite(graded: dict[str, Report]) -> None:
    properties = {one.get("name"): one.get("value") for one in valid_junit(to_junit(graded["part"])).iter("property")}
    assert (properties["points"], properties["points.conv-148"], properties["points.pool-75"]) == ("8/10", "0/2", "2/2")


def test_several_submissions_are_several_suites(graded: dict[str, Report]) -> None:
    suites = valid_junit(to_junit(*graded.values()))
    assert [suites.get("tests"), len(suites)] == ["15", 3]
    tests = valid(to_classroom50(list(graded.values()), HAND, WHEN), "classroom50")["tests"]
    assert {test["test-name"].partition(":")[0] for test in tests} == {"output-shapes"}


# What a fault of ours costs


def test_an_error_is_never_a_zero(make_report: Callable[[str], Report]) -> None:
    report = make_report("error")  # 1 of 1 point that counts, 4 that could not be judged
    scores = json.loads(to_gradescope(report))
    assert scores["score"] == 5
    assert "could not be measured; the score is scaled to all 5" in scores["output"]
    assert "score" not in scores["tests"][1]
    shares = json.loads(to_prairielearn(report))
    assert (shares["gradable"], len(shares["format_errors"])) == (False, 1)
    result = json.loads(to_classroom50([report], HAND, WHEN))
    assert (result["score"], result["max-score"], result["tests"][1]["max-score"]) == (100, 100, 0)
    commands = workflow_commands(remarks(report, located))
    assert commands[0].startswith("::warning file=submission.py,title=The grader's own fault")


def test_where_nothing_was_measured_there_is_no_mark(make_report: Callable[[str], Report]) -> None:
    report = make_report("error")
    report = report.model_copy(update={"criteria": report.criteria[1:], "points": 0.0, "max_points": 0.0})
    for write in (to_gradescope, lambda one: to_classroom50([one], HAND, WHEN)):
        with pytest.raises(GraderError, match="no mark to hand over"):
            write(report)
    assert json.loads(to_prairielearn(report))["gradable"] is False
    valid_junit(to_junit(report))


def test_prairielearn_stays_below_its_limit(make_report: Callable[[str], Report]) -> None:
    report = make_report("failed")
    long = report.causes[0].model_copy(update={"detail": "word " * 60_000})
    written = to_prairielearn(report.model_copy(update={"causes": (long,)}))
    assert len(written.encode()) < MOST_BYTES
    valid(written, "prairielearn")


# Hostile text


def test_no_command_in_a_log(make_report: Callable[[str], Report]) -> None:
    for line in workflow_commands(remarks(make_report("hostile"), located)):
        assert "\n" not in line
        assert "\r" not in line
        head, _, message = line.removeprefix("::").partition("::")
        assert re.fullmatch(r"(error|warning|notice) file=[^:,]*(,line=\d+)?,title=[^:,\n]*", head)
        assert not re.search(r"::\w|##\[|\x1b|\u202e", message)


def test_no_raw_control_character_in_any_text(make_report: Callable[[str], Report]) -> None:
    report = make_report("hostile")
    for text in (to_junit(report), to_markdown(report), *_strings(json.loads(to_prairielearn(report)))):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u200b\u202e]", text)
        assert not re.search(r"(^|\s)::\w+", text)
    for key in ("output", "tests"):  # what is shown; the attached report is the text itself
        for text in _strings(json.loads(to_gradescope(report))[key]):
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u200b\u202e]", text)


@pytest.mark.parametrize("name", ["hostile", "failed", "passed", "pictured"])
def test_markdown_holds_no_markup_but_ours(make_report: Callable[[str], Report], name: str) -> None:
    page = MARKDOWN.render(to_markdown(make_report(name)))
    tags = set(re.findall(r"<(\w+)", page.replace("<!-- -->", "")))
    assert tags <= {"h2", "p", "strong", "em", "code", "pre", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"}


@pytest.mark.parametrize(
    "text",
    [
        "**bold** _it_ `code` ~~gone~~",
        "<b>x</b> <!-- &lt; -->",
        "![image](http://x/y.png) [link](javascript:alert)",
        "# heading",
        "- item",
        "1. item",
        "12) item",
        "> quote",
        "| cell | cell |",
        "---",
        "===",
        "$\\alpha$ \\ \\\\",
        "https://evil.example www.evil.example",
        "@everyone a@b.c",
        "```\nfence",
    ],
)
def test_any_text_is_shown_letter_by_letter(text: str) -> None:
    shown = re.sub(r"<[^>]*>", "", MARKDOWN.render(escaped(text)))
    plain = shown.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&").strip()
    assert plain == text.replace("\n", "\\n")
    in_code = MARKDOWN.render("|a|\n|-|\n|" + code(text) + "|\n")
    assert in_code.count("<td>") == 1
    assert "<code>" in in_code


def test_nothing_is_linked_or_mentioned() -> None:
    assert escaped("see https://evil.example, www.evil.example, @team") == "see https\\://evil.example, www\\.evil.example, @<!-- -->team"


def test_code_between_backticks_stays_code() -> None:
    assert prose("Use `Dense(1)`; not *this*, nor ` alone") == "Use `Dense(1)`; not \\*this\\*, nor \\` alone"


# Annotations


@pytest.mark.parametrize(("count", "shown", "last"), [(MOST, MOST, "remark"), (MOST + 1, MOST, "2 more"), (40, MOST, "32 more")])
def test_at_most_nine_of_each_kind(count: int, shown: int, last: str) -> None:
    found = [Annotation("error", "a", "remark", "s.py", number) for number in range(1, count + 1)]
    commands = workflow_commands([*found, Annotation("notice", "a", "b")])
    assert sum(line.startswith("::error") for line in commands) == shown
    assert last in commands[shown - 1]
    assert commands[shown:] == ["::notice title=a::b"]


def test_a_command_spells_what_would_end_it() -> None:
    assert Annotation("error", "a:b,c", "50%\r\nnext: a,b", "d:e,f.py", 3).command() == (
        "::error file=d%3Ae%2Cf.py,line=3,title=a%3Ab%2Cc::50%25%0D%0Anext: a,b"
    )


def test_a_criterion_without_a_cause_is_an_annotation_of_its_own(make_report: Callable[[str], Report]) -> None:
    report = make_report("failed")
    report = report.model_copy(update={"causes": report.causes[:1]})
    commands = [line for line in workflow_commands(remarks(report, located)) if "line=20" in line]
    assert commands == [
        "::error file=submission.py,line=20,title=Pixels reach the network scaled::The pixels that reach the first layer lie between 0 and "
        "255.%0AExpected: 0..1 or -1..1%0AFound: 0..255%0AWhere: submission.py, line 20%0A"
        "Hint: `ImageDataGenerator(rescale=1./255)`, or a layer in the model."
    ]


def test_a_function_of_another_name_is_one_annotation_at_its_line(make_report: Callable[[str], Report]) -> None:
    report = make_report("failed")
    ids = ("output-fits-labels", "pixels-scaled")
    of_one = tuple(one.model_copy(update={"function": "create_model"}) for one in report.criteria if one.id in ids)
    cause = Cause(id="function-missing", sentence="`create_model` is missing.", criteria=ids)
    found = Finding(
        id="missing-function",
        severity="error",
        message="You have `make_model` in line 53: rename it.",
        place=Place(file=report.file, line=53),
        function="create_model",
    )
    report = report.model_copy(update={"criteria": of_one, "causes": (cause,), "findings": (found,)})
    errors = [line for line in workflow_commands(remarks(report, located)) if line.startswith("::error")]
    title = "create_model%3A 2 criteria"
    assert errors == [
        f"::error file=submission.py,line=53,title={title}::`create_model` is missing.%0AYou have `make_model` in line 53: rename it."
    ]


@pytest.mark.parametrize(("shares", "bars"), [((), ""), ((0, 0.5, 1), "▁▅█"), ((0.12, 0.13, 0.87, 0.88), "▁▂▇█"), ((-1, 2), "▁█")])
def test_sparkline(shares: tuple[float, ...], bars: str) -> None:
    assert sparkline(shares) == bars


def test_curves_stand_in_the_summary(make_report: Callable[[str], Report]) -> None:
    assert "- Try 1: training `▆▇█`, hidden images `▅▇█`; 93.0% of the hidden images" in to_markdown(make_report("passed"))


def test_a_field_of_plain_text_says_how_training_went(make_report: Callable[[str], Report]) -> None:
    for text in (to_gradescope(make_report("passed")), to_prairielearn(make_report("passed"))):
        lines = json.loads(text)["output"].split("\n")
        at = lines.index("The grader's own training")
        assert lines[at + 1].startswith("create_model, Try 1: ▅▇█ 93.0% of the hidden images, 98.0% of the training images in epoch 3 of 3")


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for child in children for text in _strings(child)]

"""JUnit XML, in the dialect that pytest calls xunit2: a test suite for each submission, a test case for each criterion."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as Xml

from grader.contracts.report import Report
from grader.contracts.verdict import CriterionVerdict, Status

from .json import to_json, without_pictures
from .plain import criterion_lines, explained
from .text import one_line
from .wording import as_judged, number

_NO_PACKAGE = re.compile(r"[./\\\s]+")  # a class's name is split into packages at its dots

# The dialect has three ways in which a test can end without having passed.
_ENDS = {
    Status.FAILED: "failure",
    Status.PARTIAL: "failure",
    Status.ERROR: "error",
    Status.SKIPPED: "skipped",
    Status.UNATTEMPTED: "skipped",
    Status.PENDING: "skipped",
}


def to_junit(*reports: Report, names: Sequence[str] = ()) -> str:
    """Return one document for one or more reports; points are properties of the suite, since a test case has none in this dialect.

    `names`: what each submission is called, where its file's name alone would not tell it from the others.
    """
    root = Xml.Element("testsuites", name="grader")
    for report, name in zip(reports, names or [""] * len(reports), strict=True):
        root.append(_suite(report, name))
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    root.set("time", f"{sum(float(suite.get('time', '0')) for suite in root):.3f}")
    Xml.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


@as_judged
def _suite(report: Report, name: str) -> Xml.Element:
    ends = [_ENDS.get(criterion.status, "") for criterion in report.criteria]
    suite = Xml.Element(
        "testsuite",
        name=one_line(f"{report.exercise}: {name or report.file}"),
        tests=str(len(ends)),
        failures=str(ends.count("failure")),
        errors=str(ends.count("error")),
        skipped=str(ends.count("skipped")),
        time=f"{sum(timing.seconds for timing in report.timings):.3f}",
    )
    properties = Xml.SubElement(suite, "properties")
    for what, value in {
        "exercise": report.exercise,
        "profile": report.profile,
        "status": report.status.value,
        "points": f"{number(report.points)}/{number(report.max_points)}",
        "pass_mark": number(report.pass_mark),
        "official_mark": str(report.official_mark).lower(),
        "submission_digest": report.submission_digest,
        "rubric_digest": report.rubric_digest,
        **{f"points.{one.id}": f"{number(one.points)}/{number(one.max_points)}" for one in report.criteria},
    }.items():
        Xml.SubElement(properties, "property", name=one_line(what), value=one_line(value))
    causes = explained(report)
    # What reads this tells tests apart by class and name: equal criteria of two submissions are two tests.
    classes = report.exercise + (f".{_NO_PACKAGE.sub('_', name)}" if name else "")
    for criterion in report.criteria:
        suite.append(_case(classes, criterion, criterion_lines(criterion, causes.get(criterion.id))))
    Xml.SubElement(suite, "system-out").text = to_json(without_pictures(report))
    return suite


def _case(classes: str, criterion: CriterionVerdict, lines: list[str]) -> Xml.Element:
    group = criterion.function or "submission"
    case = Xml.Element("testcase", classname=one_line(f"{classes}.{group}"), name=one_line(f"{criterion.id}: {criterion.title}"))
    end = _ENDS.get(criterion.status)
    if end is not None:
        element = Xml.SubElement(case, end, type=criterion.status.value, message=lines[0] if lines else criterion.status.value)
        element.text = "\n".join(lines)
    elif lines:
        Xml.SubElement(case, "system-out").text = "\n".join(lines)
    return case

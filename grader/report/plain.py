"""What one criterion or cause has to say, as lines of plain text: for formats whose room is a text field."""

from __future__ import annotations

from grader.contracts.base import Place
from grader.contracts.report import Report
from grader.contracts.verdict import Cause, CriterionVerdict, Status
from grader.words.places import placed

from .sparkline import curves_text
from .text import many_lines, one_line
from .wording import MEANINGS, WORDS, described_try, headline, holdout_explained, untrained


def compared(expected: str, found: str, place: Place | None) -> list[str]:
    """Return what was expected, what was found, and where, as far as each is known."""
    lines = []
    if expected:
        lines.append(f"{WORDS['expected']} {one_line(expected)}")
    if found:
        lines.append(f"{WORDS['found']} {one_line(found)}")
    if place is not None:
        lines.append(f"{WORDS['where']} {one_line(placed(place))}")
    return lines


def cause_lines(cause: Cause) -> list[str]:
    """Return a cause: its sentence, then what was expected and found, then the software's own words."""
    detail = [f"  {line}" for line in many_lines(cause.detail.strip("\n")).split("\n")] if cause.detail.strip() else []
    line = [f"  {one_line(cause.line)}"] if cause.line else []
    return [one_line(cause.sentence), *compared(cause.expected, cause.found, cause.place), *line, *detail]


def criterion_lines(criterion: CriterionVerdict, cause: Cause | None) -> list[str]:
    """Return why a criterion ended as it did, and its first hint; a passed one without remark has no lines."""
    lines = []
    if cause is not None and criterion.status in {Status.FAILED, Status.PARTIAL}:
        lines += cause_lines(cause)
    said = one_line(criterion.message)
    if said and said not in lines:
        lines.append(said)
    if criterion.status in {Status.FAILED, Status.PARTIAL}:
        if cause is None:
            lines += compared(criterion.expected, criterion.found, criterion.place)
        lines += [f"{WORDS['hint']} {one_line(hint)}" for hint in criterion.hints[:1]]
    elif not lines and criterion.status is not Status.PASSED:
        lines.append(MEANINGS[criterion.status][0].upper() + MEANINGS[criterion.status][1:] + ".")
    return lines


def explained(report: Report) -> dict[str, Cause]:
    """Return, by the id of a criterion, the first cause that explains it."""
    return {id_: cause for cause in reversed(report.causes) for id_ in cause.criteria}


def summary_lines(report: Report) -> list[str]:
    """Return the report in brief: the mark, every cause, how training went, the notes, and which images it was measured on."""
    lines = [headline(report)]
    for cause in report.causes:
        lines += ["", *cause_lines(cause)]
    lines += _training_lines(report)
    errors = [finding for finding in report.findings if finding.severity == "error"]
    notes = [f"{placed(finding.place)}: {finding.message}" if finding.place else finding.message for finding in errors] + list(report.notes)
    if notes:
        lines += ["", *(f"- {one_line(note)}" for note in notes)]
    return [*lines, "", holdout_explained(report)] if report.holdout_digest else lines


def _training_lines(report: Report) -> list[str]:
    """Return a line for each try: accuracy on the hidden images over the epochs as bars of text, and how it went."""
    lines = []
    for training in report.trainings:
        if training.reason:
            lines.append(f"{one_line(training.function)}: {one_line(untrained(training))}")
        for one in training.tries:
            _, bars = curves_text(one)
            head = f"{one_line(training.function)}, {WORDS['try-number'].format(number=one.number)}"
            lines.append(f"{head} {bars} {one_line(described_try(one))}")
    return ["", WORDS["training"], *lines] if lines else []

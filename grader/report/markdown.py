"""The report as GitHub-flavoured Markdown, for a step summary or a release. No text of a student can mark up, link or mention."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.contracts.report import Report, TrainingReport
from grader.contracts.verdict import Cause, CriterionVerdict, Status
from grader.words.places import placed

from .plain import explained
from .sparkline import curves_text
from .text import many_lines, one_line
from .wording import (
    STATES,
    SYMBOLS,
    WORDS,
    as_judged,
    described_try,
    groups,
    headline,
    holdout_explained,
    left_out_explained,
    next_step,
    number,
    parameters,
    score,
    untrained,
)

_DETAIL_LINES = 12
# A backslash makes each of these a letter; in a bare address, the colon and the dot are what a linker looks for.
_MARKS = re.compile(r"[\\`*_\[\]<>#|~&$]|:(?=//)|(?<=www)\.|^[-+=]")
_NUMBERED = re.compile(r"^(\d+)(?=[.)](\s|$))")  # at the start of a line it would begin a list
_MENTION = re.compile(r"@(?=[\w-])")


@as_judged
def to_markdown(report: Report, name: str = "", *, page: bool = False) -> str:
    """Return the report as Markdown: state, causes, a table of the criteria, training curves as bars of text, what to do next.

    `name`: what the file is called where several are told of, its folder for example. `page`: the HTML page lies beside this.
    """
    causes = explained(report)
    lines = [f"## {SYMBOLS[report.status]} {prose(headline(report))}", "", _about(report, name or report.file), ""]
    for cause in report.causes:
        lines += _cause(cause)
    lines += _criteria(report)
    lines += _open(report.criteria, causes)
    for training in report.trainings:
        lines += _training(training)
    noticed = [f"{placed(finding.place)}: {finding.message}" if finding.place else finding.message for finding in report.findings]
    lines += _list(WORDS["noticed"], noticed)
    lines += _list(WORDS["notes"], report.notes)
    if report.left_out and report.status is not Status.UNATTEMPTED:  # else it is the starter's own statements
        lines += [f"{prose(left_out_explained(report))}.", ""]
    if report.holdout_digest:
        lines += [escaped(holdout_explained(report)), ""]
    return "\n".join([*lines, f"**{WORDS['next']}** {prose(next_step(report, page=page))}", ""])


def overview(rows: Sequence[tuple[str, Report | None]]) -> str:
    """Return a table of several submissions, each with its name; None: it could not be graded."""
    columns = " | ".join(WORDS[f"{key}-column"] for key in ("submission", "exercise", "points"))
    lines = [f"| | {columns} |", "|---|---|---|---:|"]
    for name, report in rows:
        if report is None:
            lines.append(f"| {SYMBOLS[Status.ERROR]} | {code(name)} | | {WORDS['not-graded']} |")
        else:
            points = f"{number(report.points)} / {number(report.max_points)}"
            lines.append(f"| {SYMBOLS[report.status]} | {code(name)} | {code(report.exercise)} | {points} |")
    return "\n".join([*lines, ""])


def escaped(text: str) -> str:
    """Return text as one line of Markdown that shows it letter by letter."""
    text = _MARKS.sub(lambda match: "\\" + match.group(), one_line(text))
    return _MENTION.sub("@<!-- -->", _NUMBERED.sub(r"\1\\", text))


def code(text: str) -> str:
    """Return text as a code span, also within a table."""
    text = one_line(text).replace("|", "¦") or " "
    fence = "`" * (1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    space = " " if text.startswith("`") or text.endswith("`") or not text.strip() else ""
    return f"{fence}{space}{text}{space}{fence}"


def prose(text: str) -> str:
    """Return a sentence with its `code` between backticks as code spans, everything else letter by letter."""
    parts = re.split(r"`([^`]+)`", one_line(text))
    return "".join(code(part) if index % 2 else escaped(part) for index, part in enumerate(parts))


def _about(report: Report, name: str) -> str:
    named = [report.exercise]
    if report.profile != "native":
        named.append(WORDS["profile"].format(profile=report.profile))
    if report.data != "embedded":
        named.append(WORDS["official-data"])
    return f"**{escaped(report.title)}**. " + escaped(WORDS["heading"]).format(
        week=report.week, exercise=", ".join([code(named[0]), *map(escaped, named[1:])]), file=code(name)
    )


def _cause(cause: Cause) -> list[str]:
    lines = [f"- **{prose(cause.sentence)}**"]
    lines += [f"  - {label} {prose(text)}" for label, text in _compared(cause)]
    lines += [f"    {code(cause.line)}"] if cause.line else []
    return [*lines, "", *_block(cause.detail, indent="  ")]


def _compared(one: Cause | CriterionVerdict) -> list[tuple[str, str]]:
    told = (("expected", one.expected), ("found", one.found), ("where", placed(one.place) if one.place else ""))
    return [(WORDS[key], text) for key, text in told if text]


def _block(text: str, indent: str) -> list[str]:
    """Return foreign text as a fenced block, its end left out where it is long."""
    if not text.strip():
        return []
    lines = many_lines(text.strip("\n")).split("\n")
    shown = lines[:_DETAIL_LINES] + (
        [WORDS["lines-left-out"].format(number=len(lines) - _DETAIL_LINES)] if len(lines) > _DETAIL_LINES else []
    )
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    return [f"{indent}{line}" for line in (f"{fence}text", *shown, fence)] + [""]


def _criteria(report: Report) -> list[str]:
    if not report.criteria:
        return []
    columns = " | ".join(WORDS[key] for key in ("criterion-column", "status-column", "points-column"))
    lines = [f"| | {columns} |", "|---|---|---|---:|"]
    for group in groups(report):
        title = code(group.title) if group.function else escaped(group.title)
        lines.append(f"| | **{title}** | | **{group.score}** |")
        lines += [
            f"| {SYMBOLS[one.status]} | {prose(WORDS['self-reported'].format(title=one.title) if one.self_reported else one.title)} "
            f"| {STATES[one.status]} | {number(one.points)} / {number(one.max_points)} |"
            for one in group.criteria
        ]
    return [*lines, f"| | **{WORDS['all']}** | | **{score(report.criteria)}** |", ""]


def _open(criteria: Sequence[CriterionVerdict], causes: dict[str, Cause]) -> list[str]:
    """Return what is still to be done for each criterion: what no cause above says, and a hint."""
    lines = []
    for one in criteria:
        if one.status is Status.PASSED:
            continue
        cause = causes.get(one.id)
        said = [prose(one.message)] if one.message and (cause is None or one.message != cause.sentence) else []
        if one.status in {Status.FAILED, Status.PARTIAL}:
            if cause is None:
                said += [f"{label} {prose(text)}." for label, text in _compared(one)]
            said += [f"*{WORDS['hint']}* {prose(hint)}" for hint in one.hints[:1]]
        if said:
            lines.append(f"- {prose(one.title)}: {' '.join(said)}")
    return [*lines, ""] if lines else []


def _training(training: TrainingReport) -> list[str]:
    lines = [f"**{prose(WORDS['network'].format(training=training.id, function=training.function, parameters=parameters(training)))}**", ""]
    if training.reason:
        lines.append(f"- {prose(untrained(training))}")
    for one in training.tries:
        on_training, on_hidden = curves_text(one)
        lines.append(
            "- "
            + escaped(WORDS["try-curves"]).format(
                number=one.number, training=code(on_training), hidden=code(on_hidden), how=escaped(described_try(one))
            )
        )
    return [*lines, ""]


def _list(heading: str, sentences: Sequence[str]) -> list[str]:
    return [f"**{heading}**", "", *(f"- {prose(sentence)}" for sentence in sentences), ""] if sentences else []

"""GitHub Actions: annotations at the lines of a submission, as workflow commands that no text in them can end or extend."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from grader.contracts.base import Place
from grader.contracts.report import Report
from grader.contracts.verdict import CriterionVerdict, Status

from .plain import cause_lines, criterion_lines, explained
from .text import one_line
from .wording import WORDS, as_judged, headline

Level = Literal["error", "warning", "notice"]
LEVELS: tuple[Level, ...] = ("error", "warning", "notice")
MOST = 9  # of each level: GitHub shows ten for a step, and drops the rest without a word

_IN_MESSAGE = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTY = {**_IN_MESSAGE, ":": "%3A", ",": "%2C"}

Locate = Callable[[Place], tuple[str, int | None]]


@dataclass(frozen=True)
class Annotation:
    """A remark at a line of a file, or at the file as a whole."""

    level: Level
    title: str
    message: str  # may have several lines
    file: str = ""  # in the repository; empty: of no file
    line: int | None = None

    def command(self) -> str:
        """Return the workflow command that makes it."""
        facts = {"file": self.file, "line": str(self.line or "") if self.file else "", "title": one_line(self.title)}
        shown = ",".join(f"{name}={_escape(value, _IN_PROPERTY)}" for name, value in facts.items() if value)
        return f"::{self.level} {shown}::{_escape(self.message, _IN_MESSAGE)}"


@as_judged
def remarks(report: Report, locate: Locate) -> list[Annotation]:
    """Return what a report has to say at its places; `locate` turns a place into a file of the repository and a line of that file."""
    found = []
    causes = explained(report)
    whole = Place(file=report.file)
    said = {cause.sentence for cause in report.causes}
    for cause in report.causes:
        explains = [one for one in report.criteria if one.id in cause.criteria]
        lines, place = cause_lines(cause), cause.place
        if cause.id == "function-missing":  # what the text tells of it belongs to it: a name that is only spelled otherwise, and its line
            for finding in report.findings:
                if finding.id == "missing-function" and finding.function in {one.function for one in explains}:
                    if finding.message not in said:
                        lines.append(one_line(finding.message))
                    said.add(finding.message)
                    place = place or finding.place
        found.append(_at(place or whole, locate, "error", _titled(explains) or report.title, lines))
    for one in report.criteria:
        lines = criterion_lines(one, None)
        if one.status is Status.ERROR:
            found.append(_at(whole, locate, "warning", WORDS["graders-fault"].format(title=one.title), lines))
        elif one.status in {Status.FAILED, Status.PARTIAL} and one.id not in causes:
            level: Level = "notice" if not one.max_points else "error" if one.status is Status.FAILED else "warning"
            found.append(_at(one.place or whole, locate, level, one.title, lines))
    for finding in report.findings:
        if finding.message not in said:
            level = "error" if finding.severity == "error" else "notice"
            found.append(_at(finding.place or whole, locate, level, finding.id, [one_line(finding.message)]))
    found.append(_at(whole, locate, "notice", report.title, [headline(report)]))
    return found


def workflow_commands(found: Iterable[Annotation]) -> list[str]:
    """Return a line for each annotation, errors first; of a level with too many, as many as are shown, the last saying how many more."""
    lines = []
    for _, group in groupby(sorted(found, key=lambda one: LEVELS.index(one.level)), key=lambda one: one.level):
        some = list(group)
        if len(some) > MOST:
            more = len(some) - (MOST - 1)
            rest = Annotation(some[0].level, WORDS["more-remarks"].format(number=more), WORDS["more-in-report"].format(number=more))
            some = [*some[: MOST - 1], rest]
        lines += [one.command() for one in some]
    return lines


def _titled(explains: list[CriterionVerdict]) -> str:
    """Return what a cause that explains these criteria is about: the one criterion, or the function that all of them belong to."""
    functions = {one.function for one in explains}
    function = next(iter(functions)) if len(explains) > 1 and len(functions) == 1 else None
    return WORDS["criteria-of"].format(function=function, number=len(explains)) if function else explains[0].title if explains else ""


def _at(place: Place, locate: Locate, level: Level, title: str, lines: list[str]) -> Annotation:
    file, line = locate(place)
    # The places inside the message are those of the submission: a notebook's line there is a line of a cell.
    return Annotation(level=level, title=title[:120], message="\n".join(lines), file=file, line=line)


def _escape(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(character, character) for character in text)

"""GitHub Actions: annotations at the lines of a submission, as workflow commands that no text in them can end or extend."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from grader.contracts.base import Place
from grader.contracts.report import Report
from grader.contracts.verdict import Status

from .plain import cause_lines, criterion_lines, explained
from .text import one_line
from .wording import headline

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


def remarks(report: Report, locate: Locate) -> list[Annotation]:
    """Return what a report has to say at its places; `locate` turns a place into a file of the repository and a line of that file."""
    found = []
    causes = explained(report)
    whole = Place(file=report.file)
    titles = {one.id: one.title for one in report.criteria}
    for cause in report.causes:
        title = next((titles[id_] for id_ in cause.criteria if id_ in titles), report.title)
        found.append(_at(cause.place or whole, locate, "error", title, cause_lines(cause)))
    for one in report.criteria:
        lines = criterion_lines(one, None)
        if one.status is Status.ERROR:
            found.append(_at(whole, locate, "warning", f"The grader's own fault: {one.title}", lines))
        elif one.status in {Status.FAILED, Status.PARTIAL} and one.id not in causes:
            level: Level = "notice" if not one.max_points else "error" if one.status is Status.FAILED else "warning"
            found.append(_at(one.place or whole, locate, level, one.title, lines))
    said = {cause.sentence for cause in report.causes}
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
            rest = Annotation(some[0].level, f"{more} more", f"{more} more of this kind are in the summary and in the report.")
            some = [*some[: MOST - 1], rest]
        lines += [one.command() for one in some]
    return lines


def _at(place: Place, locate: Locate, level: Level, title: str, lines: list[str]) -> Annotation:
    file, line = locate(place)
    # The places inside the message are those of the submission: a notebook's line there is a line of a cell.
    return Annotation(level=level, title=title[:120], message="\n".join(lines), file=file, line=line)


def _escape(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(character, character) for character in text)

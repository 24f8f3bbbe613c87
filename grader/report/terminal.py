"""The terminal report: the cause first, a line for each criterion, what to do next. Plain text where there is no terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from grader.contracts.base import Place
from grader.contracts.report import Report
from grader.contracts.verdict import Cause, CriterionVerdict, Status
from grader.words.places import placed

from .surroundings import COMMANDS, Surroundings
from .text import many_lines, one_line
from .wording import (
    STATES,
    SYMBOLS,
    WORDS,
    Group,
    as_judged,
    counts,
    described_try,
    groups,
    headline,
    holdout_explained,
    left_out_explained,
    next_step,
    number,
    parameters,
    relative_time,
    untrained,
)

if TYPE_CHECKING:  # a plain import of this module stays cheap
    from rich.console import Console
    from rich.text import Text

_STYLES = {
    Status.PASSED: "green",
    Status.FAILED: "bold red",
    Status.PARTIAL: "yellow",
    Status.SKIPPED: "dim",
    Status.UNATTEMPTED: "cyan",
    Status.PENDING: "magenta",
    Status.ERROR: "bold magenta",
}
_ASCII = {Status.PASSED: "+", Status.FAILED: "x", Status.PARTIAL: "~", Status.SKIPPED: "-", Status.UNATTEMPTED: "o", Status.PENDING: "."}
_DETAIL_LINES = 12  # of Keras' own text
_STDOUT_LINES = 20
_CARDS = 3  # how many ideas are named for reading, unless everything is asked for


@as_judged
def to_terminal(report: Report, console: Console, *, verbose: bool = False, page: bool = False, within: Surroundings = COMMANDS) -> None:
    """Print the report; `verbose` adds every hint, Keras' own text, what was left out and what the submission printed.

    `page`: whoever reads this has the page as well. `within`: where it is read.
    """
    _Printer(console, verbose=verbose, page=page, within=within).report(report)


class _Printer:
    """Prints the parts of one report, each indented under its heading."""

    def __init__(self, console: Console, *, verbose: bool, page: bool, within: Surroundings) -> None:
        self._console = console
        self._verbose = verbose
        self._page = page
        self._within = within
        self._ascii = not console.encoding.lower().startswith("utf")
        self._exercise = ""
        self._named: set[str] = set()  # ideas that a line above names for reading

    def report(self, report: Report) -> None:
        self._exercise = report.exercise
        self._title(report)
        for number_, cause in enumerate(report.causes):
            self._cause(cause, first=number_ == 0)
        self._findings(report)
        explained = {id_: cause for cause in reversed(report.causes) for id_ in cause.criteria}
        for group in groups(report):
            self._group(group, explained)
        self._training(report)
        self._list(WORDS["notes"], report.notes)
        self._left_out(report)
        self._stdout(report)
        self._summary(report)

    def _title(self, report: Report) -> None:
        self._print(report.title, style="bold")
        named = [report.exercise]
        if report.profile != "native":
            named.append(WORDS["profile"].format(profile=report.profile))
        if report.data != "embedded":
            named.append(WORDS["official-data"])
        self._print(WORDS["heading"].format(week=report.week, exercise=", ".join(named), file=report.file), style="dim")

    def _cause(self, cause: Cause, *, first: bool) -> None:
        self._gap()
        self._print(cause.sentence, lead=f"  {self._symbol(Status.FAILED)}", style="bold red" if first else "red")
        self._comparison(cause.expected, cause.found, cause.place)
        if cause.line:
            self._print(cause.line, lead=" " * (4 + self._label_width), style="cyan")
        if self._verbose:
            self._block(cause.detail, _DETAIL_LINES)

    @property
    def _label_width(self) -> int:
        return max(len(WORDS[key]) for key in ("expected", "found", "where"))

    def _comparison(self, expected: str, found: str, place: Place | None) -> None:
        for key, text in (("expected", expected), ("found", found), ("where", placed(place) if place is not None else "")):
            if text:
                self._print(text, lead=f"    {WORDS[key]:{self._label_width}}")

    def _findings(self, report: Report) -> None:
        said = {cause.sentence for cause in report.causes}
        findings = [finding for finding in report.findings if finding.message not in said]
        if findings:
            self._heading(WORDS["noticed"])
        for finding in findings:
            error = finding.severity == "error"
            where = f"{placed(finding.place)}: " if finding.place else ""
            self._print(where + finding.message, lead=f"  {self._symbol(Status.FAILED)}" if error else "  -", style="red" if error else "")

    def _group(self, group: Group, explained: Mapping[str, Cause]) -> None:
        self._gap()
        self._print(group.title, right=group.score, style="bold")
        said = ""
        for criterion in group.criteria:
            self._criterion(criterion, explained.get(criterion.id), said)
            said = criterion.message

    def _criterion(self, criterion: CriterionVerdict, cause: Cause | None, said: str) -> None:
        """Print one line and what belongs to it; `said`: the message above, which is not said again."""
        self._print(
            WORDS["self-reported"].format(title=criterion.title) if criterion.self_reported else criterion.title,
            lead=f"  {self._symbol(criterion.status)} {STATES[criterion.status]:11}",
            lead_style=_STYLES[criterion.status],
            right=f"{number(criterion.points)} / {number(criterion.max_points)}",
        )
        if criterion.message and criterion.message != said and (cause is None or criterion.message != cause.sentence):
            self._print(criterion.message, lead="   ")
        if criterion.status not in {Status.FAILED, Status.PARTIAL}:
            return
        if self._verbose or cause is None:  # else a cause above has said it already
            self._comparison(criterion.expected, criterion.found, criterion.place)
        shown = criterion.hints if self._verbose else criterion.hints[:1]
        for hint in shown:
            self._print(hint, lead=f"    {WORDS['hint']}", lead_style="cyan")
        if len(criterion.hints) > len(shown):
            self._print(f"{self._within.prefix}grader hint {self._exercise} {criterion.id}", lead=f"    {WORDS['more']}", lead_style="cyan")
        self._reading(criterion.concept)

    def _reading(self, concept: str | None) -> None:
        """Name the card of an idea, once; only the first few, so that the list stays calm."""
        if concept is None or concept in self._named or (len(self._named) == _CARDS and not self._verbose):
            return
        self._named.add(concept)
        self._print(f"{self._within.prefix}grader explain {concept}", lead=f"    {WORDS['read']}", lead_style="cyan")

    def _training(self, report: Report) -> None:
        if report.trainings:
            self._heading(WORDS["training"])
        for training in report.trainings:
            if len(report.trainings) > 1:
                network = {"training": training.id, "function": training.function, "parameters": parameters(training)}
                key = "network" if training.relative_time is None else "network-time"
                self._print(WORDS[key].format(time=relative_time(training), **network), lead=" ")
            if training.status != "trained":
                self._print(untrained(training), lead=" ")
                if self._verbose:
                    self._block(training.detail, _DETAIL_LINES)
            for one in training.tries:
                self._print(described_try(one), lead=f"  {WORDS['try-number'].format(number=one.number)}")

    def _list(self, heading: str, lines: Sequence[str]) -> None:
        if lines:
            self._heading(heading)
        for line in lines:
            self._print(line, lead="  -")

    def _left_out(self, report: Report) -> None:
        untouched = report.status is Status.UNATTEMPTED  # then it is the starter's own statements
        if not report.left_out or (untouched and not self._verbose):
            return
        self._gap()
        what = left_out_explained(report)
        self._print(f"{what}." if self._verbose else WORDS["lists-what"].format(statements=what), style="dim")
        if self._verbose:
            for left in report.left_out:
                self._print(f"{placed(left.place)}: {left.what} ({left.why})", lead="  -")

    def _stdout(self, report: Report) -> None:
        if self._verbose and report.stdout.strip():
            self._heading(WORDS["printed"])
            self._block(report.stdout, _STDOUT_LINES)

    def _summary(self, report: Report) -> None:
        self._gap()
        self._print(headline(report), lead=self._symbol(report.status), style=f"bold {_STYLES[report.status]}")
        uncounted = [criterion for criterion in report.criteria if not counts(criterion)]
        if uncounted:
            points = number(sum(criterion.max_points for criterion in uncounted))
            self._print(WORDS["uncounted"].format(points=points))
        if report.holdout_digest:
            self._print(holdout_explained(report), style="dim")
        self._print(next_step(report, page=self._page, notebook=self._within.notebook), lead=WORDS["next"], lead_style="bold")

    def _symbol(self, status: Status) -> str:
        return _ASCII.get(status, "!") if self._ascii else SYMBOLS[status]

    def _text(self, text: str, style: str = "") -> Text:
        from rich.text import Text  # noqa: PLC0415

        shown = Text(one_line(text), style=style, overflow="fold")
        shown.highlight_regex(r"`[^`]+`", "bold")
        return shown

    def _print(self, text: str, *, lead: str = "", lead_style: str = "", right: str = "", style: str = "") -> None:
        """Print one paragraph: continuation lines stand under its first word, behind `lead`; `right` ends the first line."""
        from rich.cells import cell_len  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        prefix = self._text(lead + " ", lead_style or style) if lead else Text()
        width = self._console.width - prefix.cell_len - (cell_len(right) + 2 if right else 0)
        for index, line in enumerate(self._text(self._within.fit(text), style).wrap(self._console, max(width, 12), overflow="fold")):
            line.rstrip()
            row = Text.assemble(prefix if index == 0 else " " * prefix.cell_len, line)
            if right and index == 0:
                row.append(" " * max(2, self._console.width - row.cell_len - cell_len(right)) + right, style)
            self._console.print(row, soft_wrap=True, markup=False, highlight=False, emoji=False)

    def _block(self, text: str, most: int) -> None:
        """Print foreign text line by line, its middle left out where it is long."""
        lines = many_lines(text.strip("\n")).split("\n") if text.strip() else []
        if len(lines) > most:
            half = most // 2
            lines = [*lines[:half], WORDS["lines-left-out"].format(number=len(lines) - 2 * half), *lines[-half:]]
        for line in lines:
            self._print(line, lead="    |", style="dim")

    def _heading(self, text: str) -> None:
        self._gap()
        self._print(text, style="bold")

    def _gap(self) -> None:
        self._console.print()

"""Puts a run's marks into an LMS's own export: one column, and only for students of whom it is certain which row is theirs."""

from __future__ import annotations

import difflib
import html
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grader.contracts.errors import UsageError
from grader.contracts.report import Report
from grader.contracts.verdict import Status
from grader.report.plain import criterion_lines, explained, summary_lines
from grader.report.text import one_line
from grader.report.wording import counts

from .gradebook import Cell, gradebook, harmless
from .layouts import Layout, decimal_mark, key_of, number
from .reading import Reader
from .sheet import Sheet, read_sheet

_BEHIND = re.compile(r"(.*)_(\d+)", re.DOTALL)  # as Moodle and Canvas append a number to a name
_OURS = "Graded automatically."
_NOTHING = ("", "-")  # as Moodle writes that there is no mark
_STATES = {"missing": "handed nothing in", "unreadable": "could not be read", "waiting": "is not graded yet"}


@dataclass(frozen=True)
class Outcome:
    """What one student has in the exercise: the points that count, and the report that explains them."""

    cell: Cell
    report: Report | None

    @property
    def unmarked(self) -> str:
        """Why there is no mark to hand over, as a clause; "" where there is one."""
        if self.report is None or self.cell.points is None:
            return _STATES.get(self.cell.state, "was not graded: the grader failed")
        if self.report.status is Status.ERROR:
            return "was not graded: the grader failed at a part"
        return "" if self.report.max_points else "was not graded: nothing could be measured"

    @property
    def full(self) -> float:
        """The points of every criterion, measured or not."""
        return sum(criterion.max_points for criterion in self.report.criteria) if self.report else 0.0


@dataclass
class Filling:
    """What was put into a sheet, and what not. Each entry is a name and, as a clause, why."""

    filled: int = 0
    changed: list[tuple[str, str]] = field(default_factory=list)  # had another mark before
    left: list[tuple[str, str]] = field(default_factory=list)  # rows that stay as they were
    refused: list[tuple[str, str]] = field(default_factory=list)  # students whose mark has no certain place
    partly: list[tuple[str, str]] = field(default_factory=list)  # students whose mark is of fewer points than the exercise has


def outcomes(store: Reader, exercise: str) -> dict[str, Outcome]:
    """Return what each student of a run has in an exercise, after decisions by hand and the late policy."""
    marks = store.marks()
    reports = {mark.student: mark.report for mark in marks if mark.exercise == exercise}
    book = gradebook(store, [exercise], store.roster(), known=marks)
    return {student: Outcome(cells[exercise], reports.get(student)) for student, cells in book.rows.items() if exercise in cells}


def read_mapping(file: Path) -> dict[str, str]:
    """Return which row each student is, from a CSV with columns `student` (as the run calls them) and `id` (as the sheet does)."""
    sheet = read_sheet(file)
    header = [name.casefold() for name in sheet.header]
    if "student" not in header or "id" not in header:
        raise UsageError(f"{file} has no columns student and id.", hint="student: as the run calls them; id: as the LMS's sheet does.")
    student, key = header.index("student"), header.index("id")
    pairs = [(sheet.cell(row, student).strip(), sheet.cell(row, key).strip()) for row in range(1, len(sheet.rows))]
    for column, what in ((0, "student"), (1, "id")):
        twice = [name for name, count in Counter(pair[column] for pair in pairs if all(pair)).items() if count > 1]
        if twice:
            raise UsageError(f"{file} names the {what} {twice[0]!r} more than once.", hint="One row per student.")
    return {unicodedata.normalize("NFC", name): value for name, value in pairs if name and value}


def fill(
    sheet: Sheet,
    layout: Layout,
    marks: Mapping[str, Outcome],
    mapping: Mapping[str, str],
    *,
    scale: bool = False,
    feedback: int | None = None,
) -> Filling:
    """Put marks into the sheet, and say what was done.

    `scale`: as a share of what the column is worth. `feedback`: a column that gets what the student should know, as HTML.
    Raises `UsageError` where the column is worth something else and `scale` was not asked for.
    """
    _require_same_total(sheet, layout, marks, scale)
    done = Filling()
    rows = {}
    for student, outcome in marks.items():
        row, why = _row_of(student, sheet, layout, mapping)
        if row is not None:
            rows[student] = row
        elif not outcome.unmarked:
            done.refused.append((student, why))
    shared = {row for row, count in Counter(rows.values()).items() if count > 1}
    mark = decimal_mark(sheet)
    for student, row in rows.items():
        outcome = marks[student]
        if row in shared:
            others = ", ".join(other for other in rows if rows[other] == row and other != student)
            done.refused.append((student, f"shares the row of {_shown(sheet, layout, row)} with {others}"))
        elif outcome.unmarked:
            done.left.append((_shown(sheet, layout, row), outcome.unmarked))
        elif not scale and outcome.cell.max_points != outcome.full:
            done.partly.append((student, f"{outcome.cell.points:g} of {outcome.cell.max_points:g}; {outcome.full:g} in all"))
        else:
            _put(sheet, layout, row, outcome, mark, done, scale=scale, feedback=feedback)
    known = set(rows.values())
    done.left += [(_shown(sheet, layout, row), "is not in the run") for row in layout.students if row not in known]
    return done


def _require_same_total(sheet: Sheet, layout: Layout, marks: Mapping[str, Outcome], scale: bool) -> None:
    worth = next(iter(layout.possible.values()), None)
    full = max((outcome.full for outcome in marks.values()), default=0.0)
    if scale and not worth:
        raise UsageError(f"{sheet.name} does not say how many points {sheet.header[layout.grade]!r} is worth.", hint="Leave out --scale.")
    if not scale and worth is not None and full and worth != full:
        raise UsageError(
            f"{sheet.header[layout.grade]!r} is worth {worth:g} points there, the exercise {full:g}.",
            hint=f"--scale fills in shares: {full:g} points become {worth:g}. Or change what the assignment is worth.",
        )


def _put(sheet: Sheet, layout: Layout, row: int, outcome: Outcome, mark: str, done: Filling, *, scale: bool, feedback: int | None) -> None:
    assert outcome.cell.points is not None
    points = outcome.cell.points
    if scale:
        points = points / outcome.cell.max_points * layout.possible[row]
    before = sheet.cell(row, layout.grade).strip()
    had = number(before)
    if before not in _NOTHING and had is None:
        done.left.append((_shown(sheet, layout, row), f"holds {one_line(before)!r}, which is no number"))
        return
    points = round(points, 2)
    done.filled += 1
    if had != points:
        sheet.put(row, layout.grade, f"{points:.2f}".rstrip("0").rstrip(".").replace(".", mark))
        if had is not None:
            done.changed.append((_shown(sheet, layout, row), f"{had:g} → {points:g}"))
    if feedback is not None:
        _put_feedback(sheet, layout, row, feedback, outcome, done)


def _put_feedback(sheet: Sheet, layout: Layout, row: int, column: int, outcome: Outcome, done: Filling) -> None:
    before = sheet.cell(row, column).strip()
    if before and not before.startswith(_OURS):
        done.left.append((_shown(sheet, layout, row), "has a comment, which stays; the mark was filled in"))
        return
    sheet.put(row, column, feedback_html(outcome))


def feedback_html(outcome: Outcome) -> str:
    """Return what a student should know, as one line of HTML without any markup of theirs; no spreadsheet runs it."""
    report = outcome.report
    assert report is not None
    causes = explained(report)
    late = [f"{outcome.cell.points:g} points count: {one_line(outcome.cell.late)}."] if outcome.cell.late else []
    lines = [_OURS, *late, "", *summary_lines(report)]
    for criterion in report.criteria:
        if criterion.status is not Status.PASSED:
            share = f": {criterion.points:g} of {criterion.max_points:g}" if counts(criterion) else ""
            said = [] if criterion.id in causes else criterion_lines(criterion, None)
            lines += ["", f"{one_line(criterion.title)}{share}", *said]
    return harmless("<br>".join(html.escape(line) for line in lines))


def _row_of(student: str, sheet: Sheet, layout: Layout, mapping: Mapping[str, str]) -> tuple[int | None, str]:
    """Return the row of a student, or why none is certain."""
    if (key := mapping.get(unicodedata.normalize("NFC", student))) is not None:
        found = _rows_with(layout, {key_of(key), *re.findall(r"\d+$", key)} if len(layout.ids) == 1 else {key_of(key)})
        return _certain(found, sheet, layout, f"no row has the id {key!r} that --roster gives")
    behind = _BEHIND.fullmatch(student)
    first, *others = layout.ids
    found = _rows_with(layout, {key_of(student)} if layout.numbers_alone or not student.isdecimal() else set())
    if behind:
        by_number = [row for row in layout.students if layout.ids[first][row] == behind[2]]
        strangers = [row for row in by_number if not _same_name(behind[1], sheet, layout, row)]
        if strangers:
            return None, f"has the number of {_shown(sheet, layout, strangers[0])}, but another name"
        found = list(dict.fromkeys([*found, *by_number]))
    columns = ", ".join([first, *others])
    return _certain(found, sheet, layout, f"no row has this as its {columns}{_alike(student, sheet, layout)}")


def _rows_with(layout: Layout, keys: set[str]) -> list[int]:
    return [row for row in layout.students if any(column[row] in keys for column in layout.ids.values())]


def _certain(found: list[int], sheet: Sheet, layout: Layout, otherwise: str) -> tuple[int | None, str]:
    if len(found) == 1:
        return found[0], ""
    return None, f"fits several rows: {'; '.join(_shown(sheet, layout, row) for row in found)}" if found else otherwise


def _same_name(name: str, sheet: Sheet, layout: Layout, row: int) -> bool:
    """Return whether a name has the letters of the row's, in whatever order; a sheet without names says nothing against it."""
    there = _letters("".join(sheet.cell(row, column) for column in layout.names))
    return not there or sorted(_letters(name)) == sorted(there)


def _letters(name: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", name.casefold()) if letter.isalnum())


def _alike(student: str, sheet: Sheet, layout: Layout) -> str:
    """Return whom a student may be, for a human to decide: a name alone decides nothing."""
    name = _BEHIND.sub(r"\1", student).casefold()
    names = {_named(sheet, layout, row).casefold(): row for row in layout.students}
    close = difflib.get_close_matches(name, names, 1, 0.7)
    return f"; is it {_shown(sheet, layout, names[close[0]])}?" if close else ""


def _named(sheet: Sheet, layout: Layout, row: int) -> str:
    return " ".join(sheet.cell(row, column).strip() for column in layout.names)


def _shown(sheet: Sheet, layout: Layout, row: int) -> str:
    key = next((column[row] for column in layout.ids.values() if column[row]), "?")
    return one_line(f"{_named(sheet, layout, row)} ({key})".strip())

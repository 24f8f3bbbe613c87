"""Which of a student's several attempts at one exercise counts, and whether that is certain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath

from grader.words import Table

from .policy import Deadline
from .reading import Row
from .times import FILE_TIME

WORDS = Table(
    "attempts",
    {
        "later": "A later attempt counts: {file}.",
        "after-deadline": "Handed in after the deadline; the last attempt before it counts: {file}.",
        "untold": "Nothing tells which file is the later one; {taken} was taken, not {others}.",
        "file-times": "Only the files' own times tell which is the later one; {taken} was taken, not {others}.",
    },
)


def counting(attempts: Sequence[Row], due: Deadline | None) -> Row:
    """Return the attempt that counts: the last one before the deadline, or the last one where none was in time."""
    in_time = [row for row in attempts if due is not None and row.handed is not None and due.meets(row.handed)]
    return max(in_time or attempts, key=_order)


def passed_over(row: Row, chosen: Row) -> str:
    """Return why an attempt does not count, as a sentence."""
    if _order(row) < _order(chosen):
        return WORDS["later"].format(file=_name(chosen))
    return WORDS["after-deadline"].format(file=_name(chosen))


def uncertain(attempts: Sequence[Row], chosen: Row) -> str:
    """Return why it is not certain which attempt counts, as a sentence; "" where it is, or where it makes no difference."""
    rivals = [row for row in attempts if row.content != chosen.content and row.attempt == chosen.attempt]
    if not rivals:
        return ""
    names = ", ".join(_name(row) for row in sorted(rivals, key=_order))
    if chosen.handed is None or any(row.handed is None or row.handed == chosen.handed for row in rivals):
        return WORDS["untold"].format(taken=_name(chosen), others=names)
    if any(FILE_TIME in (row.handed_by, chosen.handed_by) for row in rivals):
        return WORDS["file-times"].format(taken=_name(chosen), others=names)
    return ""


def by_exercise(rows: Iterable[Row]) -> dict[tuple[str, str], list[Row]]:
    """Return the attempts of each student at each exercise."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.exercise is not None:
            found.setdefault((row.student, row.exercise), []).append(row)
    return found


def _order(row: Row) -> tuple[int, float, str]:
    return row.attempt, row.handed or 0.0, row.path


def _name(row: Row) -> str:
    return PurePath(row.path).name

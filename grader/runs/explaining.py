"""Says from stored evidence how a mark came about: what was measured, what is asked, under which rubric, when, by whom. Lines of 80."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Any

import yaml

from grader.contracts.errors import UsageError
from grader.contracts.report import Report
from grader.contracts.verdict import CriterionVerdict, Status
from grader.report.text import one_line
from grader.report.wording import MEANINGS, described_try, number

from .override import BY_RULE
from .policy import kept_policy
from .reading import Decision, Mark, Reader, Row
from .times import shown_time

WIDTH = 80
_SHORT = 12  # characters of a digest
_QUIET = {BY_RULE, "accuracy", "asked", "problem"}  # details that other lines say


@dataclass(frozen=True)
class Marked:
    """One student's mark in one exercise, with all that led to it."""

    row: Row
    mark: Mark  # with its pictures
    history: tuple[Mark, ...]  # oldest first
    decisions: tuple[Decision, ...]
    others: tuple[Row, ...]  # attempts that do not count
    rubric: str  # text of the file that it was judged by; "" where the run did not keep it
    lateness: str  # why less counts; "" where all of it does
    counts: float
    zone: tzinfo | None  # in which times are told

    def criterion(self, id_: str) -> CriterionVerdict:
        """Return a judged criterion. Raises `UsageError` where there is none of that name."""
        found = next((one for one in self.mark.report.criteria if one.id == id_), None)
        if found is None:
            known = ", ".join(one.id for one in self.mark.report.criteria)
            raise UsageError(f"{self.mark.exercise} has no criterion {id_!r}.", hint=f"There are: {known}.")
        return found


def marked(store: Reader, student: str, exercise: str | None = None) -> list[Marked]:
    """Return a student's marks (in one exercise). Raises `UsageError` where there is none."""
    rows = store.rows(student)
    marks = [mark for mark in store.marks(pictures=True) if mark.student == student and exercise in (None, mark.exercise)]
    if not marks:
        states = "; ".join(f"{Path(row.path).name}: {row.state}: {row.message}" for row in rows if row.message)
        raise UsageError(
            f"{student!r} has no mark{f' in {exercise}' if exercise else ''} in this run.",
            hint=states or f"`grader gradebook {store.folder}` lists who has.",
        )
    policy = kept_policy(store)
    found = []
    for mark in marks:
        row = next(row for row in rows if row.id == mark.submission)
        settled = policy.settle(student, mark.exercise, row.handed, mark.report.points, mark.report.max_points) if policy else None
        found.append(
            Marked(
                row,
                mark,
                tuple(store.history(mark.submission)),
                tuple(store.decisions(student, mark.exercise)),
                tuple(other for other in rows if other.exercise == mark.exercise and other.id != row.id),
                store.rubric(mark.report) or "",
                settled.why if settled else "",
                settled.points if settled else mark.report.points,
                policy.zone if policy else None,
            )
        )
    return found


def explained(marked: Marked, criterion: str | None = None) -> str:
    """Return how a mark (or one criterion of it) came about, as text of 80 columns."""
    only = marked.criterion(criterion) if criterion else None
    lines = [*_head(marked)]
    if only is not None:
        lines += ["", *_one(marked, only)]
    else:
        lines += ["", "Points"]
        for one in marked.mark.report.criteria:
            lines += _brief(one)
        lines += _trainings(marked.mark.report)
    lines += ["", *_history(marked, only.id if only else None)]
    return "\n".join(lines) + "\n"


def _head(marked: Marked) -> Iterator[str]:
    row, report = marked.row, marked.mark.report
    yield from _wrapped(f"{row.student}: {report.title} ({report.exercise}{_profile(report)})", "")
    handed = f", handed in {shown_time(row.handed, marked.zone)} (by {row.handed_by})" if row.handed is not None else ""
    yield from _fact("File", f"{Path(row.path).name}{handed}")
    for other in marked.others:
        yield from _fact("", f"{Path(other.path).name}: {other.message or other.state}")
    needed = f"{number(report.pass_mark)} are needed to pass"
    yield from _fact("Mark", f"{number(report.points)} of {number(report.max_points)} points: {report.status.value}; {needed}")
    if marked.lateness:
        yield from _fact("Counts", f"{number(marked.counts)} points: {marked.lateness}")
    yield from _fact("Judged", f"{shown_time(marked.mark.made, marked.zone)}, {marked.mark.why}, by grader {marked.mark.grader}")
    yield from _fact("Rubric", f"{report.rubric_digest[:_SHORT]}, protocol {report.protocol_digest[:_SHORT]}")
    hidden = f"hidden images {report.holdout_digest[:_SHORT]}" if report.holdout_digest else "no hidden images"
    versions = report.versions
    tools = f"TensorFlow {versions.tensorflow}, Keras {versions.keras}" if versions.tensorflow else "without TensorFlow: nothing was run"
    yield from _fact("Measured", f"{tools}; {hidden}; evidence {(row.evidence or '')[:_SHORT]}")
    for cause in report.causes[:1]:
        yield from _fact("Cause", cause.sentence)


def _profile(report: Report) -> str:
    return "" if report.profile == "native" else f", profile {report.profile}"


def _brief(one: CriterionVerdict) -> Iterator[str]:
    points = f"{number(one.points)}/{number(one.max_points)}"
    yield from _wrapped(f"{one.status.value:11} {points:>7}  {one.title} ({one.id})", "  ", 21)
    if one.status is Status.PASSED and BY_RULE not in one.details:
        if one.found:
            yield from _wrapped(f"found {one.found}{f'; asked {one.expected}' if one.expected else ''}", " " * 23)
        return
    yield from _wrapped(one.message or MEANINGS[one.status], " " * 23)
    if one.expected or one.found:
        yield from _wrapped(f"asked: {one.expected or '-'}; found: {one.found or '-'}", " " * 23)


def _one(marked: Marked, one: CriterionVerdict) -> Iterator[str]:
    yield from _wrapped(f"{one.title} ({one.id}): {number(one.points)} of {number(one.max_points)} points", "")
    yield from _fact("Status", f"{one.status.value}: {MEANINGS[one.status]}")
    if isinstance(ruled := one.details.get(BY_RULE), dict):
        yield from _fact("By rule", f"{ruled.get('status')}, {number(float(ruled.get('points', 0)))} points; a human decided otherwise")
    if one.message:
        yield from _fact("Because", one.message)
    yield from _fact("Asked", one.expected or "-")
    yield from _fact("Found", one.found or "-")
    if one.function:
        yield from _fact("Function", f"{one.function}{f' ({one.place})' if one.place else ''}")
    if one.requires:
        yield from _fact("Requires", ", ".join(f"{name} ({marked.criterion(name).status.value})" for name in one.requires))
    if one.self_reported:
        yield from _fact("Note", "It rests on what the submission's own process said.")
    accuracy = one.details.get("accuracy")
    for training in marked.mark.report.trainings:
        if accuracy is not None and training.holdout_accuracy == accuracy:
            for attempt in training.tries:
                yield from _fact(f"Try {attempt.number}", described_try(attempt))
    for key, value in one.details.items():
        if key not in _QUIET:
            yield from _fact(key.replace("_", " ").capitalize(), str(value))
    if rule := _rule(marked, one.id):
        yield ""
        yield "The rule, as the rubric has it"
        for line in rule:
            yield from _wrapped(line, "  ", 4)


def _rule(marked: Marked, id_: str) -> list[str]:
    """Return a criterion as its author wrote it, without the hints; the profile's own version where it has one."""
    if not marked.rubric:
        return []
    data: dict[str, Any] = yaml.safe_load(marked.rubric)
    overlay = ((data.get("profiles") or {}).get(marked.mark.report.profile) or {}).get("criteria") or {}
    items = [*data.get("criteria", ()), *overlay.get("replace", ()), *overlay.get("add", ())]
    found = next((item for item in reversed(items) if item.get("id") == id_), None)
    left_out = ("id", "title", "hints", "concept", "message")
    return [f"{key}: {value}" for key, value in found.items() if key not in left_out] if found else []


def _trainings(report: Report) -> Iterator[str]:
    if report.trainings:
        yield ""
        yield "The grader's own training"
    for training in report.trainings:
        asked = f"{training.threshold:.0%} asked" if training.threshold is not None else "nothing asked"
        yield from _wrapped(f"{training.id}: {training.function}, {training.status}, {asked}", "  ")
        for one in training.tries:
            yield from _fact(f"  Try {one.number}", described_try(one))


def _history(marked: Marked, criterion: str | None) -> Iterator[str]:
    yield "History"
    for mark in marked.history:
        found = next((one for one in mark.report.criteria if one.id == criterion), None)
        points = (found.points, found.max_points) if found else (mark.report.points, mark.report.max_points)
        if criterion and found is None:
            continue
        what = f"{number(points[0])}/{number(points[1])}"
        yield from _wrapped(
            f"{shown_time(mark.made, marked.zone)}  {what:>9}  {'by hand' if mark.by_hand else 'by rule'}: {mark.why}"
            f" (rubric {mark.report.rubric_digest[:_SHORT]}, grader {mark.grader})",
            "  ",
            29,
        )
    for one in marked.decisions:
        if criterion in (None, one.criterion):
            by = f" by {one.by}" if one.by else ""
            yield from _wrapped(
                f"{shown_time(one.made, marked.zone)}  {one.criterion}: {_points(one.points)} decided{by}: {one.why}", "  ", 20
            )


def _points(points: float) -> str:
    return f"{number(points)} point{'s' * (points != 1)}"


def _fact(name: str, text: str) -> Iterator[str]:
    yield from _wrapped(f"{name:9} {text}", "  ", 10)


def _wrapped(text: str, indent: str, hang: int = 0) -> list[str]:
    """Break a line; untrusted text is made safe."""
    later = indent + " " * hang
    return textwrap.wrap(one_line(text), WIDTH, initial_indent=indent, subsequent_indent=later, break_on_hyphens=False) or [indent.rstrip()]

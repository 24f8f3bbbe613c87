"""What nobody should leave to the grader alone: its own faults, what took too long, what hangs by a hair, what it could not read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from grader.contracts.verdict import CriterionVerdict, Status
from grader.report.wording import percent
from grader.words import Table

from .attempts import by_exercise, counting, passed_over, uncertain
from .override import BY_RULE
from .policy import GREY_ZONE, Policy, kept_policy
from .reading import Mark, Reader, Row
from .times import TOLD_BY

Kind = Literal["error", "unreadable", "timeout", "grey zone", "flaky", "attempts", "lateness", "roster", "policy"]
KINDS = Table(
    "attention.kinds",
    {
        "error": "The grader itself failed",
        "unreadable": "Could not be read",
        "timeout": "Took too long",
        "grey zone": "Close to a threshold",
        "flaky": "Not the same from seed to seed",
        "attempts": "Which attempt counts is uncertain",
        "lateness": "Whether it is late is uncertain",
        "roster": "Not on the roster",
        "policy": "Whom the policy means is uncertain",
    },
)
WORDS = Table(
    "attention",
    {
        "other-graded": "{why} Another file of theirs was graded.",
        "close": "{title}: {reached} reached, {asked} asked; within {width} either could be luck.",
        "tries": "{title}: its tries reached {reached}; {asked} asked.",
        "not-graded": "{why} It was not graded: run `grader grade` again.",
        "untimed": "Nothing tells when it was handed in; it counts as on time.",
        "marked-late": "The export marks it as late; by {source} it is on time, and counts as that.",
        "unlisted": "Handed something in, but is not on the roster.",
    },
)


@dataclass(frozen=True)
class Attention:
    """One thing that a human should look at."""

    student: str
    exercise: str  # "?" where the file does not say
    kind: Kind
    why: str  # one sentence
    criterion: str = ""  # that a decision by hand would settle


def needs_a_human(store: Reader, policy: Policy | None = None) -> list[Attention]:
    """Return what a human should look at, by kind, then by student. Without a policy, the run's own holds."""
    policy = policy or kept_policy(store)
    rows = store.rows()
    marks = store.marks()
    found = [one for row in rows for one in _of_row(row, {mark.student for mark in marks})]
    found += [one for mark in marks for one in _of_mark(mark, policy.grey_zone if policy else GREY_ZONE)]
    found += _of_attempts(rows, policy)
    found += _of_lists(store, rows, policy)
    order = list(KINDS)
    return sorted(found, key=lambda one: (order.index(one.kind), one.student, one.exercise, one.why))


def _of_row(row: Row, marked: set[str]) -> Iterator[Attention]:
    if row.state == "error":
        yield Attention(row.student, row.exercise or "?", "error", row.message)
    elif row.state == "unreadable":
        why = WORDS["other-graded"].format(why=row.message) if row.student in marked else row.message
        yield Attention(row.student, row.exercise or "?", "unreadable", why)


def _of_mark(mark: Mark, width: float) -> Iterator[Attention]:
    slow: set[str | None] = set()
    for criterion in mark.report.criteria:
        if BY_RULE in criterion.details:  # a human has decided it
            continue
        if criterion.status is Status.ERROR:
            why = f"{criterion.title}: {criterion.details.get('error') or criterion.message}"
            yield Attention(mark.student, mark.exercise, "error", why, criterion.id)
        elif criterion.details.get("problem") == "timeout":
            if criterion.function in slow:  # one function may be judged by several criteria
                continue
            slow.add(criterion.function)
            yield Attention(mark.student, mark.exercise, "timeout", f"{criterion.title}: {criterion.message}", criterion.id)
        else:
            yield from _of_measured(mark, criterion, width)


def _of_measured(mark: Mark, criterion: CriterionVerdict, width: float) -> Iterator[Attention]:
    accuracy, asked = criterion.details.get("accuracy"), criterion.details.get("asked")
    if not isinstance(accuracy, float) or not isinstance(asked, float):
        return
    if abs(accuracy - asked) <= width:
        why = WORDS["close"].format(title=criterion.title, reached=percent(accuracy), asked=percent(asked), width=percent(width))
        yield Attention(mark.student, mark.exercise, "grey zone", why, criterion.id)
    training = next((one for one in mark.report.trainings if one.holdout_accuracy == accuracy), None)
    reached = [one.holdout_accuracy for one in training.tries] if training else []
    if any(one >= asked for one in reached) and any(one < asked for one in reached):
        shown = ", ".join(percent(one) for one in reached)
        why = WORDS["tries"].format(title=criterion.title, reached=shown, asked=percent(asked))
        yield Attention(mark.student, mark.exercise, "flaky", why, criterion.id)


def _of_attempts(rows: list[Row], policy: Policy | None) -> Iterator[Attention]:
    for (student, exercise), attempts in by_exercise(rows).items():
        due = policy.deadline_of(student, exercise) if policy else None
        chosen = counting(attempts, due)
        graded = next((row for row in attempts if row.state == "done"), None)
        if chosen.state == "superseded" and graded is not None:
            why = passed_over(graded, chosen)
            yield Attention(student, exercise, "attempts", WORDS["not-graded"].format(why=why))
        elif why := uncertain(attempts, chosen):
            yield Attention(student, exercise, "attempts", why)
        if due is None:
            continue
        if chosen.handed is None:
            yield Attention(student, exercise, "lateness", WORDS["untimed"])
        elif chosen.marked_late and due.meets(chosen.handed):
            source = TOLD_BY.spoken(chosen.handed_by)
            yield Attention(student, exercise, "lateness", WORDS["marked-late"].format(source=source))


def _of_lists(store: Reader, rows: list[Row], policy: Policy | None) -> Iterator[Attention]:
    roster = store.roster()
    students = dict.fromkeys(row.student for row in rows)
    if roster:
        for student in students:
            if student not in roster:
                yield Attention(student, "?", "roster", WORDS["unlisted"])
    for name, why in policy.misnamed([*students, *roster]) if policy else []:
        yield Attention(name, "?", "policy", why)

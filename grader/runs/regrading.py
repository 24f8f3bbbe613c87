"""Judges a run's stored evidence again, after a rubric or a decision has changed: no submission is run, nothing is trained."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from grader import course
from grader.contracts.base import digest
from grader.contracts.report import Report
from grader.judge import Rubric, load_rubric, needs_training
from grader.pipeline import DataVariant, conclude

from .override import with_overrides
from .reading import Mark, Reader


@dataclass(frozen=True)
class Change:
    """What judging again makes of one mark."""

    mark: Mark
    after: Report
    stale: str = ""  # why the evidence does not suffice; the mark then stays as it is

    @property
    def changed(self) -> bool:
        """Whether the student would see another mark."""
        before = self.mark.report
        return not self.stale and [(c.id, c.points, c.status, c.max_points) for c in before.criteria] != [
            (c.id, c.points, c.status, c.max_points) for c in self.after.criteria
        ]


def regrade(store: Reader, rubrics: Path | None = None) -> list[Change]:
    """Return what today's rubrics (those in a folder, where given) and decisions make of every mark; nothing is written."""
    known: dict[tuple[str, str], tuple[course.Exercise, Rubric]] = {}
    data: DataVariant = "official" if store.about("data") == "official" else "embedded"
    keys = {row.id: row.evidence for row in store.rows()}
    changes = []
    for mark in store.marks():
        submission = store.submission(mark.submission)
        evidence = store.evidence(keys[mark.submission] or "")
        assert submission is not None
        assert evidence is not None
        asked_for = (submission.exercise, submission.profile)
        if asked_for not in known:
            asked = _asked(rubrics, *asked_for)
            known[asked_for] = (asked, load_rubric(asked))
        asked, rubric = known[asked_for]
        stale = ""
        if evidence.protocol != digest(asked.protocol):
            stale = "the protocol has changed: what is measured now was not measured then"
        elif evidence.calls and needs_training(rubric, evidence):
            stale = "a criterion now needs a training that was not made"
        report = mark.report
        if not stale:
            report = conclude(submission, asked, rubric, evidence, data=data, official=mark.report.official_mark)
            report = with_overrides(report, store.overrides(mark.student, mark.exercise))
            report = report.model_copy(update={"timings": mark.report.timings})
        changes.append(Change(mark, report, stale))
    return changes


def _asked(rubrics: Path | None, name: str, profile: str) -> course.Exercise:
    """Return an exercise from a folder of rubrics, where it has one, else the grader's own."""
    own = rubrics / f"{name}.yaml" if rubrics else None
    return course.load_file(own, profile) if own and own.is_file() else course.load(name, profile)

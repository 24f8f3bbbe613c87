"""Judges a run's stored evidence again, after a rubric or a decision has changed: no submission is run, nothing is trained."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from grader import course
from grader.assembling import conclude
from grader.contracts.base import digest
from grader.contracts.evidence import EVIDENCE_VERSION, Evidence
from grader.contracts.report import Report
from grader.fitting import fitted
from grader.judge import Rubric, load_rubric, needs_training
from grader.words import speaking

from .override import with_overrides
from .reading import Mark, Reader

if TYPE_CHECKING:  # images: more than judging needs
    from grader.datasets.dataset import Variant


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
    known: dict[tuple[str, str, str], tuple[course.Exercise, Rubric, str]] = {}
    data: Variant = "official" if store.about("data") == "official" else "embedded"
    keys = {row.id: row.evidence for row in store.rows()}
    measured: dict[tuple[str | None, str], Evidence | None] = {}  # read once, however many share it
    changes = []
    for mark in store.marks():
        submission = store.submission(mark.submission)
        assert submission is not None  # it has a mark
        language = mark.report.language
        asked_of = (submission.exercise, submission.profile, language)
        if asked_of not in known:
            asked = course.load_from(rubrics, *asked_of[:2])
            with speaking(language):
                known[asked_of] = (asked, load_rubric(asked), digest(asked.protocol))
        asked, rubric, protocol = known[asked_of]
        shared = keys[mark.submission], submission.file
        if shared not in measured:
            measured[shared] = _evidence(store, *shared)
        found = measured[shared]
        evidence = fitted(found, submission) if found is not None else None
        stale = _stale(evidence, rubric, protocol)
        report = mark.report
        if evidence is not None and not stale:
            with speaking(language):
                report = conclude(submission, asked, rubric, evidence, data=data, official=mark.report.official_mark)
            report = with_overrides(report, store.overrides(mark.student, mark.exercise))
            report = report.model_copy(update={"timings": mark.report.timings})
        changes.append(Change(mark, report, stale))
    return changes


def _evidence(store: Reader, key: str | None, file: str) -> Evidence | None:
    try:
        return store.evidence(key, file=file, pictures=False)
    except ValidationError:  # of another version's form
        return None


def _stale(evidence: Evidence | None, rubric: Rubric, protocol: str) -> str:
    """Return why stored evidence cannot answer what the rubric asks; "" where it can."""
    if evidence is None or evidence.version != EVIDENCE_VERSION:
        return "measured by another version of the grader"
    if evidence.protocol != protocol:  # a stop_at that was raised is one
        return "the protocol has changed: what is measured now was not measured then"
    if evidence.calls and needs_training(rubric, evidence):
        return "a criterion now needs a training that was not made"
    return ""

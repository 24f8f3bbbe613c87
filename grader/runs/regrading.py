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
from grader.contracts.verdict import Verdict
from grader.fitting import fitted
from grader.judge import Rubric, judge, load_rubric, needs_training
from grader.words import speaking

from .override import with_overrides
from .reading import Mark, Reader

if TYPE_CHECKING:  # images: more than judging needs
    from grader.datasets.dataset import Variant


@dataclass(frozen=True)
class Change:
    """What judging again makes of one mark."""

    mark: Mark
    judged: Report | None = None  # None: as the mark is
    stale: str = ""  # why the evidence does not suffice; the mark then stays as it is

    @property
    def after(self) -> Report:
        """The report that holds from now on."""
        return self.judged or self.mark.report

    @property
    def changed(self) -> bool:
        """Whether the student would see another mark."""
        return self.judged is not None and not self.mark.standing.same_mark(self.judged)


@dataclass(frozen=True)
class _Asked:
    """What is asked of some submissions today."""

    exercise: course.Exercise
    rubric: Rubric
    protocol: str  # digest


def regrade(store: Reader, rubrics: Path | None = None) -> list[Change]:
    """Return what today's rubrics (those in a folder, where given) and decisions make of every mark; nothing is written."""
    again = _Again(store, rubrics)
    return [again.change(mark) for mark in store.marks()]


class _Again:
    """Judges marks again: evidence once, however many share it; a report is only written for who may get another mark."""

    def __init__(self, store: Reader, rubrics: Path | None) -> None:
        self._store = store
        self._rubrics = rubrics
        self._data: Variant = "official" if store.about("data") == "official" else "embedded"
        self._rows = {row.id: row for row in store.rows()}
        self._asked: dict[tuple[str, str, str], _Asked] = {}
        self._evidence: dict[tuple[str | None, str], Evidence | None] = {}
        self._verdicts: dict[tuple[str | None, str, str], Verdict | str] = {}

    def change(self, mark: Mark) -> Change:
        """Return what becomes of a mark."""
        verdict = self._verdict(mark)
        if isinstance(verdict, str):
            return Change(mark, stale=verdict)
        decisions = self._store.overrides(mark.student, mark.exercise)
        if not decisions and mark.standing.same_mark(verdict):
            return Change(mark)
        submission = self._store.submission(mark.submission)
        found = self._measured(mark)
        assert submission is not None  # it has a mark
        assert found is not None  # it has a verdict
        asked = self._today(mark)
        with speaking(mark.report.language):
            report = conclude(
                submission, asked.exercise, asked.rubric, fitted(found, submission), data=self._data, official=mark.report.official_mark
            )
        report = with_overrides(report, decisions)
        return Change(mark, report.model_copy(update={"timings": mark.report.timings}))

    def _verdict(self, mark: Mark) -> Verdict | str:
        """Return what the rubric says to a mark's evidence, or why nothing: the same for all who share it, but for names and places."""
        key = self._rows[mark.submission].evidence, mark.standing.exercise, mark.standing.profile
        if key not in self._verdicts:
            evidence, asked = self._measured(mark), self._today(mark)
            stale = _stale(evidence, asked.rubric, asked.protocol)
            self._verdicts[key] = stale if evidence is None or stale else judge(asked.rubric, evidence)
        return self._verdicts[key]

    def _today(self, mark: Mark) -> _Asked:
        """Return what is asked today, in the language of the mark."""
        language = mark.standing.language
        key = mark.standing.exercise, mark.standing.profile, language
        if key not in self._asked:
            exercise = course.load_from(self._rubrics, *key[:2])
            with speaking(language):
                self._asked[key] = _Asked(exercise, load_rubric(exercise), digest(exercise.protocol))
        return self._asked[key]

    def _measured(self, mark: Mark) -> Evidence | None:
        """Return the evidence of a mark, with the name of its file; None for that of another version's form."""
        row = self._rows[mark.submission]
        key = row.evidence, row.file or ""
        if key not in self._evidence:
            try:
                self._evidence[key] = self._store.evidence(*key, pictures=False)
            except ValidationError:
                self._evidence[key] = None
        return self._evidence[key]


def _stale(evidence: Evidence | None, rubric: Rubric, protocol: str) -> str:
    """Return why stored evidence cannot answer what the rubric asks; "" where it can."""
    if evidence is None or evidence.version != EVIDENCE_VERSION:
        return "measured by another version of the grader"
    if evidence.protocol != protocol:  # a stop_at that was raised is one
        return "the protocol has changed: what is measured now was not measured then"
    if evidence.calls and needs_training(rubric, evidence):
        return "a criterion now needs a training that was not made"
    return ""

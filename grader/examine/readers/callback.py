"""Reads what callbacks did when they were told of epochs: self-reported, so taken down as it stands."""

from __future__ import annotations

from grader.contracts.artifacts import CallbackPayload, ToldCase
from grader.contracts.evidence import CallbackFacts, ToldFacts
from grader.contracts.given import Figures
from grader.contracts.protocol import CallbackCall
from grader.contracts.submission import Submission
from grader.examine.canonical import Problem
from grader.examine.settings import printable


def callback_facts(call: CallbackCall, payload: CallbackPayload, submission: Submission) -> CallbackFacts | Problem:
    """Return cases with what the callback did; answers of another number are no answers."""
    cases = list(zip(call.cases, payload.cases, strict=False))
    told = [len(next(iter(figures.values()))) == len(case.stopped) or case.error is not None for figures, case in cases]
    if len(payload.cases) != len(call.cases) or not all(told):
        sentence = f"{len(call.cases)} cases were told, but {sum(told)} answers came back."
        return Problem(status="refused", id="malformed-answers", sentence=sentence)
    return CallbackFacts(cases=tuple(_told(figures, case, submission) for figures, case in cases))


def _told(figures: Figures, case: ToldCase, submission: Submission) -> ToldFacts:
    if case.error is None:
        return ToldFacts(figures=figures, stopped=case.stopped)
    return ToldFacts(
        figures=figures,
        error=printable(case.error.message, 500),
        error_type=printable(case.error.type, 100),
        place=submission.place(case.error.line),
    )

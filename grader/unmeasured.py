"""The evidence of a submission before anything was measured, and of one in which there is nothing to measure."""

from __future__ import annotations

import platform

from grader import __version__, course
from grader.contracts.base import digest
from grader.contracts.evidence import CallEvidence, Evidence, Versions
from grader.contracts.submission import Submission


def callable_at_all(submission: Submission) -> bool:
    """Return whether there is a function that is not missing and not the starter's."""
    return any(not function.unattempted for function in submission.functions.values())


def unmeasured(submission: Submission, asked: course.Exercise) -> Evidence:
    """Return the evidence of a submission in which there is nothing to call: every function is missing or the starter's."""
    return empty_evidence(submission, asked).model_copy(update={"calls": _uncalled(submission, asked)})


def _uncalled(submission: Submission, asked: course.Exercise) -> dict[str, CallEvidence]:
    calls = {}
    for call in asked.protocol.calls:
        found = submission.functions.get(call.id)
        calls[call.id] = CallEvidence(
            id=call.id,
            kind=call.kind,
            function=found.name if found else call.function[0],
            status="unattempted" if found else "missing",
            place=found.place if found else None,
            fate="not-run",
        )
    return calls


def empty_evidence(submission: Submission, asked: course.Exercise) -> Evidence:
    """Return evidence in which nothing was measured yet."""
    return Evidence(
        exercise=asked.name,
        submission=submission.digest,
        protocol=digest(asked.protocol),
        holdout="",
        versions=Versions(grader=__version__, python=platform.python_version()),
        calls={},
    )

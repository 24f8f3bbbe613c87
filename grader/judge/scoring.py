"""Judges evidence under a rubric: a status, points and a sentence for each criterion. Pure: same input, same verdict."""

from __future__ import annotations

from collections.abc import Sequence

from grader.contracts.base import Place
from grader.contracts.evidence import CallEvidence, Evidence
from grader.contracts.verdict import CriterionVerdict, Status, Verdict
from grader.words import Table

from .criteria import JUDGES, AccuracyCompared, HoldoutAccuracy, Outcome, Spec
from .criteria.base import call_of
from .notes import general_notes
from .rubric import Rubric
from .trouble import trouble_of

NOT_IN_TOTAL = frozenset({Status.PENDING, Status.ERROR})
WORDS = Table(
    "scoring",
    {
        "fault": "The grader could not judge this; it is not your fault and costs nothing.",
        "fault-expected": "a judgement",
        "fault-found": "a fault of the grader",
        "waits": "This counts once “{title}” has passed.",
        "waits-expected": "{criterion}: passed",
        **{status.value: status.value for status in Status},
    },
)


def judge(rubric: Rubric, evidence: Evidence) -> Verdict:
    """Return the verdict, without causes. The total is fixed by the rubric; only pending and error points leave it."""
    outcomes = _outcomes(rubric, evidence)
    criteria = tuple(_verdict(rubric, criterion, outcomes[criterion.id], evidence) for criterion in rubric.criteria)
    counted = [criterion for criterion in criteria if criterion.status not in NOT_IN_TOTAL]
    points = round(sum(criterion.points for criterion in counted), 2)
    max_points = round(sum(criterion.max_points for criterion in counted), 2)
    needed = round(rubric.pass_mark * max_points, 2)
    return Verdict(
        exercise=rubric.exercise,
        profile=rubric.profile,
        rubric=rubric.digest,
        status=_overall(criteria, points, needed),
        points=points,
        max_points=max_points,
        pass_mark=needed,
        criteria=criteria,
        notes=_notes(rubric, criteria, evidence),
    )


def needs_training(rubric: Rubric, evidence: Evidence) -> tuple[str, ...]:
    """Return the ids of trainings that would decide some criterion: not measured yet, and what the criterion requires holds."""
    outcomes = _outcomes(rubric, evidence)
    found = [
        training.id
        for criterion in rubric.criteria
        if outcomes[criterion.id].status is Status.PENDING
        for training in rubric.trainings(criterion)
        if training.id not in evidence.trainings
    ]
    return tuple(dict.fromkeys(found))


def _outcomes(rubric: Rubric, evidence: Evidence) -> dict[str, Outcome]:
    """Judge every criterion after those that it requires."""
    outcomes: dict[str, Outcome] = {}

    def settle(criterion: Spec) -> Outcome:
        if criterion.id not in outcomes:
            required = [(rubric.criterion(name), settle(rubric.criterion(name))) for name in criterion.requires]
            try:
                outcomes[criterion.id] = _call_trouble(rubric, criterion, evidence) or _held_up(required) or _judge(criterion, evidence)
            except Exception as error:  # a fault of ours must never become a student's zero
                outcomes[criterion.id] = _fault(error)
        return outcomes[criterion.id]

    for criterion in rubric.criteria:
        settle(criterion)
    return outcomes


def _judge(criterion: Spec, evidence: Evidence) -> Outcome:
    outcome = JUDGES[criterion.kind](criterion, evidence)  # type: ignore[attr-defined]
    if criterion.message is None or outcome.status not in {Status.FAILED, Status.PARTIAL}:
        return outcome
    function = call_of(evidence, criterion.of).function if hasattr(criterion, "of") else ""
    message = criterion.message.format(function=function, title=criterion.title, expected=outcome.expected, found=outcome.found)
    return outcome.model_copy(update={"message": message})


def _call_trouble(rubric: Rubric, criterion: Spec, evidence: Evidence) -> Outcome | None:
    """Return how a criterion ends whose call gave no facts: failed with the call's one sentence, or unattempted."""
    calls = rubric.calls(criterion)
    training = isinstance(criterion, HoldoutAccuracy | AccuracyCompared)
    for name in calls if training else calls[:1]:
        trouble = trouble_of(call_of(evidence, name), rubric.protocol.limits)
        if trouble is None:
            continue
        status = Status.UNATTEMPTED if trouble.unattempted else Status.SKIPPED if training else Status.FAILED
        return Outcome(
            status=status,
            credit=0.0,
            problem="" if status is Status.SKIPPED else trouble.problem,
            message=trouble.sentence,
            expected=trouble.expected,
            found=trouble.found,
            place=trouble.place,
            details={"call": name},
        )
    return None


def _held_up(required: Sequence[tuple[Spec, Outcome]]) -> Outcome | None:
    """Return how a criterion ends that requires one that did not pass; the student's own failure goes before ours."""
    for statuses, becomes in (
        ({Status.FAILED, Status.PARTIAL, Status.SKIPPED}, Status.SKIPPED),
        ({Status.UNATTEMPTED}, Status.UNATTEMPTED),
        ({Status.ERROR}, Status.ERROR),
        ({Status.PENDING}, Status.PENDING),
    ):
        for criterion, outcome in required:
            if outcome.status in statuses:
                return Outcome(
                    status=becomes,
                    credit=0.0,
                    message=WORDS["waits"].format(title=criterion.title),
                    expected=WORDS["waits-expected"].format(criterion=criterion.id),
                    found=WORDS[outcome.status.value],
                    details={"waits_for": criterion.id},
                )
    return None


def _fault(error: Exception) -> Outcome:
    details = {"error": f"{type(error).__name__}: {error}"[:500]}
    return Outcome(
        status=Status.ERROR,
        credit=0.0,
        message=WORDS["fault"],
        expected=WORDS["fault-expected"],
        found=WORDS["fault-found"],
        details=details,
    )


def _verdict(rubric: Rubric, criterion: Spec, outcome: Outcome, evidence: Evidence) -> CriterionVerdict:
    call = _main_call(rubric, criterion, evidence)
    points = criterion.points if outcome.status is Status.PASSED else round(criterion.points * outcome.credit, 1)
    details = {**outcome.details, **({"problem": outcome.problem} if outcome.problem else {})}
    return CriterionVerdict(
        id=criterion.id,
        title=criterion.title,
        status=outcome.status,
        points=min(points, criterion.points),
        max_points=criterion.points,
        message=outcome.message,
        expected=outcome.expected,
        found=outcome.found,
        hints=criterion.hints,
        concept=criterion.concept,
        function=call.function if call is not None else None,
        place=_place(outcome, call),
        self_reported=criterion.self_reported,
        details=details,
        requires=criterion.requires,
    )


def _place(outcome: Outcome, call: CallEvidence | None) -> Place | None:
    """Return where the mistake was seen; where that has no line, where the function begins."""
    if outcome.place is not None and outcome.place.line is not None:
        return outcome.place
    return call.place if call is not None and call.place is not None else outcome.place


def _main_call(rubric: Rubric, criterion: Spec, evidence: Evidence) -> CallEvidence | None:
    calls = rubric.calls(criterion)
    return evidence.calls.get(calls[0]) if calls else None


def _overall(criteria: tuple[CriterionVerdict, ...], points: float, needed: float) -> Status:
    """Return the report's status: a fault of ours first, then untouched, then the pass mark; below it is failed, some points or none."""
    counted = [criterion for criterion in criteria if criterion.max_points > 0]
    if any(criterion.status is Status.ERROR for criterion in counted):
        return Status.ERROR
    if counted and all(criterion.status is Status.UNATTEMPTED for criterion in counted):
        return Status.UNATTEMPTED
    if counted and all(criterion.status is Status.PENDING for criterion in counted):
        return Status.PENDING
    return Status.PASSED if points >= needed else Status.FAILED


def _notes(rubric: Rubric, criteria: tuple[CriterionVerdict, ...], evidence: Evidence) -> tuple[str, ...]:
    """Return remarks of passed criteria, messages of criteria that cost nothing, and what holds for any model; each once."""
    remarks = [
        criterion.message
        for criterion in criteria
        if criterion.message and (criterion.status is Status.PASSED or (criterion.max_points == 0 and criterion.status is Status.FAILED))
    ]
    return tuple(dict.fromkeys([*remarks, *general_notes(rubric.protocol, evidence)]))

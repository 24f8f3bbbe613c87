"""Compares what a file of `solutions/` says about itself with how it is judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader import course
from grader.contracts.evidence import Evidence
from grader.contracts.verdict import Cause, CriterionVerdict, Status, Verdict
from grader.course.profiles import NATIVE
from grader.diagnosis import diagnose
from grader.judge import judge, load_rubric

from .conditions import Conditions
from .measuring import Trial
from .variants import Variant

LOST = (Status.FAILED, Status.PARTIAL)
TRAINED = frozenset({"holdout_accuracy", "accuracy_compared"})  # kinds that only a training decides
ENDLESS = "m54"  # an endless loop need not be watched for long
ENDLESS_SECONDS = 10.0


def trial_of(variant: Variant) -> Trial:
    """Return how a variant shows what it claims: right work is graded in full, a mistake trained only where not even that is possible."""
    if variant.kind != "wrong":
        return Trial(path=variant.path, exercise=variant.exercise, profile=variant.profile)
    seconds = ENDLESS_SECONDS if variant.mistake == ENDLESS else None
    impossible = bool(variant.criteria & set(trained_criteria(variant.exercise, variant.profile)))  # so without any training
    return Trial(
        path=variant.path,
        exercise=variant.exercise,
        profile=variant.profile,
        conditions=Conditions(brief=True, seconds=seconds),
        train=impossible,
    )


def trained_criteria(exercise: str, profile: str = NATIVE) -> tuple[str, ...]:
    """Return the criteria that only a training decides."""
    return tuple(criterion["id"] for criterion in course.load(exercise, profile).criteria if criterion["kind"] in TRAINED)


def verdict_of(trial: Trial, evidence: Evidence) -> Verdict:
    """Judge what a trial showed, causes included."""
    rubric = load_rubric(trial.conditions.applied_to(course.load(trial.exercise, trial.profile)))
    verdict = judge(rubric, evidence)
    return verdict.model_copy(update={"causes": diagnose(rubric, evidence, verdict)})


def ended(criteria: Sequence[CriterionVerdict], *statuses: Status) -> dict[str, str]:
    """Return the criteria that ended so, with what was said."""
    return {criterion.id: criterion.message for criterion in criteria if criterion.status in statuses}


def objections(variant: Variant, criteria: Sequence[CriterionVerdict], causes: Sequence[Cause], *, trained: bool = True) -> list[str]:
    """Return in what the judgement differs from what the variant claims. Without `trained`, accuracies may be open."""
    return list(_wrong(variant, criteria, causes) if variant.kind == "wrong" else _right(variant, criteria, causes, trained))


def _right(variant: Variant, criteria: Sequence[CriterionVerdict], causes: Sequence[Cause], trained: bool) -> Iterator[str]:
    for name, message in ended(criteria, *set(Status) - {Status.PASSED, Status.PENDING}).items():
        yield f"{name} did not pass: {message}"
    pending = set(ended(criteria, Status.PENDING))
    # Where official weights are absent, an accuracy cannot be measured; the reference never depends on them.
    measurable = set(trained_criteria(variant.exercise, variant.profile)) if not trained or variant.kind == "right" else set()
    for name in sorted(pending - measurable):
        yield f"{name} is pending"
    for cause in causes:
        yield f"a cause is named: {cause.sentence}"


def _wrong(variant: Variant, criteria: Sequence[CriterionVerdict], causes: Sequence[Cause]) -> Iterator[str]:
    # What another training shows than the one that is impossible: in so few steps, nothing is learned.
    untold = set(trained_criteria(variant.exercise, variant.profile)) - variant.criteria
    lost = set(ended(criteria, *LOST)) - untold
    for name in sorted(lost - variant.criteria):
        yield f"{name} is lost as well"
    for name in sorted(variant.criteria - lost):
        yield f"{name} is not lost"
    for name in ended(criteria, Status.ERROR, Status.UNATTEMPTED):
        yield f"{name} was not judged"
    first = causes[0].sentence if causes else "nothing"
    if causes and causes[0].id != variant.cause:
        yield f"the first cause is {causes[0].id}, not {variant.cause}"
    if variant.says.lower() not in first.lower():
        yield f"the first line says {first!r}, without {variant.says!r}"

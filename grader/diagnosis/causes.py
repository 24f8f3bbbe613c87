"""Gathers what failed into causes: one for each reason, with its consequences, the one that explains most points first."""

from __future__ import annotations

from dataclasses import dataclass, field

from grader.contracts.base import Place
from grader.contracts.evidence import CallEvidence, Evidence
from grader.contracts.verdict import Cause, CriterionVerdict, Status, Verdict
from grader.judge import Rubric
from grader.judge.criteria import HoldoutAccuracy, LabelEncoding, LossFitsOutput, OutputFitsLabels, fits_labels_as

from .data import looks_unscaled
from .exceptions import explain_exception
from .learning import explain_learning

FAILED = frozenset({Status.FAILED, Status.PARTIAL})
# Problems that keep a correct network from learning: where one of them stands, a low accuracy is its consequence.
SPOIL_LEARNING = frozenset(
    {
        "image-size",
        "image-channels",
        "no-images",
        "no-labels",
        "wrong-folder-level",
        "classes-left-out",
        "one-label",
        "wrong-labels",
        "labels-differ",
    }
    | {"unrecognised-images", "unshuffled", "training-reads-validation", "folders-swapped", "scaling-differs", "scaled-wrong"}
    | {"rescale-lost", "not-augmented", "never-flipped", "always-flipped", "upside-down"}
    | {
        "not-scaled",
        "channel-axis-missing",
        "scaled-to-zero",
        "scaled-up",
        "scaled-twice",
        "scaled-too-small",
        "too-few-layers",
        "too-many-parameters",
    }
    | {"not-compiled", "no-loss"}
    | {"another-network", "not-loaded", "partly-loaded", "base-not-frozen", "partly-frozen", "normalization-not-frozen"}
    | {"cut-elsewhere", "cut-unknown", "head-elsewhere", "everything-frozen", "head-frozen", "rate-too-high", "dropout-after-output"}
)


# Problem -> problems of the same function that follow from it: what was moved away is not there for a second call.
FOLLOWS = {
    "source-changed": {"leftovers", "second-call-raised"},
    "flips-upside-down": {"does-more"},
}


@dataclass
class _Reason:
    """A cause under construction."""

    id: str
    sentence: str
    expected: str
    found: str
    detail: str
    place: Place | None
    criteria: list[CriterionVerdict] = field(default_factory=list)

    @property
    def lost(self) -> float:
        return sum(criterion.max_points - criterion.points for criterion in self.criteria)

    def cause(self) -> Cause:
        return Cause(
            id=self.id,
            sentence=self.sentence,
            expected=self.expected,
            found=self.found,
            detail=self.detail,
            criteria=tuple(criterion.id for criterion in self.criteria),
            place=self.place,
        )


def diagnose(rubric: Rubric, evidence: Evidence, verdict: Verdict) -> tuple[Cause, ...]:
    """Return the causes of what failed, most points first; none where nothing failed.

    Criteria that failed for the same reason share a cause, and what was skipped because of it belongs to it too.
    """
    failed = [criterion for criterion in verdict.criteria if criterion.status in FAILED and criterion.max_points > 0]
    reasons: dict[tuple[str, str], _Reason] = {}
    for criterion in failed:
        if not isinstance(rubric.criterion(criterion), HoldoutAccuracy):
            _gather(reasons, rubric, evidence, criterion)
    for criterion in failed:
        if isinstance(rubric.criterion(criterion), HoldoutAccuracy):
            _gather_learning(reasons, rubric, evidence, criterion)
    _merge(reasons)
    _merge_calls(reasons, rubric)
    _merge_labels(reasons, rubric, evidence)
    found = list(reasons.values())
    _add_consequences(found, rubric, verdict)
    return tuple(reason.cause() for reason in sorted(found, key=lambda reason: -reason.lost))  # stable: the rubric's order


def _gather(reasons: dict[tuple[str, str], _Reason], rubric: Rubric, evidence: Evidence, criterion: CriterionVerdict) -> None:
    problem = str(criterion.details.get("problem", criterion.id))
    calls = rubric.calls(rubric.criterion(criterion))
    call = evidence.calls.get(calls[0]) if calls else None
    # A file that cannot be imported is one reason, however many functions it keeps from being called.
    key = (problem, "" if call is not None and call.status == "not-run" else criterion.function or "")
    if key not in reasons:
        reasons[key] = _reason(problem, criterion, call, rubric, evidence)
    reasons[key].criteria.append(criterion)


def _reason(problem: str, criterion: CriterionVerdict, call: CallEvidence | None, rubric: Rubric, evidence: Evidence) -> _Reason:
    better = explain_exception(problem, criterion.found, call, rubric.protocol) if call is not None else None
    detail = call.detail if call is not None and call.status != "returned" else ""
    if not detail and problem == "not-scaled":
        detail = next((said for probes in evidence.probes.values() if (said := looks_unscaled(probes))), "")
    return _Reason(
        id=better.id if better is not None else problem,
        sentence=better.sentence if better is not None else criterion.message,
        expected=(better.expected if better is not None else "") or criterion.expected,
        found=criterion.found,
        detail=detail,
        place=criterion.place,
    )


def _gather_learning(reasons: dict[tuple[str, str], _Reason], rubric: Rubric, evidence: Evidence, criterion: CriterionVerdict) -> None:
    """Add a low accuracy to the reason that spoils learning, or find its own."""
    asked = rubric.criterion(criterion)
    training = rubric.training(asked) if isinstance(asked, HoldoutAccuracy) else None
    facts = evidence.trainings.get(training.id) if training is not None else None
    elsewhere = {evidence.calls[one.model].function for one in rubric.protocol.trainings if training and one.model != training.model}
    elsewhere.discard(criterion.function or "")
    spoilers = [reason for (problem, function), reason in reasons.items() if problem in SPOIL_LEARNING and function not in elsewhere]
    if spoilers:
        max(spoilers, key=lambda reason: reason.lost).criteria.append(criterion)
        return
    problem = str(criterion.details.get("problem", criterion.id))
    own = explain_learning(training, evidence) if problem != "too-large" and training is not None else None
    key = (own.id if own is not None else problem, criterion.function or "")
    if key not in reasons:
        reasons[key] = _Reason(
            id=key[0],
            sentence=own.sentence if own is not None else criterion.message,
            expected=(own.expected if own is not None else "") or criterion.expected,
            found=(own.found if own is not None else "") or criterion.found,
            detail=facts.detail if facts is not None else "",
            place=criterion.place,
        )
    reasons[key].criteria.append(criterion)


def _merge(reasons: dict[tuple[str, str], _Reason]) -> None:
    """Join reasons of one function of which one follows from the other."""
    for cause, consequences in FOLLOWS.items():
        for problem, function in list(reasons):
            if problem in consequences and (cause, function) in reasons:
                reasons[(cause, function)].criteria += reasons.pop((problem, function)).criteria


def _merge_calls(reasons: dict[tuple[str, str], _Reason], rubric: Rubric) -> None:
    """Join what one function does wrong in the same respect in several calls: its arguments differ, the mistake is one."""
    leading: dict[tuple[str, str], tuple[str, str]] = {}  # function, kind of criterion -> its first reason
    for key in sorted(reasons, key=lambda key: -reasons[key].lost):
        asked = [rubric.criterion(criterion) for criterion in reasons[key].criteria]
        first = leading.setdefault((key[1], asked[0].kind), key)
        known = {rubric.calls(rubric.criterion(criterion)) for criterion in reasons[first].criteria}
        if first != key and key[1] and known.isdisjoint(map(rubric.calls, asked)):
            reasons[first].criteria += reasons.pop(key).criteria


def _merge_labels(reasons: dict[tuple[str, str], _Reason], rubric: Rubric, evidence: Evidence) -> None:
    """Join what would fit if only the labels were written as the exercise asks with the labels that are not."""
    for key in [key for key in reasons if key[0] in {"not-one-hot", "not-integers"}]:
        encoding = rubric.criterion(reasons[key].criteria[0])
        assert isinstance(encoding, LabelEncoding)
        for other, reason in list(reasons.items()):
            ends = [rubric.criterion(criterion) for criterion in reason.criteria]
            if all(isinstance(end, OutputFitsLabels | LossFitsOutput) and _fits(encoding, end, evidence) for end in ends):
                reasons[key].criteria += reasons.pop(other).criteria


def _fits(encoding: LabelEncoding, end: OutputFitsLabels | LossFitsOutput, evidence: Evidence) -> bool:
    return end.batches == encoding.of and evidence.calls[end.of].status == "returned" and fits_labels_as(encoding.encoding, end, evidence)


def _add_consequences(reasons: list[_Reason], rubric: Rubric, verdict: Verdict) -> None:
    """Add each skipped criterion to the reason for which what it waits for did not pass."""
    by_id = {criterion.id: criterion for criterion in verdict.criteria}
    explained = {criterion.id: reason for reason in reasons for criterion in reason.criteria}
    for criterion in verdict.criteria:
        if criterion.status is not Status.SKIPPED or not criterion.max_points:
            continue
        root = criterion
        while root.status is Status.SKIPPED and "waits_for" in root.details:
            root = by_id[str(root.details["waits_for"])]
        reason = explained.get(root.id) or _of_its_calls(reasons, rubric, root)
        if reason is not None:
            reason.criteria.append(criterion)


def _of_its_calls(reasons: list[_Reason], rubric: Rubric, skipped: CriterionVerdict) -> _Reason | None:
    """Return the reason that lost most points on a call that a skipped criterion reads."""
    calls = rubric.calls(rubric.criterion(skipped))
    touching = [reason for reason in reasons if any(rubric.calls(rubric.criterion(c))[0] in calls for c in reason.criteria)]
    return max(touching, key=lambda reason: reason.lost, default=None)

"""A human's decisions about single criteria, put over what the rubric says."""

from __future__ import annotations

from collections.abc import Mapping

from grader.contracts.report import Report
from grader.contracts.verdict import CriterionVerdict, Status
from grader.words import Table, speaking

WORDS = Table("override", {"by-hand": "Decided by a human"})
BY_RULE = "by_rule"  # among a criterion's details: what the rubric said


def with_overrides(report: Report, decisions: Mapping[str, tuple[float, str]]) -> Report:
    """Return the report with decided criteria (id -> points, why) and the mark that follows; what decides nothing known is left out."""
    if not any(criterion.id in decisions for criterion in report.criteria):
        return report
    with speaking(report.language):
        by_hand = WORDS["by-hand"]
    criteria = tuple(_decided(criterion, decisions.get(criterion.id), by_hand) for criterion in report.criteria)
    counted = [criterion for criterion in criteria if criterion.status not in (Status.PENDING, Status.ERROR)]
    points, most = sum(criterion.points for criterion in counted), sum(criterion.max_points for criterion in counted)
    share = report.pass_mark / report.max_points if report.max_points else 0.0
    status = report.status
    if all(criterion.status is not Status.ERROR for criterion in criteria):
        status = Status.PASSED if points >= share * most else Status.FAILED
    rule = tuple(note for note in report.notes if not note.startswith(by_hand))
    notes = (*rule, f"{by_hand}: {', '.join(c.id for c in criteria if BY_RULE in c.details)}.")
    return report.model_copy(
        update={"criteria": criteria, "points": points, "max_points": most, "pass_mark": share * most, "status": status, "notes": notes}
    )


def _decided(criterion: CriterionVerdict, decision: tuple[float, str] | None, by_hand: str) -> CriterionVerdict:
    if decision is None:
        return criterion
    points, why = decision
    status = Status.PASSED if points >= criterion.max_points else Status.PARTIAL if points > 0 else Status.FAILED
    ruled = criterion.details.get(BY_RULE) or {"status": criterion.status.value, "points": criterion.points}
    details = {**criterion.details, BY_RULE: ruled}
    return criterion.model_copy(update={"status": status, "points": points, "message": f"{by_hand}: {why}", "details": details})

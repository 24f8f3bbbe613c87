"""The words that every report for people shares: states, points, groups of criteria, how the mark came about, what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from grader.contracts.report import Report, TrainingReport
from grader.contracts.training_facts import Try
from grader.contracts.verdict import CriterionVerdict, Status
from grader.words import Table, speaking
from grader.words.reasons import spoken

SYMBOLS = {
    Status.PASSED: "✓",
    Status.FAILED: "✗",
    Status.PARTIAL: "◐",
    Status.SKIPPED: "–",
    Status.UNATTEMPTED: "○",
    Status.PENDING: "…",
    Status.ERROR: "!",
}

MEANINGS = Table(
    "report.meanings",
    {
        Status.PASSED: "measured, and right",
        Status.FAILED: "measured, and not right yet",
        Status.PARTIAL: "right in part",
        Status.SKIPPED: "something that it depends on failed first",
        Status.UNATTEMPTED: "the function is still the starter's",
        Status.PENDING: "could not be measured here; its points are neither given nor part of the total",
        Status.ERROR: "the grader's own fault; its points are not part of the total, and a human has to look",
    },
)

HEADLINES = Table(
    "report.headlines",
    {
        Status.PASSED: "Passed",
        Status.FAILED: "Not passed yet",
        Status.PARTIAL: "Not passed yet",
        Status.SKIPPED: "Not passed yet",
        Status.UNATTEMPTED: "Not started yet",
        Status.PENDING: "Not fully measured",
        Status.ERROR: "The grader failed",
    },
)

ENDINGS = Table(
    "report.endings",
    {
        "reached": "stopped early, good enough",
        "budget": "all steps used",
        "hopeless": "stopped early, no better than guessing",
        "diverged": "stopped, the loss grew out of bounds",
    },
)

STATES = Table("report.states", {status.value: status.value for status in Status})
WORDS = Table(
    "report",
    {
        "whole": "The submission as a whole",
        "not-measured": "not measured",
        "criterion": "{number} criterion {status}",
        "criteria": "{number} criteria {status}",
        "left-out-of-total": "{criteria}: {points} points left out of the total ({meaning}).",
        "points-of": "{criteria}: {score} points.",
        "pass-mark": "{points} of {total} points; {needed} are needed to pass.",
        "not-counted": "not counted",
        "part": "{share} of the points",
        "part-compared": "{share} of the points: {found} found, {expected} asked",
        "no-epoch": "no epoch was completed ({ending})",
        "try": "{holdout} of the hidden images, {training} of the training images in epoch {epoch} of {epochs} ({ending})",
        "unknown": "unknown",
        "not-run": "1 statement was not run: no asked function needs it",
        "several-not-run": "{number} statements were not run: no asked function needs them",
        "official": "Measured on the course's own hidden images: this mark counts.",
        "practice": "Measured on the public practice data: the official mark may differ.",
        "all-on-a-page": " `grader check --html report.html` shows all of it on one page.",
        "next-error": "Run `grader doctor`, then `grader check` again; nothing of this is counted against you.",
        "next-unattempted": "Open the file, write the first function, and run `grader check` again; README.md says what is asked.",
        "next-unattempted-here": "Write the first function, run its cell, and then `grader check` again; README.md says what is asked.",
        "next-all-right": "Everything is right. `grader exercises` lists what else there is.",
        "next-passed": "Some points are still open; `grader check` can be run as often as you like.",
        "next-pending": "See which criteria are pending, and why; `grader doctor` says what this machine offers.",
        "next-failed": "Start with what stands first, then run `grader check` again.",
        "mark": "{headline}: {points} of {total} points (to pass: {needed})",
        "expected": "Expected:",
        "found": "Found:",
        "where": "Where:",
        "hint": "Hint:",
        "more": "More:",
        "read": "Read:",
        "next": "Next:",
        "official-data": "official data",
        "profile": "profile {profile}",
        "heading": "Week {week}, {exercise}: {file}",
        "noticed": "Noticed in the file",
        "notes": "Notes",
        "training": "The grader's own training",
        "try-number": "Try {number}:",
        "network": "{training}: `{function}`, {parameters} parameters",
        "network-time": "{training}: `{function}`, {parameters} parameters, time per epoch {time}",
        "self-reported": "{title} (as the submission itself reports)",
        "lists-what": "{statements} (-v lists what).",
        "printed": "What the submission printed",
        "lines-left-out": "[{number} lines left out]",
        "uncounted": "{points} points are not part of this total: they could not be measured here.",
        "criterion-column": "criterion",
        "status-column": "status",
        "criteria-of": "{function}: {number} criteria",
        "points-column": "points",
        "submission-column": "submission",
        "exercise-column": "exercise",
        "not-graded": "not graded",
        "all": "all",
        "try-curves": "Try {number}: training {training}, hidden images {hidden}; {how}",
        "scaled": "{points} of {total} points could not be measured; the score is scaled to all {total}.",
        "graders-fault": "The grader's own fault: {title}",
        "grader-failed": "The grader itself failed; nothing is counted against you. Please tell your instructor.",
        "more-remarks": "{number} more",
        "more-in-report": "{number} more of this kind are in the summary and in the report.",
        "nothing-measured": "Nothing of this submission could be measured, so there is no mark to hand over.",
        "doctor": "`grader doctor` says what this machine offers.",
        "since": "Since the last save:",
        "mark-changed": "{before} → {points} of {total} points",
        "mark-same": "still {points} of {total} points",
    },
)


P = ParamSpec("P")
R = TypeVar("R")


def as_judged(render: Callable[Concatenate[Report, P], R]) -> Callable[Concatenate[Report, P], R]:
    """Make a renderer speak the language that its report was judged in, whatever is spoken around it."""

    @wraps(render)
    def spoken_so(report: Report, *arguments: P.args, **keywords: P.kwargs) -> R:
        with speaking(report.language):
            return render(report, *arguments, **keywords)

    return spoken_so  # type: ignore[return-value]  # its first argument has a name there


@dataclass(frozen=True)
class Group:
    """The criteria of one function, in the rubric's order."""

    title: str
    function: bool  # the title is a function's name
    criteria: tuple[CriterionVerdict, ...]

    @property
    def score(self) -> str:
        """Points of those that count."""
        return score(self.criteria)


def number(value: float) -> str:
    """Return points or a size without needless zeros: 2, 0.5, 2.33."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def percent(value: float | None) -> str:
    """Return a share as "87.5%"."""
    return WORDS["not-measured"] if value is None else f"{100 * value:.1f}%"


def share(value: float) -> str:
    """Return a factor or rate in few digits: 0.2, and 1/255 for what is no round number but one over a round one."""
    if value and 0 < abs(value) < 1 and f"{value:g}" != f"{value:.3g}" and abs(1 / value - round(1 / value)) < 1e-3:
        return f"1/{round(1 / value)}"
    return f"{value:.4g}"


def counts(criterion: CriterionVerdict) -> bool:
    """Return whether the criterion's points are part of the total."""
    return criterion.status not in {Status.PENDING, Status.ERROR}


def score(criteria: Iterable[CriterionVerdict]) -> str:
    """Return "points / total" of the criteria that count, or a dash where none does."""
    counted = [criterion for criterion in criteria if counts(criterion)]
    if not counted:
        return "-"
    return f"{number(sum(c.points for c in counted))} / {number(sum(c.max_points for c in counted))}"


def groups(report: Report) -> list[Group]:
    """Return the criteria by function, each function where it first stands in the rubric, the function-less ones last."""
    found: dict[str | None, list[CriterionVerdict]] = {}
    for criterion in report.criteria:
        found.setdefault(criterion.function, []).append(criterion)
    whole = found.pop(None, [])
    result = [Group(title=name, function=True, criteria=tuple(some)) for name, some in found.items() if name is not None]
    if whole:
        result.append(Group(title=WORDS["whole"], function=False, criteria=tuple(whole)))
    return result


def mark_explained(report: Report) -> list[str]:
    """Return, as sentences, how points, total and status came about."""
    lines = []
    for status in Status:
        some = [criterion for criterion in report.criteria if criterion.status is status]
        if not some:
            continue
        count = WORDS["criterion" if len(some) == 1 else "criteria"].format(number=len(some), status=STATES[status])
        if status in {Status.PENDING, Status.ERROR}:
            left = number(sum(c.max_points for c in some))
            lines.append(WORDS["left-out-of-total"].format(criteria=count, points=left, meaning=MEANINGS[status]))
        else:
            lines.append(WORDS["points-of"].format(criteria=count, score=score(some)))
    lines.append(WORDS["pass-mark"].format(**_mark(report)))
    lines.append(holdout_explained(report))
    return lines


def headline(report: Report) -> str:
    """Return state and mark: "Passed: 8 of 10 points (to pass: 6)"."""
    return WORDS["mark"].format(headline=HEADLINES[report.status], **_mark(report))


def _mark(report: Report) -> dict[str, str]:
    return {"points": number(report.points), "total": number(report.max_points), "needed": number(report.pass_mark)}


@dataclass(frozen=True)
class MarkRow:
    """One criterion's part in the mark."""

    title: str
    points: str
    how: str
    needs: tuple[str, ...]  # titles of the criteria that have to pass first


def mark_rows(report: Report) -> list[MarkRow]:
    """Return, criterion by criterion, how its points came about and what it depends on."""
    titles = {criterion.id: criterion.title for criterion in report.criteria}
    return [
        MarkRow(
            title=criterion.title,
            points=f"{number(criterion.points)} / {number(criterion.max_points)}" if counts(criterion) else WORDS["not-counted"],
            how=_how(criterion),
            needs=tuple(titles[name] for name in criterion.requires if name in titles),
        )
        for criterion in report.criteria
    ]


def _how(criterion: CriterionVerdict) -> str:
    if criterion.status is Status.PARTIAL and criterion.max_points:
        given = percent(criterion.points / criterion.max_points)
        key = "part-compared" if criterion.found and criterion.expected else "part"
        return WORDS[key].format(share=given, found=criterion.found, expected=criterion.expected)
    return MEANINGS[criterion.status]


def described_try(one: Try) -> str:
    """Return how one training went, in a line."""
    if not 0 < one.best_epoch <= len(one.epochs):
        return WORDS["no-epoch"].format(ending=ENDINGS[one.ended])
    best = one.epochs[one.best_epoch - 1]
    return WORDS["try"].format(
        holdout=percent(one.holdout_accuracy),
        training=percent(best.accuracy),
        epoch=one.best_epoch,
        epochs=len(one.epochs),
        ending=ENDINGS[one.ended],
    )


def parameters(training: TrainingReport) -> str:
    """Return the size of a trained network: "9,494,561"."""
    return WORDS["unknown"] if training.parameters is None else f"{training.parameters:,}"


def relative_time(training: TrainingReport) -> str:
    """Return how long an epoch of it takes beside the first network's: "3.2 x"."""
    return WORDS["not-measured"] if training.relative_time is None else f"{number(training.relative_time)} x"


def left_out_explained(report: Report) -> str:
    """Return how much of the file was not run, without a full stop."""
    count = len(report.left_out)
    return WORDS["not-run" if count == 1 else "several-not-run"].format(number=count)


def holdout_explained(report: Report) -> str:
    """Return which hidden images were used, and what that means for the mark."""
    if report.official_mark:
        return WORDS["official"]
    return WORDS["practice"]


def untrained(training: TrainingReport) -> str:
    """Return why a network was not trained."""
    return spoken(training.reason) or training.status


def next_step(report: Report, *, page: bool = False, notebook: bool = False) -> str:
    """Return what the student does next, as a sentence; commands stand between backticks. `page`: the reader has the page already."""
    more = "" if page else WORDS["all-on-a-page"]
    if report.status is Status.ERROR:
        return WORDS["next-error"]
    if report.status is Status.UNATTEMPTED:
        return WORDS["next-unattempted-here" if notebook else "next-unattempted"]
    if all(c.status is Status.PASSED for c in report.criteria):
        return WORDS["next-all-right"]
    if report.status is Status.PASSED:
        return WORDS["next-passed"] + more
    if report.status is Status.PENDING:
        return WORDS["next-pending"]
    return WORDS["next-failed"] + more

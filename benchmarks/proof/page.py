"""Writes the proof as a page of Markdown: a table per exercise, and the table of experiments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from grader import course
from grader.contracts.evidence import Versions
from grader.contracts.verdict import Status, Verdict
from grader.course.concepts import concepts
from grader.trials.claims import LOST, ended
from grader.trials.variants import Variant

from .experiments import Outcome, Summary

HEAD = """# Proof

Written by `make proof`, which fails where a line is not as claimed. {versions}

A solution and every acceptable variant must get full marks in a complete check, with no cause named. A starter must be
*unattempted*. A wrong variant must lose exactly the criteria that its header names, beside those that depend on them, and the
first line of its feedback must name its mistake; it is judged without training, except where not even that is possible.

## Lessons as experiments

The grader trains each side under {seeds} secrets of its own, one try each: another holdout, other initial weights, another order
of the batches. Accuracies are of the best epoch, on images never trained on: mean (lowest to highest). *Learned* is the mean
accuracy on the training images in the last epoch. *Threshold* is what the exercise's rubric asks for all points: it must lie
above every single try without the idea, and at most at the weakest with it, unless the experiment says that it does not.
`solutions/experiments.yaml` says what is compared with what.
"""
OPEN = "**not as claimed**"


class Row(NamedTuple):
    """One file of an exercise, judged. Without a verdict, `objections` say why there is none."""

    title: str
    variant: Variant | None  # None: the starter
    verdict: Verdict | None
    objections: Sequence[str]


def page(versions: Versions, seeds: int, outcomes: Sequence[Outcome], exercises: dict[str, list[Row]]) -> str:
    """Return the whole page."""
    made_with = (
        f"Measured with grader {versions.grader}, TensorFlow {versions.tensorflow}, Keras {versions.keras}, Python {versions.python}."
    )
    parts = [HEAD.format(versions=made_with, seeds=seeds), _experiments(outcomes), "## Exercises\n"]
    parts += [_exercise(name, rows) for name, rows in exercises.items()]
    return "\n".join(parts)


def _experiments(outcomes: Sequence[Outcome]) -> str:
    lines = ["| idea | exercise | with it | without it | threshold | gap | as claimed |", "|---|---|---|---|---|---|---|"]
    for one in outcomes:
        title = concepts().find(one.experiment.concept).title
        gap = "" if one.gap is None else f"{one.gap:.2f}"
        between = "" if one.threshold is None else f"{one.threshold:.2f}" + ("" if one.separated else ", not between")
        sides = [_side(one, summary) for summary in (one.with_, one.without)]
        verdict = f"{OPEN}, {one.problem}" if one.problem and one.complete else one.problem or "yes"
        said = f"at least {one.experiment.gap:g}: {verdict}"
        idea = f"{title}: {one.experiment.claim}"
        lines.append(_line(idea, f"`{one.experiment.exercise}`", *sides, between, gap, said))
    return "\n".join([*lines, ""])


def _side(one: Outcome, summary: Summary | None) -> str:
    if summary is None:
        return "not measured"
    text = f"{summary.mean:.2f} ({min(summary.figures):.2f} to {max(summary.figures):.2f}, n = {len(summary.figures)})"
    if one.experiment.figure != "holdout accuracy":
        return f"{one.experiment.figure}: {text}"
    return text if summary.learned is None else f"{text}; learned {summary.learned:.2f}"


def _exercise(name: str, rows: Sequence[Row]) -> str:
    asked = course.load(name)
    kept, absent = sum(not row.objections for row in rows), sum(row.verdict is None for row in rows)
    if absent == len(rows):
        return f"### {name}\n\n{asked.title}, week {asked.week}: {absent} files, which are not measured yet.\n"
    rest = f" {absent} are not measured." if absent else ""
    lines = [f"### {name}", "", f"{asked.title}, week {asked.week}: {kept} of {len(rows)} files are as claimed.{rest}", ""]
    lines += ["| file | points | criteria that lose points | first line of feedback |", "|---|---|---|---|"]
    lines += [_row(row) for row in rows]
    return "\n".join([*lines, ""])


def _row(row: Row) -> str:
    if row.verdict is None:
        return _line(row.title, "", "", "; ".join(row.objections))
    remark = "".join(f" {OPEN}: {objection}." for objection in row.objections)
    verdict = row.verdict
    points = "unattempted" if verdict.status is Status.UNATTEMPTED else f"{verdict.points:g} / {verdict.max_points:g}"
    pending = ended(verdict.criteria, Status.PENDING)
    if pending and row.variant is not None and row.variant.kind != "wrong":
        points += f" (pending: {', '.join(pending)})"
    said = verdict.causes[0].sentence if verdict.causes else ""
    return _line(row.title, points, ", ".join(ended(verdict.criteria, *LOST)), said + remark)


def _line(*cells: str) -> str:
    """Return a row of a table; what would end a cell is escaped."""
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"

"""Proposes thresholds of accuracy from many trainings of right solutions, and shows what wrong ones reach."""

from __future__ import annotations

import importlib.metadata
import math
import statistics
from collections.abc import Mapping, Sequence

import numpy as np

from grader import course
from grader.contracts.base import Frozen, digest
from grader.contracts.data_facts import BatchesFacts
from grader.contracts.errors import UsageError
from grader.contracts.evidence import Evidence
from grader.contracts.network_facts import ModelFacts
from grader.contracts.protocol import Training
from grader.judge import Calibration, HoldoutAccuracy, Rubric, load_rubric, needs_training

from .conditions import Conditions
from .measuring import Measured, Trial
from .variants import Variant

QUANTILE = 0.01  # of right marks that may miss a threshold
MARGIN = 0.02  # that a threshold lies below what was measured, for other machines
STEP = 0.01  # thresholds are whole percents


class Group(Frozen):
    """Variants that train the very same thing: they are measured as one."""

    variants: tuple[Variant, ...]

    @property
    def right(self) -> bool:
        """Whether one of them claims to deserve full marks."""
        return any(variant.kind != "wrong" for variant in self.variants)

    @property
    def title(self) -> str:
        """The first one's name, and how many others there are."""
        others = len(self.variants) - 1
        return self.variants[0].title + (f" and {others} alike" if others else "")

    def trials(self, runs: int) -> list[Trial]:
        """Return one try under each of so many secrets. Best of several tries follows from it, as tries are independent."""
        first = self.variants[0]
        return [Trial(path=first.path, exercise=first.exercise, conditions=Conditions(seed=seed, tries=1)) for seed in range(1, runs + 1)]


class Distribution(Frozen):
    """The accuracies that one group reached, a try each."""

    title: str
    right: bool
    accuracies: tuple[float, ...]

    def quantile(self, share: float) -> float:
        """Return the accuracy that this share of the tries stays below; always one that was measured."""
        return float(np.quantile(self.accuracies, share, method="lower"))

    @property
    def mean(self) -> float:
        """Their mean."""
        return statistics.fmean(self.accuracies)

    def reaching(self, threshold: float, tries: int) -> float:
        """Return the share of marks that reach a threshold with the best of so many tries."""
        missed = sum(accuracy < threshold for accuracy in self.accuracies) / len(self.accuracies)
        return 1.0 - float(missed**tries)


class Proposal(Frozen):
    """A threshold for one criterion. `problem` says why it must not be written, if so."""

    criterion: str
    before: float
    threshold: float
    tries: int
    calibration: Calibration
    distributions: tuple[Distribution, ...]
    problem: str = ""


def trained_criteria(rubric: Rubric) -> list[tuple[HoldoutAccuracy, Training]]:
    """Return the criteria that rest on an accuracy, with their trainings. Raises `UsageError` where there is none."""
    found = [
        (criterion, training)
        for criterion in rubric.criteria
        if isinstance(criterion, HoldoutAccuracy) and (training := rubric.training(criterion)) is not None
    ]
    if not found:
        raise UsageError(f"Nothing is trained in {rubric.exercise}, so there is no threshold to calibrate.")
    return found


def inspections(variants: Sequence[Variant]) -> dict[Variant, Trial]:
    """Return the measurements that tell which variants train the same thing: without any training."""
    conditions = Conditions(brief=True)
    return {
        variant: Trial(path=variant.path, exercise=variant.exercise, conditions=conditions, train=False)
        for kind in ("solution", "right", "wrong")
        for variant in variants
        if variant.kind == kind
    }


def groups(inspected: Mapping[Variant, Trial], done: Mapping[Trial, Measured]) -> list[Group]:
    """Group the variants whose mark a training decides by what they train; right ones first."""
    found: dict[str, list[Variant]] = {}
    for variant, trial in inspected.items():
        if trial not in done:
            continue
        evidence = done[trial].evidence
        rubric = load_rubric(trial.conditions.applied_to(course.load(trial.exercise)))
        wanted = needs_training(rubric, evidence)
        if wanted:
            trained = [_identity(one, evidence, variant) for one in rubric.protocol.trainings if one.id in wanted]
            found.setdefault(digest(trained), []).append(variant)
    return sorted((Group(variants=tuple(alike)) for alike in found.values()), key=lambda group: not group.right)


def _identity(training: Training, evidence: Evidence, variant: Variant) -> list[object]:
    """Return what decides a training. Augmented images are recorded, never quite the same twice: such a pipeline is its own."""
    model = evidence.calls[training.model].facts
    batches = evidence.calls[training.batches].facts if training.batches is not None else None
    shown, judged = (batches.training, batches.validation) if isinstance(batches, BatchesFacts) else (evidence.given, evidence.given)
    assert isinstance(model, ModelFacts)
    assert shown is not None
    assert judged is not None
    return [
        training.id,
        model.digest,
        model.compiled.model_dump(mode="json", exclude={"metrics"}) if model.compiled else None,
        shown.labels.encoding,
        shown.labels.by_class,
        shown.image_shape,
        shown.preprocessing.model_dump(mode="json") if shown.preprocessing else None,
        judged.preprocessing.model_dump(mode="json") if judged.preprocessing else None,
        "" if shown.plain and not shown.missing else str(variant.path),
    ]


def distributions(training: str, alike: Sequence[Group], runs: int, done: Mapping[Trial, Measured]) -> tuple[Distribution, ...]:
    """Return what each group reached in one training, those that were measured."""
    found = []
    for group in alike:
        facts = [done[trial].evidence.trainings.get(training) for trial in group.trials(runs) if trial in done]
        accuracies = [one.holdout_accuracy for one in facts if one is not None and one.holdout_accuracy is not None]
        if accuracies:
            found.append(Distribution(title=group.title, right=group.right, accuracies=tuple(accuracies)))
    return tuple(found)


def propose(
    criterion: HoldoutAccuracy, training: Training, shown: Sequence[Distribution], *, quantile: float = QUANTILE, margin: float = MARGIN
) -> Proposal:
    """Return the highest threshold that, less the margin, no right group misses in more than `quantile` of its marks.

    A mark is the best of up to `tries` independent tries: it misses a threshold that a single try misses with the `tries`-th root of that
    probability. Raises `UsageError` where no right solution was measured.
    """
    right = [one for one in shown if one.right]
    if not right:
        raise UsageError(f"No right solution was trained for {criterion.id}, so nothing can be proposed.")
    single = quantile ** (1 / training.tries)
    lowest = min(one.quantile(single) for one in right)
    threshold = round(math.floor((lowest - margin) / STEP + 1e-9) * STEP, 2)
    problem = ""
    threshold = min(threshold, training.stop_at)
    if threshold <= 0 or (criterion.partial_from is not None and threshold <= criterion.partial_from):
        problem = f"it is not above {criterion.partial_from or 0:g}, where partial credit begins"
    return Proposal(
        criterion=criterion.id,
        before=criterion.at_least,
        threshold=threshold,
        tries=training.tries,
        calibration=Calibration(
            runs=sum(len(one.accuracies) for one in right),
            quantile=quantile,
            margin=margin,
            tensorflow=importlib.metadata.version("tensorflow"),
            keras=importlib.metadata.version("keras"),
        ),
        distributions=tuple(shown),
        problem=problem,
    )

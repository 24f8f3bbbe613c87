"""The lessons as experiments: reads `solutions/experiments.yaml`, plans their measurements, and tells what they showed."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from grader import course
from grader.contracts.base import Frozen
from grader.contracts.evidence import Evidence
from grader.contracts.protocol import Identifier
from grader.course.concepts import concept_ids
from grader.course.documents import load_document
from grader.judge import load_rubric
from grader.trials.conditions import Conditions
from grader.trials.measuring import Measured, Trial

Figure = Literal["holdout accuracy", "training accuracy", "loss before training"]
LOWER_IS_BETTER: frozenset[Figure] = frozenset({"loss before training"})


class Arm(Frozen):
    """One side of a comparison: a file, and which of its trainings where there are several."""

    file: str  # below the exercise's folder of solutions
    training: Identifier | None = None

    @model_validator(mode="before")
    @classmethod
    def _file_alone(cls, data: Any) -> Any:
        return {"file": data} if isinstance(data, str) else data


class Experiment(Frozen):
    """What an idea changes. `gap`: by how much the mean with the idea is better, at least."""

    id: Identifier
    concept: Identifier
    exercise: Identifier
    claim: Annotated[str, Field(min_length=1)]
    with_: Arm = Field(alias="with")
    without: Arm
    figure: Figure = "holdout accuracy"
    gap: Annotated[float, Field(gt=0)]
    regardless: bool = False  # a side is trained even where a criterion fails that the accuracy requires
    separates: bool = True  # the rubric's threshold lies above all accuracies without the idea, and below all with it

    def threshold(self) -> float | None:
        """Return the accuracy that the rubric asks of the side with the idea; None where the figure is another one, or none is asked."""
        if self.figure != "holdout accuracy":
            return None
        rubric = load_rubric(course.load(self.exercise))
        return rubric.threshold(self.with_.training or rubric.protocol.trainings[0].id)

    def trials(self, arm: Arm, solutions: Path, seeds: int) -> list[Trial]:
        """Return the measurements of one side: one try per seed, each with a holdout of its own."""
        path = solutions / self.exercise / arm.file
        train = self.figure != "loss before training"
        # The loss before training is measured on the first batches, so the shortened protocol shows it too.
        return [
            Trial(path=path, exercise=self.exercise, conditions=conditions, train=train, regardless=self.regardless)
            for conditions in (Conditions(seed=seed, tries=1, brief=not train) for seed in range(1, seeds + 1))
        ]


class Summary(Frozen):
    """The figures of one side. `learned`: mean accuracy on the training images in the last epoch, where there was a training."""

    figures: tuple[float, ...]
    learned: float | None = None

    @property
    def mean(self) -> float:
        """Their mean."""
        return statistics.fmean(self.figures)


class Outcome(Frozen):
    """What an experiment showed. `problem` is empty where it is as claimed; `seeds`: of each side, were it complete."""

    experiment: Experiment
    with_: Summary | None
    without: Summary | None
    seeds: int
    threshold: float | None = None
    problem: str = ""

    @property
    def complete(self) -> bool:
        """Whether both sides are measured under every secret."""
        return all(side is not None and len(side.figures) == self.seeds for side in (self.with_, self.without))

    @property
    def gap(self) -> float | None:
        """By how much the mean with the idea is better."""
        if self.with_ is None or self.without is None:
            return None
        sign = -1 if self.experiment.figure in LOWER_IS_BETTER else 1
        return sign * (self.with_.mean - self.without.mean)

    @property
    def separated(self) -> bool:
        """Whether the threshold lies between both sides, every single try of them."""
        if self.with_ is None or self.without is None or self.threshold is None:
            return False
        return max(self.without.figures) < self.threshold <= min(self.with_.figures)


def load_experiments(path: Path) -> tuple[Experiment, ...]:
    """Read the experiments. Raises `AuthorError` with file and line of the first mistake."""
    document = load_document(path)
    listed = document.data.get("experiments")
    if not isinstance(listed, list) or len(document.data) != 1:
        raise document.error("expected one key, `experiments`, a list")
    found: list[Experiment] = []
    for number, item in enumerate(listed):
        try:
            experiment = Experiment.model_validate(item)
        except ValidationError as error:
            first = error.errors()[0]
            where = " → ".join(map(str, first["loc"]))
            raise document.error(f"{where}: {first['msg']}", "experiments", number, *first["loc"]) from error
        for key, problem in _contradictions(experiment, path.parent, {each.id for each in found}):
            raise document.error(problem, "experiments", number, key)
        found.append(experiment)
    return tuple(found)


def _contradictions(experiment: Experiment, solutions: Path, ids: set[str]) -> list[tuple[str, str]]:
    problems = []
    if experiment.id in ids:
        problems.append(("id", f"the id {experiment.id!r} stands twice"))
    if experiment.concept not in concept_ids():
        problems.append(("concept", f"there is no concept {experiment.concept!r}"))
    trainings = [training.id for training in course.load(experiment.exercise).protocol.trainings]
    for key, arm in (("with", experiment.with_), ("without", experiment.without)):
        if not (solutions / experiment.exercise / arm.file).is_file():
            problems.append((key, f"there is no file {experiment.exercise}/{arm.file}"))
        if arm.training is None and len(trainings) != 1:
            problems.append((key, f"{experiment.exercise} has several trainings; name one: {', '.join(trainings)}"))
        if arm.training is not None and arm.training not in trainings:
            problems.append((key, f"there is no training {arm.training!r}; there is: {', '.join(trainings)}"))
    return problems


def outcome(experiment: Experiment, solutions: Path, seeds: int, done: Mapping[Trial, Measured]) -> Outcome:
    """Return what an experiment showed, from whatever of its measurements there is."""
    sides: list[Summary | None] = []
    for arm in (experiment.with_, experiment.without):
        trials = experiment.trials(arm, solutions, seeds)
        measured = [done[trial].evidence for trial in trials if trial in done]
        sides.append(_summary(experiment.figure, arm, measured))
    shown = Outcome(experiment=experiment, with_=sides[0], without=sides[1], seeds=seeds, threshold=experiment.threshold())
    gap = shown.gap
    problem = ""
    if gap is not None and gap < experiment.gap:
        problem = f"the gap is {gap:.2f}, below {experiment.gap:.2f}"
    elif gap is not None and shown.threshold is not None and experiment.separates and not shown.separated:
        problem = f"the rubric's threshold of {shown.threshold:.2f} does not lie between both sides"
    elif not shown.complete:
        fewest = min(0 if side is None else len(side.figures) for side in sides)
        problem = f"measured under {fewest} of {seeds} secrets so far"
    return shown.model_copy(update={"problem": problem})


def _summary(figure: Figure, arm: Arm, evidence: Sequence[Evidence]) -> Summary | None:
    figures: list[float] = []
    learned: list[float] = []
    for one in evidence:
        found, trained = _figures(figure, arm, one)
        if found is not None:
            figures.append(found)
            learned += trained
    return Summary(figures=tuple(figures), learned=statistics.fmean(learned) if learned else None) if figures else None


def _figures(figure: Figure, arm: Arm, evidence: Evidence) -> tuple[float | None, list[float]]:
    """Return one run's figure, and the training accuracy of its last epoch."""
    name = arm.training or next(iter(evidence.trainings or evidence.probes), "")
    if figure == "loss before training":
        probes = evidence.probes.get(name)
        return (probes.initial_loss if probes is not None else None), []
    training = evidence.trainings.get(name)
    if training is None:
        return None, []
    last = [one.epochs[-1].accuracy for one in training.tries if one.epochs]
    return (training.holdout_accuracy if figure == "holdout accuracy" else next(iter(last), None)), last

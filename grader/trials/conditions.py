"""Under which conditions a submission is measured: the exercise's own, or cut short for what needs less."""

from __future__ import annotations

import dataclasses

import numpy as np

from grader import course
from grader.contracts.base import Frozen
from grader.contracts.progress import Progress, silent
from grader.datasets import PRACTICE_SECRET, ArrayDataset, Arrays, Dataset
from grader.datasets.dataset import Image
from grader.pipeline import Pipeline

TRAINING_PER_CLASS = 30
VALIDATION_PER_CLASS = 15
STEPS = 6  # so few batches are recorded


class Conditions(Frozen):
    """What differs from `grader check`.

    `seed`: the number of a secret of its own, hence another holdout, other initial weights, another order of the batches.
    `brief`: little data and hardly any training, enough for everything but what a network learns.
    """

    seed: int | None = None  # None: the practice holdout
    tries: int | None = None  # None: the protocol's
    brief: bool = False
    seconds: float | None = None  # of a call; None: the protocol's

    @property
    def secret(self) -> bytes:
        """What draws the holdout and the seeds."""
        return PRACTICE_SECRET if self.seed is None else f"grader: trial {self.seed}".encode()

    def applied_to(self, exercise: course.Exercise) -> course.Exercise:
        """Return the exercise as it is measured under these conditions."""
        protocol = exercise.protocol
        changes = {"max_steps": STEPS} if self.brief else {}
        if self.tries is not None:
            changes["tries"] = self.tries
        protocol = protocol.model_copy(update={"trainings": tuple(each.model_copy(update=changes) for each in protocol.trainings)})
        if self.seconds is not None:
            protocol = protocol.model_copy(update={"limits": protocol.limits.model_copy(update={"seconds": self.seconds})})
        return dataclasses.replace(exercise, protocol=protocol)


class TrialPipeline(Pipeline):
    """A pipeline on one thread whose conditions can be changed from one submission to the next."""

    def __init__(self) -> None:
        super().__init__(workers=1)
        self.conditions = Conditions()

    def under(self, conditions: Conditions) -> TrialPipeline:
        """Measure under these conditions from now on."""
        self.conditions = conditions
        self.use(conditions.secret)
        return self

    def asked(self, exercise: str, profile: str) -> course.Exercise:
        """Return the exercise as it is measured under the present conditions."""
        return self.conditions.applied_to(super().asked(exercise, profile))

    def _dataset(self, name: str | None, progress: Progress = silent) -> Dataset | ArrayDataset | None:
        dataset = super()._dataset(name, progress)
        return _reduced(dataset) if dataset is not None and self.conditions.brief else dataset


def _reduced(dataset: Dataset | ArrayDataset) -> Dataset | ArrayDataset:
    """Return a few training and validation images of each class."""
    if isinstance(dataset, ArrayDataset):
        return dataclasses.replace(
            dataset, training=_few(dataset.training, TRAINING_PER_CLASS), validation=_few(dataset.validation, VALIDATION_PER_CLASS)
        )

    def first(images: tuple[Image, ...], most: int) -> tuple[Image, ...]:
        return tuple(image for name in dataset.classes for image in [i for i in images if i.class_name == name][:most])

    return dataclasses.replace(
        dataset, training=first(dataset.training, TRAINING_PER_CLASS), validation=first(dataset.validation, VALIDATION_PER_CLASS)
    )


def _few(arrays: Arrays, most: int) -> Arrays:
    rows = np.concatenate([np.flatnonzero(arrays.labels == label)[:most] for label in np.unique(arrays.labels)])
    return Arrays(arrays.images[rows], arrays.labels[rows], tuple(arrays.origins[row] for row in rows))

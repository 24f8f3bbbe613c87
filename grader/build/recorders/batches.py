"""Records what a training and a validation pipeline yield: first one epoch of each, then more of training for the step budget."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ...contracts.artifacts import Artifact, BatchesPayload, CallError, Job, PipelinePayload
from ...contracts.protocol import BatchesCall
from ..arguments import call_with
from ..errors import call_error
from ..harmless import harmless
from .arrays import Array, ImageFile, save_labels
from .describe import describe
from .pipelines import Epochs

# Of the call's time and space: what the first epochs may take, and when no further epoch is drawn. The rest is for the student's own work.
_FIRST_EPOCHS_SHARE, _MORE_EPOCHS_SHARE = 0.85, 0.6
_VALIDATION_SPACE = 0.4
_DEFAULT_STEPS, _DEFAULT_BATCH_SIZE = 60, 20
_MOST_BATCHES = 100_000
_MOST_CLASSES = 1000


def record(call: BatchesCall, function: Callable[..., Any], job: Job) -> Artifact:
    """Call `function` and record both pipelines; no payload where it gave back no pair."""
    limits = job.protocol.limits
    begun = time.monotonic()
    value = call_with(function, {parameter: _argument(thing, job) for parameter, thing in call.arguments.items()})
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        return Artifact(call=call.id, returned=describe(value))
    space = limits.recorded_mb << 20
    stem = Path(job.artifacts, call.id)
    validation = _Recording(_mapped(call, value[1], function), stem, "validation", _validation_images(job), int(space * _VALIDATION_SPACE))
    training = _Recording(_mapped(call, value[0], function), stem, "training", job.training_images, space)
    soon = begun + limits.seconds * _FIRST_EPOCHS_SHARE
    training.epoch(soon)
    validation.epoch(soon)
    training.space -= validation.size
    training.further_epochs(_budget(call, job), begun + limits.seconds * _MORE_EPOCHS_SHARE)
    payload = BatchesPayload(training=training.payload(), validation=validation.payload())
    return Artifact(call=call.id, returned=describe(value), payload=payload)


def _mapped(call: BatchesCall, pipeline: Any, function: Callable[..., Any]) -> Any:
    """Return a dataset as the file prepares it for its training; anything else as it is."""
    known = getattr(function, "__globals__", {})
    prepare = next((known[name] for name in call.mapped if callable(known.get(name))), None)
    return pipeline.map(prepare) if prepare is not None and hasattr(pipeline, "element_spec") else pipeline


def _budget(call: BatchesCall, job: Job) -> int:
    """Return how many of these training images the grader's own training consumes at most."""
    budgets = []
    for training in job.protocol.trainings:
        if training.batches == call.id:
            budget = training.max_steps * training.batch_size
            budgets.append(budget if training.recorded_epochs is None else min(budget, training.recorded_epochs * job.training_images))
    return max(budgets, default=_DEFAULT_STEPS * _DEFAULT_BATCH_SIZE)


def _argument(thing: str, job: Job) -> Any:
    """Return a folder's path, or an array: images as floats, as whoever reads them from a table has them."""
    if thing in job.folders:
        return job.folders[thing]
    array = np.load(job.files[thing], allow_pickle=False)
    return array.astype(np.float64) if thing.endswith("images") else array


def _validation_images(job: Job) -> int:
    if "validation_images" in job.files:
        return len(np.load(job.files["validation_images"], mmap_mode="r", allow_pickle=False))
    folder = job.folders.get("validation")
    return sum(len(names) for _, _, names in os.walk(folder)) if folder else 0


class _Recording:
    """One pipeline and what was drawn from it so far. Anything it raises ends its recording and is kept."""

    def __init__(self, pipeline: Any, stem: Path, name: str, expected: int, space: int) -> None:
        self._pipeline = pipeline
        self._images = ImageFile(stem.with_name(f"{stem.name}-{name}-images.npy"))
        self._labels_path = stem.with_name(f"{stem.name}-{name}-labels.npy")
        self._labels: list[Array] = []
        self.space = space
        self._batches: list[int] = []
        self._epochs: list[int] = []
        self._error: CallError | None = None
        self._notes: list[str] = []
        self._ended = False
        self._source: Epochs | None = None
        try:
            self._source = Epochs(pipeline, expected)
        except Exception as problem:  # a student's own __len__
            self._fail(problem)

    @property
    def size(self) -> int:
        """What the images take so far."""
        return self._images.size

    def epoch(self, until: float) -> None:
        """Record one epoch, or as much of it as time and space allow."""
        if self._ended or self._source is None:
            return
        count = len(self._batches)
        try:
            for images, labels, single in self._source.draw():
                if not self._room_for(images, until):
                    break
                self._add(images, labels, single)
            if len(self._batches) == count:
                self._ended = True
        except Exception as problem:  # whatever the student's pipeline raises
            self._fail(problem)
        if len(self._batches) > count:
            self._epochs.append(len(self._batches) - count)

    def further_epochs(self, budget: int, until: float) -> None:
        """Record further epochs up to `budget` images; only one where the second shows the same images as the first."""
        while not self._ended and self._images.count < budget:
            self.epoch(until)
            if len(self._epochs) == 2 and self._repeats():
                return

    def _repeats(self) -> bool:
        """Return whether the second epoch shows the same images as the first."""
        first = sum(self._batches[: self._epochs[0]])
        return self._images.digests(0, first) == self._images.digests(first, self._images.count)

    def payload(self) -> PipelinePayload:
        """Close the files and return what was recorded."""
        labels = self._save_labels()
        self._images.close()
        return PipelinePayload(
            pipeline_class=describe(self._pipeline),
            images=self._images.path.name if self._images.count else None,
            labels=labels,
            scale=self._images.scale,
            offset=self._images.offset,
            batches=tuple(self._batches),
            epochs=tuple(self._epochs),
            length=self._source.length if self._source else None,
            class_indices=_class_indices(self._pipeline),
            error=self._error,
            note=harmless("; ".join(self._notes), 300),
        )

    def _room_for(self, images: Array, until: float) -> bool:
        if time.monotonic() > until:
            self._end("recording ended at the time limit")
        elif self.size + images.size * self._images.value_bytes > self.space:
            self._end("recording ended at the size limit")
        elif len(self._batches) >= _MOST_BATCHES:
            self._end("recording ended at the limit of batches")
        return not self._ended

    def _add(self, images: Array, labels: Array | None, single: bool) -> None:
        if single:
            self._note("it yields single images, not batches")
        if images.ndim == 3:
            self._note("its images have no channel axis")
        if (labels is None) != (not self._labels) and self._batches:
            raise ValueError("some batches have labels and some have none")
        self._images.append(images)
        self._batches.append(len(images))
        if labels is not None:
            self._labels.append(labels)

    def _save_labels(self) -> str | None:
        if not self._labels:
            return None
        try:
            save_labels(self._labels_path, self._labels)
        except ValueError as problem:
            self._fail(problem)
            return None
        return self._labels_path.name

    def _note(self, text: str) -> None:
        if text not in self._notes:
            self._notes.append(text)

    def _end(self, why: str) -> None:
        self._note(why)
        self._ended = True

    def _fail(self, problem: Exception) -> None:
        self._error = call_error(problem)
        self._ended = True


def _class_indices(pipeline: Any) -> dict[str, int] | None:
    """Return the pipeline's own word on its classes, where it has one in the usual form."""
    indices = getattr(pipeline, "class_indices", None)
    names = getattr(pipeline, "class_names", None)
    if indices is None and isinstance(names, (list, tuple)):
        indices = {name: index for index, name in enumerate(names)}
    if not isinstance(indices, dict) or len(indices) > _MOST_CLASSES:
        return None
    return {harmless(str(name), 300): int(index) for name, index in indices.items() if isinstance(index, int)}

"""Trains one try of a task on the grader's own terms, in a process of its own, and scores it on the hidden images."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from grader.contracts.base import Frozen, digest
from grader.contracts.data_facts import Preprocessing
from grader.contracts.errors import GraderError
from grader.contracts.pictures import AugmentedImage, FeatureMaps, MistakenImage
from grader.contracts.training_facts import Epoch, Try
from grader.datasets import Holdout
from grader.datasets.cache import hash_file

from .feature_maps import augmented_inside, feature_maps
from .matching import Originals
from .network import Images, Network, predicted_labels, refusals, set_up
from .originals import RESIZES, resized, with_channels
from .readers.files import open_array
from .seen import Outputs, Seen
from .tasks import CanonicalData, RecordedData, TrainingTask

Report = Callable[[int, float | None, float], None]  # steps done, best holdout accuracy so far, processor seconds of a step
SCORED = 300  # hidden images that each epoch is scored on; the best epoch is scored on all
HOPELESS_AFTER = 0.55  # share of the budget
HOPELESS_ABOVE_CHANCE = 0.06  # of the last epochs' mean; the best of many guesses is higher
HOPELESS_BEST_ABOVE_CHANCE = 0.12
CALIBRATION = 10  # batches that BatchNorm statistics are re-estimated over
REPORT_EVERY = 5


class Finished(Frozen):
    """One try, and what its best epoch's network says of the hidden images (classes by name) and makes of a handed-out one."""

    facts: Try
    predicted: dict[str, int]
    confusion: dict[str, dict[str, int]] = Field(default_factory=dict)
    mistaken: tuple[MistakenImage, ...] = ()
    maps: FeatureMaps | None = None
    augmented: AugmentedImage | None = None


def train(task: TrainingTask, holdout: Holdout, number: int, report: Report, *, split: bool = True) -> Finished:
    """Train try `number` of a task; without `split`, frozen first layers are computed anew in every step.

    Raises `ImpossibleError` if Keras refuses the first step, `GraderError` if recorded files changed.
    """
    seed = task.try_seed(number)
    set_up(seed)
    data = load_training(task)
    hidden = load_holdout(task, holdout)
    with refusals():
        network = Network(task, seed, data, split=split)
        return _Run(task, network, data, network.prepared(hidden), holdout, np.random.default_rng(seed), report).run(number)


def load_training(task: TrainingTask) -> Images:
    """Return the training images of a task."""
    if isinstance(task.data, CanonicalData):
        data = task.data
        originals = Originals([image.path for image in data.images], task.size)
        preprocessing = data.preprocessing
        labels = np.array([image.label for image in data.images], np.int64)
        return Images(originals.load(preprocessing.resize), labels, preprocessing.scale, preprocessing.offset, (len(labels),))
    return _load_recorded(task.data, task.one_hot)


def _load_recorded(data: RecordedData, one_hot: int) -> Images:
    if digest([hash_file(data.images), hash_file(data.labels)]) != data.digest:
        raise GraderError("The recorded batches changed after they were examined.", hint="Check the submission again.")
    labels = np.asarray(open_array(data.labels.parent, data.labels.name))
    numbers = labels.argmax(1) if one_hot else labels.reshape(-1)
    return Images(open_array(data.images.parent, data.images.name), numbers.astype(np.int64), data.scale, data.offset, data.passes)


def load_holdout(task: TrainingTask, holdout: Holdout) -> Images:
    """Return the hidden images, prepared as the student prepares theirs; labels as the student encodes them, -1 = class never shown."""
    preprocessing: Preprocessing = task.preprocessing
    resize = preprocessing.resize or RESIZES[0]
    images = np.stack([resized(with_channels(image, task.size[2]), task.size, resize) for image in holdout.images])
    missing = min((-1, *task.class_labels.values())) - 1
    labels = np.array([task.class_labels.get(holdout.class_names[index], missing) for index in holdout.labels], np.int64)
    return Images(images, labels, preprocessing.scale, preprocessing.offset)


@dataclass
class _Best:
    epoch: int = 0
    accuracy: float = 0.0
    outputs: Outputs = field(default_factory=lambda: np.empty((0, 1), np.float32))
    weights: list[Any] | None = None


@dataclass
class _Run:
    task: TrainingTask
    network: Network
    data: Images
    hidden: Images
    holdout: Holdout
    rng: np.random.Generator
    report: Report
    best: _Best = field(default_factory=_Best)
    seconds: list[float] = field(default_factory=list)  # of each step

    def run(self, number: int) -> Finished:
        task = self.task
        batches = self._batches()
        interval = self._interval()
        epochs: list[Epoch] = []
        ended, steps = "budget", 0
        while steps < task.max_steps and ended == "budget":
            chosen = [next(batches) for _ in range(min(interval, task.max_steps - steps))]
            loss, accuracy = self._epoch(chosen, steps)
            steps += len(chosen)
            if not np.isfinite(loss):
                ended = "diverged"
                epochs.append(Epoch(steps=steps, loss=None, accuracy=accuracy, holdout_accuracy=0.0))
                break
            self.network.calibrate(chosen[:CALIBRATION])
            score = self._score(len(epochs) + 1)
            epochs.append(Epoch(steps=steps, loss=loss, accuracy=accuracy, holdout_accuracy=score))
            self.report(steps, self.best.accuracy, self._step_seconds())
            if self.best.accuracy >= task.stop_at:
                ended = "reached"
            elif steps >= HOPELESS_AFTER * task.max_steps and self._guesses(epochs):
                ended = "hopeless"
        accuracy = self._whole()
        seen = Seen(task, self.holdout, self.best.outputs)
        facts = Try.model_validate(
            {"number": number, "epochs": epochs, "best_epoch": self.best.epoch, "holdout_accuracy": accuracy, "ended": ended}
        )
        try:
            augmented, maps = self._shown() if self.best.epoch else (None, None)
        except Exception:  # a picture decides nothing: that it cannot be drawn must not be held against the network
            augmented, maps = None, None
        return Finished(
            facts=facts,
            predicted=seen.predicted(),
            confusion=seen.confusion(),
            mistaken=seen.mistaken(),
            maps=maps,
            augmented=augmented,
        )

    def _guesses(self, epochs: Sequence[Epoch]) -> bool:
        """Whether the network is still no better than guessing."""
        chance = 1 / max(len(self.holdout.class_names), 1)
        recent = float(np.mean([epoch.holdout_accuracy for epoch in epochs[-3:]]))
        return recent <= chance + HOPELESS_ABOVE_CHANCE and self.best.accuracy <= chance + HOPELESS_BEST_ABOVE_CHANCE

    def _interval(self) -> int:
        """Return the steps between two scorings: one pass over the images, within a sixth and a twelfth of the budget."""
        task, first = self.task, self.data.passes[0]
        return max(1, min(max(-(-first // task.batch_size), task.max_steps // 12), task.max_steps // 6))

    def _batches(self) -> Iterator[npt.NDArray[np.intp]]:
        """Yield batches without end, each recorded pass shuffled anew."""
        size = self.task.batch_size
        while True:
            start = 0
            for length in self.data.passes:
                order = start + self.rng.permutation(length)
                start += length
                for first in range(0, length, size):
                    yield np.sort(order[first : first + size])

    def _epoch(self, batches: Sequence[npt.NDArray[np.intp]], before: int) -> tuple[float, float]:
        losses, right, seen = [], 0, 0
        for number, chosen in enumerate(batches, start=1):
            begun = time.process_time()
            loss, outputs = self.network.step(chosen)
            self.seconds.append(time.process_time() - begun)
            losses.append(loss)
            right += int((predicted_labels(outputs, self.task.decision) == self.data.labels[chosen]).sum())
            seen += len(chosen)
            if number % REPORT_EVERY == 0:
                self.report(before + number, self.best.accuracy if self.best.epoch else None, self._step_seconds())
        return float(np.mean(losses)), right / seen

    def _step_seconds(self) -> float:
        """Return what a step usually takes: the first one compiles, and now and then one is held up."""
        return float(np.median(self.seconds))

    def _score(self, epoch: int) -> float:
        """Score on some hidden images, and on all where that decides; remember the best."""
        some = slice(0, SCORED)
        outputs = self.network.outputs(self.hidden, some)
        accuracy = self._accuracy(outputs)
        everything = len(self.hidden.labels)
        if accuracy >= self.task.stop_at and everything > SCORED:
            outputs = np.concatenate([outputs, self.network.outputs(self.hidden, slice(SCORED, None))])
            accuracy = self._accuracy(outputs)
        if accuracy > self.best.accuracy or not self.best.epoch:
            # Where nothing is trained after this epoch, the network keeps them itself.
            weights = self.network.model.get_weights() if accuracy < self.task.stop_at else None
            self.best = _Best(epoch, accuracy, outputs, weights)
        return accuracy

    def _accuracy(self, outputs: Outputs) -> float:
        """Return the share of right answers on the first hidden images."""
        return float((predicted_labels(outputs, self.task.decision) == self.hidden.labels[: len(outputs)]).mean())

    def _whole(self) -> float:
        """Return the accuracy of the best epoch on the whole holdout."""
        if self.best.weights is not None:
            self.network.model.set_weights(self.best.weights)
        if self.best.epoch and len(self.best.outputs) < len(self.hidden.labels):
            self.best.outputs = self.network.outputs(self.hidden, slice(None))
            self.best.accuracy = self._accuracy(self.best.outputs)
        return self.best.accuracy

    def _shown(self) -> tuple[AugmentedImage | None, FeatureMaps | None]:
        """Return what the best epoch's network makes of the sample image: its random layers in training, and all layers outside of it."""
        task, seen_as = self.task, self.task.preprocessing
        if task.sample is None:
            return None, None
        whole, image = self.network.whole, Originals([task.sample], task.size).load(seen_as.resize or RESIZES[0])[0]
        return (
            augmented_inside(whole, image, seen_as.scale, seen_as.offset),
            feature_maps(whole, task.model, image, seen_as.scale, seen_as.offset),
        )

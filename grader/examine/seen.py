"""What a trained network says of the hidden images: how often which class, which taken for which, and where it was sure and wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from grader.contracts.pictures import MAX_MISTAKEN, MistakenImage
from grader.datasets import Holdout

from .network import predicted_labels
from .pictures import photo
from .tasks import Decision, TrainingTask

Outputs = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Seen:
    """The network's outputs (n, ...) for the first hidden images."""

    task: TrainingTask
    holdout: Holdout
    outputs: Outputs

    @property
    def _labels(self) -> list[int]:
        labels: list[int] = predicted_labels(self.outputs, self.task.decision).tolist()
        return labels

    def predicted(self) -> dict[str, int]:
        """Return how often each class was predicted, in the order of the labels."""
        return {self._name(label): count for label, count in sorted(Counter(self._labels).items())}

    def confusion(self) -> dict[str, dict[str, int]]:
        """Return for each true class, in their order, how often its images were taken for which."""
        labels = self._labels
        found = {}
        for number, actual in enumerate(self.holdout.class_names):
            counts = Counter(label for label, true in zip(labels, self.holdout.labels, strict=False) if true == number)
            found[actual] = {self._name(label): count for label, count in sorted(counts.items())}
        return found

    def mistaken(self) -> tuple[MistakenImage, ...]:
        """Return the wrong answers that the network was surest of; nothing where the hidden images have to stay hidden."""
        if not self.holdout.public or not len(self.outputs) or not np.isfinite(self.outputs).all():
            return ()
        names, labels, scores = self.holdout.class_names, self._labels, certainty(self.outputs, self.task.decision)
        wrong = [row for row, label in enumerate(labels) if label != self.task.class_labels.get(names[self.holdout.labels[row]])]
        return tuple(
            MistakenImage(
                actual=names[self.holdout.labels[row]],
                predicted=self._name(labels[row]),
                score=round(float(scores[row]), 4),
                picture=photo(self.holdout.images[row]),
            )
            for row in sorted(wrong, key=lambda row: (-scores[row], row))[:MAX_MISTAKEN]
        )

    def _name(self, label: int) -> str:
        return next((name for name, own in self.task.class_labels.items() if own == label), f"label {label}")


def certainty(outputs: Outputs, decision: Decision) -> npt.NDArray[np.float64]:
    """Return how sure the network is of each answer, 0..1. Scores that are no probabilities are turned into some."""
    values = np.asarray(outputs, np.float64)
    if decision.threshold is None:
        if values.min() < 0 or not np.allclose(values.sum(1), 1, atol=1e-3):
            values = np.exp(values - values.max(1, keepdims=True))
            values /= values.sum(1, keepdims=True)
        best: npt.NDArray[np.float64] = values.max(1)
        return best
    flat = values.reshape(-1)
    above = np.clip(flat, 0, 1) if decision.threshold else 1 / (1 + np.exp(-np.clip(flat, -500, 500)))
    return np.maximum(above, 1 - above)

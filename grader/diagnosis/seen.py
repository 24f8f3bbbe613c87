"""What the rules on learning look at: the network, the images it is trained on, the probes, and the curves of its tries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from grader.contracts.data_facts import PipelineFacts
from grader.contracts.network_facts import ModelFacts, ProbeFacts
from grader.contracts.training_facts import Epoch, TrainingFacts, Try

LEARNED = 0.9  # training accuracy
STEPS = 30  # of a training that is too short to say anything of a network
SHAPED = 6  # epochs that a curve needs to have a shape; a budget gives 6 to 12
GUESSING = 0.06  # above chance, over half a curve
FALLING = 0.95  # of a loss, from one third of a curve to the next


@dataclass(frozen=True)
class Seen:
    """One training and what was trained."""

    model: ModelFacts
    data: PipelineFacts  # trained on
    probes: ProbeFacts
    training: TrainingFacts
    function: str  # the student's, which builds the network
    batches_function: str  # "" where the exercise gives the images

    @property
    def tries(self) -> list[Try]:
        """The tries that came as far as the end of an epoch."""
        return [one for one in self.training.tries if one.epochs]

    @property
    def best(self) -> Try | None:
        """The try that did best on unseen images: its curve is looked at."""
        return max(self.tries, key=lambda one: one.holdout_accuracy, default=None)

    @property
    def learned(self) -> float | None:
        """The highest training accuracy that a try reached towards its end; None where nothing was trained."""
        return max((epoch.accuracy for one in self.tries for epoch in late(one)), default=None)

    @property
    def unlearned(self) -> float | None:
        """The same, where not even the training images were learned."""
        learned = self.learned
        return learned if learned is not None and learned <= LEARNED else None

    @property
    def shaped(self) -> Try | None:
        """The best try, where it did not learn its training images and its curve is long enough to have a shape."""
        best = self.best
        return best if best is not None and lasted(best, SHAPED) and self.unlearned is not None else None

    @property
    def chance(self) -> float | None:
        """The share that is right by always answering the most frequent label; None where nothing is known of the labels."""
        counts = list(self.data.labels.counts.values())
        if self.data.labels.encoding in {"integer", "one-hot"} and sum(counts) > 0:
            return max(counts) / sum(counts)
        return 1 / self.training.classes if self.training.classes else None


def late(one: Try) -> Sequence[Epoch]:
    """Return the last third of a try's epochs, at least one: a single one says little, for it saw few images."""
    return one.epochs[-max(1, len(one.epochs) // 3) :]


def middle(one: Try) -> Sequence[Epoch]:
    """Return as many epochs before these."""
    number = max(1, len(one.epochs) // 3)
    return one.epochs[-2 * number : -number]


def lasted(one: Try, epochs: int) -> bool:
    """Return whether a try has so many epochs, and steps enough to say anything."""
    return len(one.epochs) >= epochs and one.epochs[-1].steps >= STEPS


def mean_accuracy(epochs: Sequence[Epoch]) -> float:
    """Return the mean accuracy on training images."""
    return fmean(epoch.accuracy for epoch in epochs)


def mean_unseen(epochs: Sequence[Epoch]) -> float:
    """Return the mean accuracy on unseen images."""
    return fmean(epoch.holdout_accuracy for epoch in epochs)


def mean_loss(epochs: Sequence[Epoch]) -> float:
    """Return the mean loss on training images."""
    return fmean(epoch.loss or 0.0 for epoch in epochs)

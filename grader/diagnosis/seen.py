"""What the rules on learning look at: the network, the images it is trained on, the probes, and the curves of its tries."""

from __future__ import annotations

from dataclasses import dataclass

from grader.contracts.evidence import ModelFacts, PipelineFacts, ProbeFacts, TrainingFacts, Try

LEARNED = 0.9  # training accuracy


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
    def learned(self) -> float | None:
        """The highest training accuracy that a try ended with; None where nothing was trained."""
        return max((one.epochs[-1].accuracy for one in self.tries), default=None)

    @property
    def unlearned(self) -> float | None:
        """The same, where not even the training images were learned."""
        learned = self.learned
        return learned if learned is not None and learned <= LEARNED else None

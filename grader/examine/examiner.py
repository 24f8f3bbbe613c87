"""The examiner: measures what was built, and trains it, in trusted worker processes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Self

from grader.contracts.network_facts import ProbeFacts
from grader.contracts.progress import Progress, Step, silent
from grader.contracts.protocol import Protocol
from grader.contracts.submission import Submission
from grader.contracts.training_facts import TrainingFacts
from grader.datasets import Handout, Holdout

from .built import Built
from .workers import Crew, warm_up

if TYPE_CHECKING:  # what examines is loaded once there is something to examine: a missing function is answered before
    from .tasks import TrainingTask
    from .training import Finished
    from .work import Examined

STRUCTURE_SECONDS = 300.0
TRAINING_SECONDS = 900.0
HOPELESS_TRIES = 2  # so many hopeless tries in a row, and no further one is made


class Examiner(AbstractContextManager["Examiner"]):
    """Examines submissions one after the other; up to `workers` tries of a training run side by side.

    `keep`: one process examines structures, and stays for the next one; else each is examined in a process of its own.
    """

    def __init__(self, workers: int = 2, *, keep: bool = False) -> None:
        self._workers = max(1, workers)
        self._crew = Crew()
        self._desk = Crew(keep=keep)
        self._probed: dict[str, ProbeFacts] = {}  # facts of a few hundred bytes

    def __enter__(self) -> Self:
        """Start nothing yet."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End every worker."""
        self.close()

    def start(self) -> None:
        """Begin to import TensorFlow, without waiting for it."""
        warm_up()

    def close(self) -> None:
        """End every worker."""
        self._crew.close()
        self._desk.close()

    def structure(
        self,
        submission: Submission,
        protocol: Protocol,
        parts: Sequence[Built],
        handout: Handout,
        holdout: Holdout | None,
        progress: Progress = silent,
        on_facts: Callable[[Examined], None] | None = None,
    ) -> Examined:
        """Return the facts about what was built, and what there is to train. `handout`: what all parts together are given.

        `on_facts` gets those that points depend on as soon as they are known, before the probes. Raises `GraderError` for a fault of ours.
        """
        from .work import Examined, structure

        def heard(said: Step | Examined) -> None:
            if not isinstance(said, Examined):
                progress(said)
            elif on_facts is not None:
                on_facts(said)

        arguments = (submission, protocol, parts, handout, holdout.key if holdout is not None else "", self._probed)
        try:
            self._desk.start("structure", structure, arguments, STRUCTURE_SECONDS)
            _, examined = self._desk.next_result(heard)
        finally:
            self._desk.cancel(self._desk)
        assert isinstance(examined, Examined)
        self._probed |= examined.probed
        return examined

    def train(self, task: TrainingTask | TrainingFacts, holdout: Holdout, progress: Progress = silent) -> TrainingFacts:
        """Train up to the task's number of tries and return what they showed.

        The result is that of making the tries in order until one reaches `stop_at`, however many run side by side.
        Raises `GraderError` for a fault of ours, too long a training included.
        """
        from .work import training_try

        if isinstance(task, TrainingFacts):
            return task
        done: dict[int, Finished | TrainingFacts] = {}
        last, following = task.tries, 1
        try:
            while len(done) < last:
                while following <= last and len(self._crew) < self._workers:
                    arguments = (task, holdout, following, (following - 1) % self._workers)
                    self._crew.start(following, training_try, arguments, TRAINING_SECONDS)
                    following += 1
                number, result = self._crew.next_result(progress)
                done[number] = result
                last = _last_needed(done, task.tries)
                self._crew.cancel([key for key in self._crew if key > last])
                done = {number: result for number, result in done.items() if number <= last}
        finally:
            self._crew.close()
        return _facts(task, holdout, [done[number] for number in sorted(done)])


def _last_needed(done: dict[int, Finished | TrainingFacts], tries: int) -> int:
    """Return the number of the try after which none is needed, as far as the finished ones tell."""
    hopeless = 0
    for number in range(1, tries + 1):
        result = done.get(number)
        if isinstance(result, TrainingFacts) or (result is not None and result.facts.ended == "reached"):
            return number
        hopeless = hopeless + 1 if result is not None and result.facts.ended in ("hopeless", "diverged") else 0
        if hopeless == HOPELESS_TRIES:
            return number
    return tries


def _facts(task: TrainingTask, holdout: Holdout, results: list[Finished | TrainingFacts]) -> TrainingFacts:
    from .tasks import CanonicalData

    tries = []
    for result in results:
        if isinstance(result, TrainingFacts):
            return result
        tries.append(result)
    best = max(tries, key=lambda each: each.facts.holdout_accuracy)
    return TrainingFacts(
        status="trained",
        tries=tuple(each.facts for each in tries),
        holdout_accuracy=best.facts.holdout_accuracy,
        classes=len(holdout.class_names),
        holdout_images=len(holdout.labels),
        predicted=best.predicted,
        confusion=best.confusion,
        mistaken=best.mistaken,
        maps=best.maps,
        augmented=best.augmented,
        data="canonical" if isinstance(task.data, CanonicalData) else "recorded",
    )

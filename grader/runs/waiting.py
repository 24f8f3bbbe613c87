"""The submissions that wait to be graded: hands out what nobody else is measuring, so that workers do not wait for each other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from grader.contracts.submission import Submission
from grader.sharing import Keys

from .reading import Row


@dataclass(frozen=True)
class Work:
    """A submission to be graded. `keys`: of its evidence."""

    row: Row
    submission: Submission
    keys: Keys


class Waiting:
    """What is to be done. Of equal submissions one is measured before the others, and what needs a training under way comes later.

    Safe to use from several threads.
    """

    def __init__(self, todo: Sequence[Work]) -> None:
        met: set[str] = set()
        first: list[Work] = []
        copies: list[Work] = []
        for work in todo:
            (copies if work.keys.alike in met else first).append(work)
            met.add(work.keys.alike)
        self._left = [*first, *copies]
        self._under_way: list[Work] = []
        self._changed = threading.Condition()

    def take(self, ending: Callable[[], bool]) -> Work | None:
        """Return what to do next; None where nothing is left, or the run is `ending`.

        Waits only where all that is left equals what others are measuring.
        """
        with self._changed:
            while self._left and not ending():
                measured = {work.keys.alike for work in self._under_way}
                trained = {training for work in self._under_way for training in work.keys.trainings}
                others = [work for work in self._left if work.keys.alike not in measured]
                if others:
                    apart = [work for work in others if trained.isdisjoint(work.keys.trainings)]
                    chosen = (apart or others)[0]
                    self._left.remove(chosen)
                    self._under_way.append(chosen)
                    return chosen
                self._changed.wait()
            return None

    def done(self, work: Work) -> None:
        """Say that this one is no longer under way, however it ended."""
        with self._changed:
            self._under_way.remove(work)
            self._changed.notify_all()

"""Remembers trainings for all workers of a run, so that equal networks are trained once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from grader.contracts.training_facts import TrainingFacts

from .store import Store


class SharedTrainings:
    """What remembers trainings for all workers of a run, and makes each only once even if two need it at the same moment."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._guard = threading.Lock()
        self._under_way: dict[str, threading.Lock] = {}

    def __call__(self, digest: str, train: Callable[[], TrainingFacts]) -> TrainingFacts:
        """Return what the training of this digest showed, or make it."""
        with self._guard:
            mine = self._under_way.setdefault(digest, threading.Lock())
        with mine:
            known = self._store.training(digest)
            if known is None:
                start = time.perf_counter()
                known = train()
                self._store.keep_training(digest, known, time.perf_counter() - start)
            return known

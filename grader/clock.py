"""Measures how long the stages of grading one submission take, and tells the progress display when one begins."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from grader import course
from grader.contracts.progress import Doing, Progress, Step, silent
from grader.contracts.report import Stage, Timing, TrainingReport


class Clock:
    """Measures stages, and tells the progress display when one begins."""

    def __init__(self, progress: Progress = silent) -> None:
        self._progress = progress
        self._seconds: dict[Stage, float] = {}
        self._step_seconds: dict[str, float] = {}  # by training

    @contextmanager
    def __call__(self, stage: Stage, doing: Doing = "", text: str = "") -> Iterator[None]:
        """Count what is done inside as this stage."""
        self._progress(Step(stage=stage, doing=doing, text=text))
        start = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[stage] = self._seconds.get(stage, 0.0) + time.perf_counter() - start

    def watching(self, training: str) -> Progress:
        """Return a progress display that says which of several trainings a step is of, and notes how long its optimizer steps take."""

        def show(step: Step) -> None:
            if step.step_seconds is not None:
                self._step_seconds[training] = step.step_seconds
            self._progress(step.model_copy(update={"training": training}))

        return show

    def compared(self, asked: course.Exercise, trainings: tuple[TrainingReport, ...]) -> tuple[TrainingReport, ...]:
        """Return the trainings with how long an epoch takes beside the first one's: all see the same images, so an image will do."""
        per_image = {one.id: seconds / one.batch_size for one in asked.protocol.trainings if (seconds := self._step_seconds.get(one.id))}
        first = per_image.get(trainings[0].id) if trainings else None
        if first is None:
            return trainings
        times = {name: round(seconds / first, 2) for name, seconds in per_image.items()}
        return tuple(one.model_copy(update={"relative_time": times.get(one.id)}) for one in trainings)

    @property
    def timings(self) -> tuple[Timing, ...]:
        """Seconds by stage, so far."""
        return tuple(Timing(stage=stage, seconds=round(seconds, 3)) for stage, seconds in self._seconds.items())

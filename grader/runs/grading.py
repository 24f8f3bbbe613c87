"""Grades a class: reads everything first, then measures what is new, several submissions at a time, and keeps each as it finishes."""

from __future__ import annotations

import threading
import time
import traceback
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from grader import course
from grader.assembling import conclude
from grader.clock import Clock
from grader.contracts.base import digest
from grader.contracts.errors import GraderError, SubmissionError, UsageError
from grader.contracts.evidence import Evidence
from grader.contracts.progress import Step
from grader.contracts.report import Report
from grader.contracts.submission import Submission
from grader.datasets.dataset import Variant
from grader.fitting import fitted
from grader.judge import load_rubric
from grader.pipeline import Pipeline
from grader.sharing import evidence_keys
from grader.submission import read_submission
from grader.words.marks import MARKS

from .attempts import counting, passed_over
from .collect import Handed
from .memo import SharedTrainings
from .override import with_overrides
from .policy import Policy
from .reading import Row
from .store import Store
from .waiting import Waiting, Work

FAULTS_IN_A_ROW = 3  # then it is the machine, not a submission, and going on would only list everybody as failed


class Progressing(Protocol):
    """Shows a run. Called from several threads."""

    def planned(self, todo: int, known: int, unreadable: int) -> None:
        """Say what there is to do."""

    def step(self, worker: int, row: Row, step: Step) -> None:
        """Say what a worker does."""

    def finished(self, worker: int, row: Row, outcome: Report | str) -> None:
        """Say what came of a submission: its report, or why there is none."""


@dataclass
class _Run:
    store: Store
    data: Variant
    secret: bytes
    progress: Progressing
    stop: threading.Event
    rubrics: Path | None
    waiting: Waiting = field(default_factory=lambda: Waiting(()))
    spent: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))  # seconds by stage, of all workers together
    counting: threading.Lock = field(default_factory=threading.Lock)
    faults: int = 0
    failure: GraderError | None = None

    def asked(self, submission: Submission) -> course.Exercise:
        """Return what is asked of a submission."""
        return course.load_from(self.rubrics, submission.exercise, submission.profile)

    def ending(self) -> bool:
        """Return whether nothing more is to be begun."""
        return self.stop.is_set() or self.failure is not None

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Count what a stage takes."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            with self.counting:
                self.spent[stage] += time.perf_counter() - begun


def grade(
    store: Store,
    handed: Sequence[Handed],
    *,
    secret: bytes,
    progress: Progressing,
    stop: threading.Event,
    exercise: str | None = None,
    profile: str = "native",
    data: Variant = "embedded",
    policy: Policy | None = None,
    rubrics: Path | None = None,
    jobs: int = 2,
) -> Mapping[str, float]:
    """Grade what is new or changed among `handed`; each submission is kept as it finishes, so the same call goes on after any end.

    `rubrics`: a folder whose rubrics go before the grader's own. Setting `stop` lets what is under way finish and begins nothing more.
    Returns the seconds that each stage took, of all workers together. Raises `GraderError` where the machine keeps failing.
    """
    run = _Run(store, data, secret, progress, stop, rubrics)
    todo, known, unreadable = _plan(run, handed, exercise, profile, policy)
    progress.planned(len(todo), known, unreadable)
    run.waiting = Waiting(todo)
    memo = SharedTrainings(store)
    threads = [threading.Thread(target=_work, args=(run, number, memo), daemon=True) for number in range(min(jobs, len(todo)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():  # a join without end would not let an interrupt through
            thread.join(0.2)
    if run.failure is not None:
        raise run.failure
    return run.spent


def _plan(run: _Run, handed: Sequence[Handed], exercise: str | None, profile: str, policy: Policy | None) -> tuple[list[Work], int, int]:
    """Read everything; return what is to be measured, and how many are known already and how many cannot be read."""
    store = run.store
    rows = [(one, store.add(one)) for one in handed]
    store.only({row.id for _, row in rows})
    read: dict[tuple[str, str], list[tuple[Row, Submission]]] = {}
    unreadable = 0
    for one, row in rows:
        try:
            with run.timed("reading"):
                submission = _read(one.path, exercise, profile)
        except (SubmissionError, UsageError) as error:
            sentence = error.message.split("\n")[0]  # a syntax error brings the line of the file along
            store.settle(row, "unreadable", " ".join(part for part in (sentence, error.hint) if part))
            unreadable += 1
        else:
            read.setdefault((one.student, submission.exercise), []).append((row, submission))
    for submission in {(one.exercise, one.profile): one for attempts in read.values() for _, one in attempts}.values():
        asked = run.asked(submission)
        store.keep_rubric(load_rubric(asked).digest, digest(asked.protocol), asked.rubric_path)
    todo, known = [], 0
    for (student, name), attempts in read.items():
        chosen = counting([row for row, _ in attempts], policy.deadline_of(student, name) if policy else None)
        for row, submission in attempts:
            if row.id != chosen.id:
                store.settle(row, "superseded", passed_over(row, chosen), name)
                continue
            with run.timed("reading"):
                keys = evidence_keys(submission, run.asked(submission), run.data, run.secret)
            if row.state == "done" and row.evidence in (keys.alike, keys.exact):
                known += 1
            else:
                if row.state != "done":  # what has a mark keeps it until there is a new one
                    store.settle(row, "waiting", "", name)
                todo.append(Work(row, submission, keys))
    return todo, known, unreadable


def _read(path: Path, exercise: str | None, profile: str) -> Submission:
    if path.is_dir():  # nothing in it has a name that could be read
        others = sorted(file.name for file in path.rglob("*") if file.is_file())
        what = f"nothing but {', '.join(others[:3])}{' …' * (len(others) > 3)}" if others else "an empty folder"
        raise SubmissionError(f"They handed in {what}.", hint="A .py, an .ipynb or a .zip is expected.")
    if path.is_symlink():
        raise SubmissionError(f"{path.name} is a link, which is not followed.", hint="Ask for the file itself.")
    return read_submission(path, exercise=exercise, profile=profile)


def _work(run: _Run, number: int, memo: SharedTrainings) -> None:
    """Grade one submission after the other, until there is none left or the run is to stop."""
    try:
        with Pipeline(data=run.data, secret=run.secret, workers=1, wall="bubblewrap", memo=memo) as pipeline:
            while (work := run.waiting.take(run.ending)) is not None:
                try:
                    _grade_one(run, number, pipeline, work)
                finally:
                    run.waiting.done(work)
    except GraderError as error:  # the database, or a pipeline that does not even start
        run.failure = error
    except BaseException as error:  # a thread that dies in silence would look like a finished run
        run.failure = GraderError(f"A worker of the run failed: {type(error).__name__}: {error}", hint=traceback.format_exc()[-2000:])


def _grade_one(run: _Run, number: int, pipeline: Pipeline, work: Work) -> None:
    asked = run.asked(work.submission)
    rubric = load_rubric(asked)

    def say(step: Step) -> None:
        run.progress.step(number, work.row, step)

    clock = Clock(say)
    try:
        key, evidence = _known(run, work)
        if evidence is None:
            evidence = pipeline.measure(work.submission, asked, rubric, progress=say, clock=clock)
            key = work.keys.of(evidence)
        with clock("judging", "criteria"):
            report = conclude(work.submission, asked, rubric, evidence, data=run.data, official=True)
    except (SubmissionError, UsageError):
        raise
    except Exception as error:  # the grader's fault or the machine's: a human has to look, and the class goes on
        message = error.message if isinstance(error, GraderError) else f"{type(error).__name__}: {error}"
        run.store.settle(work.row, "error", message, work.submission.exercise)
        run.progress.finished(number, work.row, message)
        run.faults += 1
        if run.faults >= FAULTS_IN_A_ROW:
            run.failure = GraderError(
                f"{FAULTS_IN_A_ROW} submissions in a row failed by no fault of theirs; the last one: {message}",
                hint="Nothing finished is lost. See to the cause (`grader doctor`, free disk space), then run the same command again.",
            )
        return
    run.faults = 0
    report = with_overrides(report, run.store.overrides(work.row.student, report.exercise))
    report = report.model_copy(update={"timings": clock.timings})
    with run.timed("storing"):
        run.store.finish(work.row, work.submission, key, evidence, report, MARKS.kept("graded"))
    with run.counting:
        for timing in clock.timings:
            run.spent[timing.stage] += timing.seconds
    run.progress.finished(number, work.row, report)


def _known(run: _Run, work: Work) -> tuple[str, Evidence | None]:
    """Return what an equal submission showed, and under which key it is kept."""
    for key in (work.keys.alike, work.keys.exact):
        evidence = run.store.evidence(key, work.submission.file, pictures=False)
        if evidence is not None:
            return key, fitted(evidence, work.submission)
    return "", None

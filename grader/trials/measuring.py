"""Makes measurements, two at a time, and keeps each finished one: a second run goes on where the first was stopped."""

from __future__ import annotations

import importlib.metadata
import multiprocessing
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing.connection import wait
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import ValidationError

from grader import __version__, course
from grader.contracts.base import Frozen, digest
from grader.contracts.errors import GraderError
from grader.contracts.evidence import EVIDENCE_VERSION, Evidence
from grader.contracts.protocol import Protocol
from grader.course.profiles import NATIVE
from grader.datasets.cache import cache_root, explained
from grader.datasets.dataset import entry_of
from grader.datasets.pretrained import EMBEDDED, official_entry, pretrained_base
from grader.datasets.registry import lookup
from grader.judge import load_rubric
from grader.submission import read_submission

from .conditions import Conditions, TrialPipeline


class Trial(Frozen):
    """One measurement to be made. Without `train`, what only a training shows stays open.

    `regardless`: what can be trained is trained, even where a criterion fails that the accuracy requires.
    """

    path: Path
    exercise: str
    profile: str = NATIVE
    conditions: Conditions = Conditions()
    train: bool = True
    regardless: bool = False


class Measured(Frozen):
    """What a trial showed; `seconds` of the clock that it took."""

    evidence: Evidence
    seconds: float


class Fault(NamedTuple):
    """A trial that could not be made, through no fault of the submission."""

    trial: Trial
    error: GraderError


Reuse = Literal["stored", "nothing", "stored alone"]
Measure = Callable[[Trial], Measured]
OnDone = Callable[[Trial, Measured | GraderError, bool], None]  # the last: whether it was stored before


def measure(trial: Trial) -> Measured:
    """Measure in this process, with a pipeline that stays warm for the next trial. Raises `GraderError`."""
    start = time.perf_counter()
    submission = read_submission(trial.path, exercise=trial.exercise, profile=trial.profile)
    pipeline = _warm_pipeline().under(trial.conditions)
    asked = pipeline.asked(trial.exercise, trial.profile)
    rubric = load_rubric(asked)
    if trial.regardless:
        independent = tuple(criterion.model_copy(update={"requires": ()}) for criterion in rubric.criteria)
        rubric = rubric.model_copy(update={"criteria": independent})
    evidence = pipeline.measure(submission, asked, rubric, train=trial.train)
    return Measured(evidence=evidence, seconds=round(time.perf_counter() - start, 1))


def measure_all(
    trials: Sequence[Trial],
    *,
    jobs: int = 2,
    on_done: OnDone | None = None,
    measure: Measure = measure,
    reuse: Reuse = "stored",
) -> tuple[dict[Trial, Measured], list[Fault]]:
    """Return what each trial showed, and the faults of ours among them.

    What is stored is not measured again, unless `reuse` is "nothing"; with "stored alone" nothing is measured, and some may be absent.
    `jobs` processes, of one computing thread each, work side by side; with one job everything happens in this process.
    """
    store = Store()
    done: dict[Trial, Measured] = {}
    faults: list[Fault] = []
    keys = {trial: key_of(trial) for trial in dict.fromkeys(trials)}

    def told(trial: Trial, result: Measured | GraderError, stored: bool) -> None:
        if isinstance(result, GraderError):
            faults.append(Fault(trial, result))
        else:
            done[trial] = result
            if not stored:
                store.keep(keys[trial], result)
        if on_done is not None:
            on_done(trial, result, stored)

    missing = []
    for trial, key in keys.items():
        found = None if reuse == "nothing" else store.find(key)
        if found is None:
            missing.append(trial)
        else:
            told(trial, found, True)
    for trial, result in _made([] if reuse == "stored alone" else missing, jobs, measure):
        told(trial, result, False)
    return done, faults


def key_of(trial: Trial, *, versions: bool = True) -> str:
    """Return the digest of everything that decides a measurement: equal trials of equal files, data and versions are made once.

    Without `versions` it is the digest of what is measured, whatever measures it.
    """
    measurers = [__version__, importlib.metadata.version("tensorflow"), importlib.metadata.version("keras")] if versions else []
    asked = trial.conditions.applied_to(course.load(trial.exercise, trial.profile))
    data = asked.protocol.data
    return digest(
        [
            read_submission(trial.path, exercise=trial.exercise, profile=trial.profile).digest,
            asked.protocol.model_dump(mode="json", exclude_defaults=True),  # a protocol that learns a new key stays the same
            entry_of(lookup(data), "embedded").name if data else "",
            trial.conditions.model_dump(mode="json"),
            trial.train,
            EVIDENCE_VERSION,
            *measurers,
            *_bases(asked.protocol),
            *(["regardless"] if trial.regardless else []),
        ]
    )


def _bases(protocol: Protocol) -> Iterator[str]:
    """Yield what the pretrained weights are that a submission may get."""
    for name in protocol.pretrained.networks if protocol.pretrained is not None else ():
        here = name == EMBEDDED or official_entry(name).is_dir()
        yield pretrained_base(name).digest if here else "stand-in"


class Store:
    """Finished measurements in the cache, one file each, under the digest of what decided them."""

    def __init__(self) -> None:
        self.folder = cache_root() / "trials"

    def find(self, key: str) -> Measured | None:
        """Return what was measured under this key, or None where nothing usable is stored."""
        try:
            return Measured.model_validate_json((self.folder / f"{key}.json").read_bytes())
        except (OSError, ValidationError):
            return None

    def keep(self, key: str, measured: Measured) -> None:
        """Store a measurement in one step, so that no half of it is ever found."""
        with explained(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            draft = self.folder / f".{key}.{secrets.token_hex(4)}.tmp"
            draft.write_text(measured.model_dump_json(), encoding="utf-8")
            draft.replace(self.folder / f"{key}.json")


def _made(trials: Sequence[Trial], jobs: int, measure: Measure) -> Iterator[tuple[Trial, Measured | GraderError]]:
    """Yield each trial with its result as it is finished."""
    if jobs == 1:
        for trial in trials:
            yield trial, _attempt(measure, trial)
        return
    if not trials:
        return
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), initializer=_prepare_process) as pool:
        running: dict[Future[Measured | GraderError], Trial] = {pool.submit(_attempt, measure, trial): trial for trial in trials}
        try:
            for future in as_completed(running):
                yield running[future], future.result()
        except BrokenProcessPool as error:
            raise GraderError(
                "A measuring process ended without a word.", hint="Is there enough memory? Run this again: what was finished is kept."
            ) from error
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _attempt(measure: Measure, trial: Trial) -> Measured | GraderError:
    try:
        return measure(trial)
    except GraderError as error:
        return error


_warm: list[TrialPipeline] = []


def _warm_pipeline() -> TrialPipeline:
    """Return this process's own pipeline, which is closed when the process ends."""
    if not _warm:
        _warm.append(TrialPipeline())
        Finalize(None, close_warm_pipeline, exitpriority=10)
    return _warm[0]


def close_warm_pipeline() -> None:
    """End what `measure` keeps running in this process between trials."""
    while _warm:
        _warm.pop().__exit__(None, None, None)


def _prepare_process() -> None:
    """Compute on one thread, and end with the process that started this one, however that ends."""
    os.environ["OMP_NUM_THREADS"] = "1"
    parent = multiprocessing.parent_process()
    assert parent is not None

    def end_with_parent() -> None:
        wait([parent.sentinel])
        with suppress(Exception):
            close_warm_pipeline()
        os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()

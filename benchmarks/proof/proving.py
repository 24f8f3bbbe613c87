"""Plans what the proof measures, has it measured, and compares it with what is claimed."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path

from grader import course
from grader.contracts.errors import GraderError
from grader.contracts.evidence import Versions
from grader.contracts.verdict import Status
from grader.trials.claims import objections, trial_of, verdict_of
from grader.trials.conditions import Conditions
from grader.trials.measuring import Measured, Reuse, Trial, measure_all
from grader.trials.variants import Variant, read_variants

from .experiments import load_experiments, outcome
from .page import Row, page

HALVES = ("variants", "experiments")


def prove(
    solutions: Path, names: Sequence[str], *, seeds: int, jobs: int, only: str | None = None, reuse: Reuse = "stored"
) -> tuple[list[str], str]:
    """Return what is not as claimed, and the page. Raises `GraderError` where the measuring itself cannot go on."""
    experiments = [each for each in load_experiments(solutions / "experiments.yaml") if each.exercise in names and only != "variants"]
    files = {name: _files(solutions, name) for name in names if only != "experiments"}
    compared = chain.from_iterable(
        zip(each.trials(each.with_, solutions, seeds), each.trials(each.without, solutions, seeds), strict=True) for each in experiments
    )
    by_seed = sorted(chain.from_iterable(compared), key=lambda trial: trial.conditions.seed or 0)  # stopped early, all have some
    single = sorted((trial for _, _, trial in chain.from_iterable(files.values())), key=lambda trial: not trial.conditions.brief)
    done, faults = measure_all([*single, *by_seed], jobs=jobs, reuse=reuse, on_done=_Counter(len({*single, *by_seed})))
    why = {fault.trial: fault.error.message for fault in faults}
    outcomes = [outcome(each, solutions, seeds, done) for each in experiments]
    exercises = {name: [_row(title, variant, trial, done, why) for title, variant, trial in found] for name, found in files.items()}
    problems = [f"{one.experiment.id}: {one.problem}" for one in outcomes if one.problem]
    problems += [f"{name}, {row.title}: {each}" for name, rows in exercises.items() for row in rows for each in row.objections]
    return problems, page(_versions(done), seeds, outcomes, exercises)


def _files(solutions: Path, name: str) -> list[tuple[str, Variant | None, Trial]]:
    """Return what is judged of an exercise: its starter, its solution, and every variant."""
    starter = Trial(path=course.load(name).folder / "submission.py", exercise=name, conditions=Conditions(brief=True))
    variants = [
        variant
        for kind in ("solution", "right", "wrong")
        for variant in read_variants(solutions, name, profile=None)
        if variant.kind == kind
    ]
    return [("starter", None, starter), *((variant.title, variant, trial_of(variant)) for variant in variants)]


def _row(title: str, variant: Variant | None, trial: Trial, done: Mapping[Trial, Measured], why: Mapping[Trial, str]) -> Row:
    if trial not in done:
        return Row(title, variant, None, [why.get(trial, "not measured")])
    verdict = verdict_of(trial, done[trial].evidence)
    if variant is not None:
        return Row(title, variant, verdict, objections(variant, verdict.criteria, verdict.causes))
    unattempted = verdict.status is Status.UNATTEMPTED and verdict.points == 0
    return Row(title, None, verdict, [] if unattempted else [f"{verdict.points:g} points, {verdict.status}"])


def _versions(done: Mapping[Trial, Measured]) -> Versions:
    """Return what did the measuring; a submission that nothing was called of names no TensorFlow."""
    known = [measured.evidence.versions for measured in done.values()]
    if not known:
        raise GraderError("Nothing has been measured yet.", hint="Run `make proof`.")
    return max(known, key=lambda versions: bool(versions.tensorflow))


class _Counter:
    """Says on stderr how far the measuring is: one line for each that was made."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.number = 0

    def __call__(self, trial: Trial, result: Measured | GraderError, stored: bool) -> None:
        self.number += 1
        if stored:
            return
        seed = "" if trial.conditions.seed is None else f", seed {trial.conditions.seed}"
        said = f"{result.seconds:.0f} s" if isinstance(result, Measured) else f"not measured: {result.message}"
        where = f"{trial.exercise}/{'/'.join(trial.path.parts[-2:]) if trial.path.parent.name != trial.exercise else trial.path.name}"
        print(f"{self.number} of {self.total}: {where}{seed}: {said}", file=sys.stderr, flush=True)

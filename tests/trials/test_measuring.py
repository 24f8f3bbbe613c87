"""Measurements are made once, by several processes, and kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grader import course
from grader.contracts.errors import GraderError
from grader.contracts.evidence import Evidence, Versions
from grader.contracts.submission import Submission
from grader.judge import Rubric
from grader.trials import measuring
from grader.trials.conditions import Conditions, TrialPipeline
from grader.trials.measuring import Fault, Measured, Trial, close_warm_pipeline, key_of, measure_all

SOLUTIONS = Path(__file__).parents[2] / "solutions"
SHAPES = SOLUTIONS / "output-shapes"
CATS = SOLUTIONS / "cats-vs-dogs" / "solution.py"


@pytest.fixture(autouse=True)
def _own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("GRADER_CACHE_DIR", str(tmp_path / "cache"))
    yield
    close_warm_pipeline()


class Fake:
    """Stands in for the measuring: counts, and fails where it is told to."""

    def __init__(self, *faulty: int) -> None:
        self.seeds: list[int | None] = []
        self.faulty = faulty

    def __call__(self, trial: Trial) -> Measured:
        seed = trial.conditions.seed
        self.seeds.append(seed)
        if seed in self.faulty:
            raise GraderError("The disk is full.")
        versions = Versions(grader="0", python="3")
        evidence = Evidence(exercise=trial.exercise, submission="", protocol="", holdout=f"seed {seed}", versions=versions, calls={})
        return Measured(evidence=evidence, seconds=1.0)


def trials(*seeds: int) -> list[Trial]:
    return [Trial(path=CATS, exercise="cats-vs-dogs", conditions=Conditions(seed=seed, tries=1)) for seed in seeds]


def test_a_second_run_goes_on_where_the_first_was_stopped() -> None:
    first, second = Fake(), Fake()
    measure_all(trials(0, 1), jobs=1, measure=first)
    done, faults = measure_all(trials(0, 1, 2), jobs=1, measure=second)
    assert (first.seeds, second.seeds, faults) == ([0, 1], [2], [])
    assert {trial.conditions.seed: measured.evidence.holdout for trial, measured in done.items()} == {n: f"seed {n}" for n in range(3)}


def test_fresh_measures_again() -> None:
    measure_all(trials(0), jobs=1, measure=Fake())
    again = Fake()
    measure_all(trials(0), jobs=1, measure=again, reuse="nothing")
    assert again.seeds == [0]


def test_what_is_stored_alone_needs_no_measuring() -> None:
    measure_all(trials(1), jobs=1, measure=Fake())
    fake = Fake()
    done, _ = measure_all(trials(0, 1), jobs=1, measure=fake, reuse="stored alone")
    assert ([trial.conditions.seed for trial in done], fake.seeds) == ([1], [])


def test_a_fault_of_ours_costs_its_own_measurement_only() -> None:
    done, faults = measure_all(trials(0, 1, 2), jobs=1, measure=Fake(1))
    assert len(done) == 2
    assert [(fault.trial.conditions.seed, fault.error.message) for fault in faults] == [(1, "The disk is full.")]
    assert isinstance(faults[0], Fault)
    repeated = Fake()
    measure_all(trials(0, 1, 2), jobs=1, measure=repeated)
    assert repeated.seeds == [1]


@pytest.mark.parametrize(
    "changes", [{"seed": 1}, {"seed": 0, "tries": 2}, {"seed": 0, "brief": True}, {"seed": 0, "seconds": 5.0}, {"tries": 1}]
)
def test_what_decides_a_measurement_is_in_its_key(changes: dict[str, int]) -> None:
    one = trials(0)[0]
    assert key_of(one.model_copy(update={"conditions": Conditions.model_validate({"tries": 1} | changes)})) != key_of(one)


@pytest.mark.parametrize("regardless", [False, True])
def test_an_experiment_may_be_trained_whatever_the_accuracy_requires(regardless: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    rubrics: list[Rubric] = []

    class Recorder(TrialPipeline):
        def measure(self, submission: Submission, asked: course.Exercise, rubric: Rubric, **options: Any) -> Evidence:
            rubrics.append(rubric)
            return Fake()(trials(0)[0]).evidence

    with Recorder() as pipeline:
        monkeypatch.setattr(measuring, "_warm", [pipeline])
        one = trials(0)[0].model_copy(update={"regardless": regardless})
        measuring.measure(one)
        monkeypatch.setattr(measuring, "_warm", [])
    assert any(criterion.requires for criterion in rubrics[0].criteria) != regardless
    assert (key_of(one) != key_of(trials(0)[0])) == regardless


def test_half_a_file_is_no_measurement(tmp_path: Path) -> None:
    measure_all(trials(0), jobs=1, measure=Fake())
    (stored,) = (tmp_path / "cache" / "trials").iterdir()
    stored.write_text(stored.read_text()[:100])
    again = Fake()
    measure_all(trials(0), jobs=1, measure=again)
    assert again.seeds == [0]


def test_processes_side_by_side_measure_what_this_one_does() -> None:
    files = [SHAPES / "solution.py", SHAPES / "right" / "average-pooling.py"]
    wanted = [Trial(path=path, exercise="output-shapes", conditions=Conditions(brief=True)) for path in files]
    beside, _ = measure_all(wanted, jobs=2)
    here, _ = measure_all(wanted[:1], jobs=1, reuse="nothing")
    assert {call.status for measured in beside.values() for call in measured.evidence.calls.values()} == {"returned"}
    assert beside[wanted[0]].evidence.calls["conv"].facts == here[wanted[0]].evidence.calls["conv"].facts

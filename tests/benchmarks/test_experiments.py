"""Experiments are data: what a row may say, and when it is as claimed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks.proof.experiments import Experiment, load_experiments, outcome
from grader.contracts.errors import AuthorError
from grader.contracts.evidence import Evidence, Versions
from grader.contracts.network_facts import ProbeFacts
from grader.contracts.training_facts import Epoch, TrainingFacts, Try
from grader.trials.measuring import Measured, Trial

ROOT = Path(__file__).parents[2]
SOLUTIONS = ROOT / "solutions"
ROW = {
    "id": "flip",
    "concept": "horizontal-flip",
    "exercise": "augmentation",
    "claim": "It decides.",
    "with": "solution.py",
    "without": "wrong/m63-without-the-flip.py",
    "gap": 0.2,
}


def write(folder: Path, *rows: dict[str, Any]) -> Path:
    """Write experiments into a folder that has the two files they compare."""
    for name in ("solution.py", "wrong/m63-without-the-flip.py"):
        file = folder / "augmentation" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    path = folder / "experiments.yaml"
    path.write_text(yaml.safe_dump({"experiments": list(rows)}, sort_keys=False))
    return path


def test_the_courses_own_experiments_can_be_read() -> None:
    experiments = load_experiments(SOLUTIONS / "experiments.yaml")
    assert "horizontal-flip" in {experiment.id for experiment in experiments}


@pytest.mark.parametrize(
    ("changes", "line", "says"),
    [
        ({"concept": "horizontal-flop"}, 3, "no concept 'horizontal-flop'"),
        ({"without": "wrong/nowhere.py"}, 7, "no file augmentation/wrong/nowhere.py"),
        ({"with": {"file": "solution.py", "training": "second"}}, 6, "no training 'second'; there is: training"),
        ({"gap": 0}, 8, "greater than 0"),
        ({"figure": "loss"}, 9, "'training accuracy' or 'loss before training'"),
        ({"seeds": 3}, 9, "not permitted"),
    ],
)
def test_a_mistake_is_told_with_its_line(changes: dict[str, Any], line: int, says: str, tmp_path: Path) -> None:
    with pytest.raises(AuthorError) as told:
        load_experiments(write(tmp_path, ROW | changes))
    assert told.value.message.startswith(f"experiments.yaml, line {line}: ")
    assert says in told.value.message


def test_an_id_that_stands_twice_is_told(tmp_path: Path) -> None:
    with pytest.raises(AuthorError, match=r"line 9: the id 'flip' stands twice"):
        load_experiments(write(tmp_path, ROW, dict(ROW)))


def evidence(accuracy: float = 0.0, loss: float = 0.0, name: str = "training") -> Measured:
    epoch = Epoch(steps=180, loss=0.1, accuracy=0.99, holdout_accuracy=accuracy)
    one = Try(number=1, epochs=(epoch,), best_epoch=1, holdout_accuracy=accuracy, ended="budget")
    found = Evidence(
        exercise="augmentation",
        submission="",
        protocol="",
        holdout="",
        versions=Versions(grader="0", python="3"),
        calls={},
        probes={name: ProbeFacts(initial_loss=loss)},
        trainings={name: TrainingFacts(status="trained", tries=(one,), holdout_accuracy=accuracy)},
    )
    return Measured(evidence=found, seconds=1)


def measured(experiment: Experiment, with_: list[Measured], without: list[Measured]) -> dict[Trial, Measured]:
    done: dict[Trial, Measured] = {}
    for arm, results in ((experiment.with_, with_), (experiment.without, without)):
        done |= dict(zip(experiment.trials(arm, SOLUTIONS, len(results)), results, strict=True))
    return done


@pytest.mark.parametrize(
    ("with_", "without", "gap", "problem"),
    [
        ([0.9, 0.95], [0.5, 0.55], 0.4, ""),
        ([0.9, 0.95], [0.8, 0.85], 0.1, "the gap is 0.10, below 0.20"),
        ([0.5, 0.5], [0.9, 0.9], -0.4, "the gap is -0.40, below 0.20"),
    ],
)
def test_the_means_must_lie_as_far_apart_as_claimed(with_: list[float], without: list[float], gap: float, problem: str) -> None:
    experiment = Experiment.model_validate(ROW)
    done = measured(experiment, [evidence(a) for a in with_], [evidence(a) for a in without])
    shown = outcome(experiment, SOLUTIONS, 2, done)
    assert shown.gap == pytest.approx(gap)
    assert shown.problem == problem
    assert shown.with_ is not None
    assert (shown.with_.figures, shown.with_.learned) == (tuple(with_), pytest.approx(0.99))


@pytest.mark.parametrize(
    ("with_", "without", "separates", "problem"),
    [
        ([0.9, 1.0], [0.5, 0.6], True, ""),
        ([0.79, 1.0], [0.5, 0.5], True, "the rubric's threshold of 0.80 does not lie between both sides"),
        ([1.0, 1.0], [0.4, 0.8], True, "the rubric's threshold of 0.80 does not lie between both sides"),
        ([1.0, 1.0], [0.4, 0.8], False, ""),
    ],
)
def test_the_threshold_lies_between_both_sides(
    with_: list[float], without: list[float], separates: bool, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Experiment, "threshold", lambda _: 0.8)
    experiment = Experiment.model_validate(ROW | {"separates": separates})
    done = measured(experiment, [evidence(a) for a in with_], [evidence(a) for a in without])
    shown = outcome(experiment, SOLUTIONS, 2, done)
    assert (shown.problem, shown.separated) == (problem, not problem and separates)


def test_the_proof_is_of_todays_thresholds() -> None:
    told = (ROOT / "docs" / "proof.md").read_text(encoding="utf-8")
    for experiment in load_experiments(SOLUTIONS / "experiments.yaml"):
        threshold = experiment.threshold()
        row = next(line for line in told.splitlines() if experiment.claim in line)
        assert row.split(" | ")[4] == ("" if threshold is None else f"{threshold:.2f}" + ("" if experiment.separates else ", not between"))


def test_a_lower_loss_is_better() -> None:
    experiment = Experiment.model_validate(ROW | {"figure": "loss before training", "gap": 1})
    done = measured(experiment, [evidence(loss=0.7)], [evidence(loss=8.0)])
    shown = outcome(experiment, SOLUTIONS, 1, done)
    assert (shown.gap, shown.problem) == (pytest.approx(7.3), "")
    assert all(trial.conditions.brief and not trial.train for trial in done)


def test_what_was_learned_may_be_the_figure() -> None:
    experiment = Experiment.model_validate(ROW | {"figure": "training accuracy"})
    done = measured(experiment, [evidence(0.9)], [evidence(0.5)])
    shown = outcome(experiment, SOLUTIONS, 1, done)
    assert (shown.gap, shown.problem) == (pytest.approx(0.0), "the gap is 0.00, below 0.20")  # both learned 0.99
    assert all(trial.train and not trial.conditions.brief for trial in done)


def test_a_measurement_that_is_missing_is_a_problem() -> None:
    experiment = Experiment.model_validate(ROW)
    done = measured(experiment, [evidence(0.9)], [evidence(0.5)])
    shown = outcome(experiment, SOLUTIONS, 2, done)
    assert (shown.gap, shown.problem) == (pytest.approx(0.4), "measured under 1 of 2 secrets so far")
    assert outcome(experiment, SOLUTIONS, 2, {}).problem == "measured under 0 of 2 secrets so far"


def test_each_side_may_be_another_training_of_one_file() -> None:
    arms = {"with": {"file": "solution.py", "training": "small"}, "without": {"file": "solution.py", "training": "large"}}
    experiment = Experiment.model_validate(ROW | arms)
    trial, again = experiment.trials(experiment.with_, SOLUTIONS, 1)[0], experiment.trials(experiment.without, SOLUTIONS, 1)[0]
    assert trial == again
    both = evidence(0.9, name="small").evidence
    both = both.model_copy(update={"trainings": both.trainings | evidence(0.6, name="large").evidence.trainings})
    assert outcome(experiment, SOLUTIONS, 1, {trial: Measured(evidence=both, seconds=1)}).gap == pytest.approx(0.3)

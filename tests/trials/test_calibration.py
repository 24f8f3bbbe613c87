"""Thresholds from many trainings: what is proposed, what a rubric file looks like afterwards, and the command as an author sees it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from grader import course
from grader.cli import main
from grader.contracts.errors import AuthorError, UsageError
from grader.contracts.protocol import Training
from grader.contracts.training_facts import TrainingFacts
from grader.judge import Calibration, HoldoutAccuracy, load_rubric
from grader.trials import measuring
from grader.trials.calibration import Distribution, Proposal, propose
from grader.trials.measuring import Measured, Trial, close_warm_pipeline, measure_all
from grader.trials.picture import blocks, draw
from grader.trials.rubric_file import write_thresholds

ROOT = Path(__file__).parents[2]
CRITERION = HoldoutAccuracy(id="learns", title="Learns", points=4, kind="holdout_accuracy", at_least=0.5, partial_from=0.4)
TRAINING = Training(model="model", batches="batches", max_steps=10, stop_at=0.92, tries=1)


def right(*accuracies: float, title: str = "solution") -> Distribution:
    return Distribution(title=title, right=True, accuracies=accuracies)


def wrong(*accuracies: float) -> Distribution:
    return Distribution(title="wrong", right=False, accuracies=accuracies)


HUNDRED = tuple(round(0.70 + number / 500, 3) for number in range(100))  # 0.700 to 0.898, each once


@pytest.mark.parametrize(
    ("shown", "tries", "quantile", "margin", "threshold"),
    [
        ([right(*HUNDRED)], 1, 0.05, 0.0, 0.70),  # five of a hundred lie below 0.71
        ([right(*HUNDRED)], 1, 0.51, 0.0, 0.80),
        ([right(*HUNDRED)], 1, 0.51, 0.02, 0.78),
        ([right(*HUNDRED)], 3, 0.51**3, 0.0, 0.80),  # so many marks miss it if each of three tries may miss with 0.51
        ([right(*HUNDRED), right(0.85, 0.9), wrong(0.1, 0.2)], 1, 0.51, 0.0, 0.80),  # the weakest right group decides, no wrong one
        ([right(0.99, 0.99)], 1, 0.01, 0.02, 0.92),  # not beyond where training stops
    ],
)
def test_a_threshold_is_one_that_nearly_every_right_mark_reaches(
    shown: list[Distribution], tries: int, quantile: float, margin: float, threshold: float
) -> None:
    training = TRAINING.model_copy(update={"tries": tries})
    found = propose(CRITERION, training, shown, quantile=quantile, margin=margin)
    assert (found.threshold, found.problem) == (threshold, "")
    assert found.calibration.runs == sum(len(one.accuracies) for one in shown if one.right)
    assert (found.calibration.quantile, found.calibration.margin) == (quantile, margin)


def test_a_threshold_below_partial_credit_is_not_to_be_written() -> None:
    assert "partial credit begins" in propose(CRITERION, TRAINING, [right(0.35, 0.4)]).problem


def test_without_a_right_solution_nothing_is_proposed() -> None:
    with pytest.raises(UsageError, match="No right solution"):
        propose(CRITERION, TRAINING, [wrong(0.5)])


def test_the_best_of_three_tries_passes_more_often_than_one() -> None:
    half = wrong(0.4, 0.6)
    assert half.reaching(0.5, 1) == pytest.approx(0.5)
    assert half.reaching(0.5, 3) == pytest.approx(0.875)


def test_a_histogram_fits_a_line() -> None:
    drawn = blocks([0.5, 0.98, 0.98, 1.0])
    assert len(drawn) == 25
    assert (drawn[12], drawn[24]) == ("▃", "█")
    assert set(drawn[:12] + drawn[13:24]) == {" "}


def proposal(threshold: float, criterion: str = "learns") -> Proposal:
    calibration = Calibration(runs=60, quantile=0.01, margin=0.02, tensorflow="2.21.0", keras="3.15.1")
    shown = (right(0.9, 0.95), wrong(0.5))
    return Proposal(criterion=criterion, before=0.85, threshold=threshold, tries=3, calibration=calibration, distributions=shown)


def test_a_picture_is_an_image_of_its_own(tmp_path: Path) -> None:
    draw(tmp_path / "picture.svg", [proposal(0.85), proposal(0.7, "other")])
    assert "<svg" in (tmp_path / "picture.svg").read_text()


WRITTEN = "calibration: {runs: 60, quantile: 0.01, margin: 0.02, tensorflow: 2.21.0, keras: 3.15.1}"


@pytest.mark.parametrize("name", ["rock-paper-scissors", "cats-vs-dogs"])
def test_only_the_threshold_of_a_rubric_changes(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.yaml"
    shutil.copy(ROOT / "rubrics" / f"{name}.yaml", path)
    before = path.read_text().splitlines()
    write_thresholds(path, [proposal(0.81)])
    write_thresholds(path, [proposal(0.83)])  # the calibration is replaced, not repeated
    after = path.read_text().splitlines()
    assert [line.strip() for line in after if line not in before] == ["at_least: 0.83", WRITTEN]
    assert len(before) - sum(line in after for line in before) <= 2
    (learns,) = [criterion for criterion in course.load_file(path).criteria if criterion["id"] == "learns"]
    assert learns["calibration"]["margin"] == 0.02


def test_a_criterion_on_one_line_stays_on_it(tmp_path: Path) -> None:
    path = tmp_path / "rock-paper-scissors.yaml"
    text = (ROOT / "rubrics" / "rock-paper-scissors.yaml").read_text()
    head = text[: text.index("  - id: learns")]
    line = "  - {id: learns, title: Learns, kind: holdout_accuracy, at_least: 0.85, points: 4}  # kept\n"
    path.write_text(head + line)
    write_thresholds(path, [proposal(0.8)])
    assert path.read_text() == head + line.replace("at_least: 0.85", f"at_least: 0.80, {WRITTEN}")


def test_a_calibration_over_several_lines_is_left_to_its_author(tmp_path: Path) -> None:
    path = tmp_path / "rock-paper-scissors.yaml"
    text = (ROOT / "rubrics" / "rock-paper-scissors.yaml").read_text()
    head = text[: text.index("  - id: learns")]
    block = "  - id: learns\n    title: T\n    kind: holdout_accuracy\n    at_least: 0.85\n    points: 4\n    calibration:\n      runs: 1\n"
    path.write_text(head + block)
    with pytest.raises(AuthorError, match="without changing anything else"):
        write_thresholds(path, [proposal(0.8)])
    assert path.read_text() == head + block
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.fixture
def small_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Three solutions of one exercise, two of which train alike, and a rubric that may be written."""
    source, folder = ROOT / "solutions" / "rock-paper-scissors", tmp_path / "solutions" / "rock-paper-scissors"
    for name in ("solution.py", "right/datasets.py", "wrong/m50-not-shuffled.py", "wrong/m12-no-metrics.py", "wrong/m14-not-compiled.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / name, folder / name)
    shutil.copytree(ROOT / "rubrics", tmp_path / "rubrics")
    shutil.copytree(ROOT / "exercises", tmp_path / "exercises")
    monkeypatch.setattr(course.catalogue, "root", lambda: tmp_path)
    course.load_file.cache_clear()
    yield tmp_path
    course.load_file.cache_clear()
    close_warm_pipeline()


def fake_training(trials: Sequence[Trial], **options: Any) -> tuple[dict[Trial, Measured], list[Any]]:
    """Look at the files, but make the trainings up: 0.90 to 0.95 where they are asked for."""
    if not any(trial.train for trial in trials):
        return measure_all(trials, jobs=1)
    done = {}
    for trial in trials:
        seen, _ = measure_all([Trial(path=trial.path, exercise=trial.exercise, conditions=BRIEF, train=False)], jobs=1)
        facts = TrainingFacts(status="trained", holdout_accuracy=0.89 + (trial.conditions.seed or 0) / 100)
        (measured,) = seen.values()
        done[trial] = measured.model_copy(update={"evidence": measured.evidence.model_copy(update={"trainings": {"training": facts}})})
    return done, []


BRIEF = measuring.Conditions(brief=True)


def test_the_command_measures_shows_and_writes(small_course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "measure_all", fake_training)
    monkeypatch.setenv("COLUMNS", "160")
    solutions = str(small_course / "solutions")
    rubric = load_rubric(course.load("rock-paper-scissors"))
    before = rubric.threshold(rubric.protocol.trainings[0].id)
    result = CliRunner().invoke(main, ["rubric", "calibrate", "rock-paper-scissors", "--runs", "6", "--solutions", solutions])
    assert result.exit_code == 0, result.output
    assert "Distinct trainings: 1, of 6 runs each" in result.stderr  # an uncompiled network cannot be trained; the others train alike
    assert "solution and 3 alike" in result.stdout
    assert f"Proposed: 0.89 (now {before:.2f})" in result.stdout
    written = (small_course / "rubrics" / "rock-paper-scissors.yaml").read_text()
    assert "    at_least: 0.89\n    calibration: {runs: 6, quantile: 0.01, margin: 0.02," in written


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["output-shapes"], "Nothing is trained in output-shapes"),
        (["augmentation", "--solutions", "nowhere"], "no folder of solutions"),
        (["augmentation", "--picture", "picture.txt"], "cannot be written as .txt"),
        (["cats"], "There is no exercise 'cats'"),
    ],
)
def test_a_request_that_makes_no_sense_is_told_before_anything_is_measured(arguments: list[str], says: str) -> None:
    result = CliRunner().invoke(main, ["rubric", "calibrate", *arguments])
    assert result.exit_code == 2
    assert says in result.stderr

"""Solutions on real images: each archive of the real excerpts is imported, and the solution is graded on it, training included."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader import course
from grader.contracts.verdict import Status
from grader.datasets import import_dataset
from grader.pipeline import check
from grader.trials.claims import trained_criteria

SOLUTIONS = Path(__file__).parents[2] / "solutions"
ARCHIVES = [
    ("cats-vs-dogs", "PetImages.zip"),  # one folder per class, zero-length files
    ("cats-vs-dogs", "cats_and_dogs_filtered.zip"),  # training and validation apart
    ("transfer-learning", "horse-or-human.zip"),  # PNGs with an alpha channel
    ("rock-paper-scissors", "rps_28px.zip"),
    ("sign-language", "sign_mnist_csv.zip"),
    ("fashion", "fashion_mnist_t10k.zip"),  # idx
]


@pytest.mark.exhaustive
@pytest.mark.parametrize(("exercise", "archive"), ARCHIVES, ids=[archive for _, archive in ARCHIVES])
def test_a_solution_trains_on_real_images(
    exercise: str, archive: str, real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (real_data / archive).is_file():
        pytest.skip(f"{archive} is absent")
    monkeypatch.setenv("GRADER_CACHE_DIR", str(tmp_path))
    data = course.load(exercise).protocol.data
    assert data is not None
    import_dataset(data, real_data / archive)
    report = check(SOLUTIONS / exercise / "solution.py", data="official")
    accuracies = set(trained_criteria(exercise))
    assert {c.id for c in report.criteria if c.status is not Status.PASSED} <= accuracies  # a small excerpt need not reach a threshold
    assert report.trainings
    for training in report.trainings:
        assert training.holdout_accuracy is not None
        assert training.classes is not None
        assert training.holdout_accuracy > 1 / training.classes

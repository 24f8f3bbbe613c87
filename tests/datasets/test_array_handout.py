"""What a child is handed of a dataset of arrays: tables and arrays with the same content, nothing of the holdout."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grader import course
from grader.contracts.errors import AuthorError
from grader.datasets import DATASETS, ArrayDataset, hand_out, import_dataset, lookup, make_holdout, prepare, prepare_any, prepare_arrays
from grader.datasets.registry import DrawnSizes
from grader.datasets.tables import read_csv

from .test_arrays import TABLES, zipped


@pytest.fixture
def letters(cache: Path, monkeypatch: pytest.MonkeyPatch) -> ArrayDataset:
    monkeypatch.setitem(DATASETS, "sign-language", replace(lookup("sign-language"), drawn=DrawnSizes("letters", 96, 48, 24)))
    return prepare_arrays("sign-language")


def test_tables_and_arrays_hold_the_images(letters: ArrayDataset, tmp_path: Path) -> None:
    protocol = course.load("sign-language").protocol
    handout = hand_out(protocol, letters, tmp_path, b"a")
    images, labels = read_csv(Path(handout.files["training.csv"]).read_bytes())
    given = {name: np.load(path) for name, path in handout.files.items() if path.endswith(".npy")}
    assert (images == given["training_images"]).all()
    assert (labels == given["training_labels"]).all()
    assert given["validation_images"].shape == (48, 28, 28)
    assert sorted(labels) == sorted(letters.training.labels)
    assert [labels.tolist()] != [sorted(labels.tolist())]  # mixed
    small, numbers = read_csv(Path(handout.files["other.csv"]).read_bytes())
    assert (small == handout.tables["other"].images).all()
    assert set(numbers) <= set(letters.labels)
    assert len(small) != len(images)
    assert handout.training_images == 96
    assert handout.class_labels["K"] == 10
    for image, pixels in zip((i for i in handout.images if i.split == "training"), images, strict=True):
        assert (np.load(image.path.file)[image.path.row] == pixels).all()


def test_the_order_follows_from_the_secret(letters: ArrayDataset, tmp_path: Path) -> None:
    protocol = course.load("sign-language").protocol
    orders = []
    for number, secret in enumerate((b"a", b"a", b"b")):
        (tmp_path / str(number)).mkdir()
        orders.append([image.sha256 for image in hand_out(protocol, letters, tmp_path / str(number), secret).images])
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == sorted(orders[2])


def test_no_official_image_of_the_holdout_is_handed_out(cache: Path, tmp_path: Path) -> None:
    import_dataset("sign-language", zipped(tmp_path / "tables.zip", TABLES))
    dataset = prepare_any("sign-language", "official")
    handout = hand_out(course.load("sign-language").protocol, dataset, tmp_path, b"a")
    hidden = {image.tobytes() for image in make_holdout(dataset, b"a").images}
    shown = {image.tobytes() for name in ("training_images", "validation_images") for image in np.load(handout.files[name])}
    assert hidden
    assert not hidden & shown


def test_an_exercise_without_pipelines_hands_out_no_files(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DATASETS, "fashion", replace(lookup("fashion"), drawn=DrawnSizes("garments", 40, 20, 30)))
    handout = hand_out(course.load("fashion").protocol, prepare_arrays("fashion"), tmp_path, b"a")
    assert (handout.files, handout.training_images, len(handout.images)) == ({}, 40, 60)


def test_folders_cannot_be_made_of_arrays(letters: ArrayDataset, tmp_path: Path) -> None:
    with pytest.raises(AuthorError, match="image files"):
        hand_out(course.load("cats-vs-dogs").protocol, letters, tmp_path, b"a")
    assert prepare_any("sign-language").digest == letters.digest
    with pytest.raises(AuthorError):
        prepare("sign-language")

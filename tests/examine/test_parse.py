"""What a function made of a table is compared with the table; the usual mistakes are recognised by their numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from grader.contracts.artifacts import CallError, ParsedTable, ParsePayload
from grader.contracts.data_facts import ParseFacts
from grader.contracts.protocol import ParseCall
from grader.contracts.submission import Submission
from grader.datasets import Arrays
from grader.examine.canonical import Problem
from grader.examine.readers.parse import parse_facts

RANDOM = np.random.RandomState(3)
IMAGES = RANDOM.randint(0, 256, size=(7, 28, 28)).astype(np.uint8)
LABELS = np.array([3, 24, 0, 1, 3, 10, 2])
TABLE = Arrays(IMAGES, LABELS)
FLAT = IMAGES.reshape(7, 784)
WHOLE = np.concatenate([LABELS[:, None], FLAT], axis=1)
CALL = ParseCall(id="parse", function=("parse",), kind="parse", files=("training",))
SUBMISSION = Submission(file="s.py", exercise="trial", source="", digest="d")


def examined(folder: Path, *tables: ParsedTable) -> ParseFacts | Problem:
    return parse_facts(CALL, ParsePayload(tables=tables), folder, {"training": TABLE}, SUBMISSION)


@pytest.mark.parametrize(
    ("images", "labels", "values"),
    [
        (IMAGES.astype(float), LABELS, ("equal", "equal")),
        (IMAGES, LABELS.astype(np.float32), ("equal", "equal")),
        (IMAGES.transpose(0, 2, 1), LABELS, ("transposed", "equal")),
        (IMAGES / 255, LABELS, ("scaled", "equal")),
        (FLAT, LABELS[:, None], ("pixels", "labels")),
        (IMAGES[..., None], LABELS, ("pixels", "equal")),
        (LABELS, IMAGES, ("labels", "pixels")),
        (WHOLE, LABELS, ("label-among-pixels", "equal")),
        (WHOLE[:, :784].reshape(7, 28, 28), LABELS, ("label-among-pixels", "equal")),
        (np.concatenate([np.full((1, 28, 28), np.nan), IMAGES]), np.append(np.nan, LABELS), ("header-row", "header-row")),
        (IMAGES[1:], LABELS[1:], ("other", "other")),
        (IMAGES[::-1], LABELS + 1, ("other", "other")),
        (np.zeros(()), np.zeros((0,)), ("other", "other")),
    ],
)
def test_arrays_are_known_by_their_numbers(images: np.ndarray, labels: np.ndarray, values: tuple[str, str], tmp_path: Path) -> None:
    np.save(tmp_path / "i.npy", images)
    np.save(tmp_path / "l.npy", labels)
    facts = examined(tmp_path, ParsedTable(images="i.npy", labels="l.npy", images_kind="array of x", labels_kind="array of y"))
    assert isinstance(facts, ParseFacts)
    (table,) = facts.tables
    assert table.images is not None
    assert table.labels is not None
    assert (table.images.values, table.labels.values) == values
    assert table.images.shape == images.shape
    assert table.rows == 7


def test_what_is_no_array_and_what_raised_is_told_as_it_is(tmp_path: Path) -> None:
    np.save(tmp_path / "l.npy", LABELS)
    facts = examined(tmp_path, ParsedTable(labels="l.npy", images_kind="list of 7", labels_kind="array of int64"))
    assert isinstance(facts, ParseFacts)
    assert facts.tables[0].images is not None
    assert (facts.tables[0].images.kind, facts.tables[0].images.shape) == ("list of 7", None)
    raised = examined(tmp_path, ParsedTable(error=CallError(type="ValueError", message="no")))
    assert isinstance(raised, ParseFacts)
    assert (raised.tables[0].error_type, raised.tables[0].images) == ("ValueError", None)


@pytest.mark.parametrize(
    "tables", [(), (ParsedTable(), ParsedTable()), (ParsedTable(images="gone.npy", images_kind="array", labels_kind="array"),)]
)
def test_a_result_that_contradicts_itself_is_a_problem(tables: tuple[ParsedTable, ...], tmp_path: Path) -> None:
    assert isinstance(examined(tmp_path, *tables), Problem)

"""What is said about hidden images: counts always, the images themselves only where everybody may know them."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from grader.contracts.pictures import MAX_MISTAKEN
from grader.datasets import PRACTICE_SECRET, Holdout, make_holdout, prepare
from grader.examine.seen import Seen, certainty
from grader.examine.tasks import Decision

CLASSES = ("cats", "dogs")
ONE = Decision(threshold=0.5)


def seen(outputs: list[list[float]], labels: tuple[int, ...], decision: Decision, *, public: bool = True) -> Seen:
    images = [np.full((10, 10, 3), 8 * number, np.uint8) for number in range(len(labels))]
    holdout = Holdout(images, labels, CLASSES, "00" * 32, "11" * 32, public=public)
    task = SimpleNamespace(decision=decision, class_labels={"cats": 0, "dogs": 1})
    return Seen(task, holdout, np.array(outputs, np.float32))  # type: ignore[arg-type]


def test_counts_are_by_true_and_predicted_class() -> None:
    made = seen([[0.1], [0.9], [0.8], [0.2], [0.7]], (0, 0, 1, 1, 1), ONE)
    assert made.predicted() == {"cats": 2, "dogs": 3}
    assert made.confusion() == {"cats": {"cats": 1, "dogs": 1}, "dogs": {"cats": 1, "dogs": 2}}


def test_an_output_without_a_class_has_a_name_too() -> None:
    made = seen([[0.1, 0.2, 0.7], [0.1, 0.8, 0.1]], (0, 1), Decision())
    assert made.confusion() == {"cats": {"label 2": 1}, "dogs": {"dogs": 1}}
    assert [each.predicted for each in made.mistaken()] == ["label 2"]


def test_the_surest_mistakes_come_first_and_are_few() -> None:
    outputs = [[0.5 + number / 100] for number in range(1, 31)]
    shown = seen(outputs, (0,) * 30, ONE).mistaken()
    assert [each.score for each in shown] == [round(0.8 - number / 100, 4) for number in range(MAX_MISTAKEN)]
    assert {(each.actual, each.predicted) for each in shown} == {("cats", "dogs")}


@pytest.mark.parametrize(
    ("outputs", "public"),
    [([[0.9], [0.9]], False), ([[float("nan")], [0.9]], True), ([], True), ([[0.1], [0.2]], True)],
    ids=["secret", "no numbers", "no epoch", "all right"],
)
def test_nothing_is_shown(outputs: list[list[float]], public: bool) -> None:
    assert seen(outputs, (0, 0), ONE, public=public).mistaken() == ()


@pytest.mark.parametrize(
    ("outputs", "decision", "expected"),
    [
        ([[0.9], [0.2]], ONE, [0.9, 0.8]),
        ([[0.0], [100.0], [-1000.0]], Decision(threshold=0.0), [0.5, 1.0, 1.0]),
        ([[1.4], [-0.3]], ONE, [1.0, 1.0]),
        ([[0.2, 0.7, 0.1]], Decision(), [0.7]),
        ([[0.0, 0.0], [1000.0, 0.0]], Decision(), [0.5, 1.0]),
    ],
    ids=["sigmoid", "logit", "no probability", "softmax", "logits"],
)
def test_certainty(outputs: list[list[float]], decision: Decision, expected: list[float]) -> None:
    assert certainty(np.array(outputs, np.float32), decision) == pytest.approx(expected)


@pytest.mark.parametrize(("secret", "public"), [(PRACTICE_SECRET, True), (b"an instructor's own", False)])
def test_only_the_practice_holdout_is_public(secret: bytes, public: bool) -> None:
    assert make_holdout(prepare("facing-animals", "embedded"), secret).public is public

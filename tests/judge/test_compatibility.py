"""Labels, last layer and loss: every combination, against the list of those that are right."""

from __future__ import annotations

import itertools

import pytest

from grader.judge.compatibility import FAMILIES, RIGHT, Combination, misfit, misfit_of_output, unusual

ACTIVATIONS = ("sigmoid", "softmax", "linear", "relu", "tanh", "log_softmax")
LOSSES = {"binary": "binary_crossentropy", "sparse": "sparse_categorical_crossentropy", "categorical": "categorical_crossentropy"}
EVERY = list(itertools.product(("integer", "one-hot"), ((1, 2), (2, 2), (3, 3)), ACTIVATIONS, LOSSES, (False, True)))


@pytest.mark.parametrize(("labels", "units", "activation", "family", "logits"), EVERY)
def test_a_combination_has_a_misfit_exactly_if_it_is_not_in_the_table(
    labels: str, units: tuple[int, int], activation: str, family: str, logits: bool
) -> None:
    combination = Combination(labels, units[1], units[1], (units[0],), activation, LOSSES[family], logits)  # type: ignore[arg-type]
    outputs = {1: "one", 2: "two", 3: "many"}[units[0]]
    right = (labels, outputs, activation, family, logits) in RIGHT
    declared = activation == "log_softmax" and units[0] > 1 and (labels, outputs, "linear", family, logits) in RIGHT and logits
    assert (misfit(combination) is None) == (right or declared)


@pytest.mark.parametrize(
    ("combination", "remark"),
    [
        (Combination("integer", 2, 2, (1,), "sigmoid", "mean_squared_error"), "distance-loss"),
        (Combination("integer", 2, 2, (1,), "sigmoid", "mse"), "distance-loss"),
        (Combination("integer", 2, 2, (1,), "tanh", "hinge"), "distance-loss"),
        (Combination("one-hot", 3, 3, (3,), "softmax", "mean_absolute_error"), "distance-loss"),
        (Combination("one-hot", 3, 3, (3,), "linear", "categorical_hinge"), "distance-loss"),
        (Combination("integer", 24, 24, (26,), "softmax", "sparse_categorical_crossentropy"), "spare-units"),
        (Combination("integer", 25, 25, (25,), "softmax", "sparse_categorical_crossentropy"), ""),
        (Combination("one-hot", 3, 3, (3,), "softmax", "categorical_focal_crossentropy"), ""),
        (Combination("one-hot", 3, 3, (3,), "softmax", "kl_divergence"), ""),
        (Combination("integer", 2, 2, (1,), "hard_sigmoid", "binary_crossentropy"), ""),
    ],
)
def test_unusual_but_working_combinations_are_remarks(combination: Combination, remark: str) -> None:
    assert misfit(combination) is None
    assert unusual(combination) == remark


@pytest.mark.parametrize(
    ("combination", "part", "problem"),
    [
        (Combination("integer", 25, 25, (24,), "softmax", "sparse_categorical_crossentropy"), "output", "too-few-units"),
        (Combination("integer", 3, 3, (1,), "sigmoid", "binary_crossentropy"), "output", "too-few-units"),
        (Combination("one-hot", 3, 3, (4,), "softmax", "categorical_crossentropy"), "output", "units-differ-from-labels"),
        (Combination("integer", 2, 2, (17, 17, 1), "sigmoid", "binary_crossentropy"), "output", "flatten-missing"),
        (Combination("integer", 2, 2, (1,), "tanh", "binary_crossentropy"), "output", "output-not-a-probability"),
        (Combination("integer", 2, 2, (2,), "softmax", "mean_squared_error"), "loss", "integer-labels-with-distance-loss"),
        (Combination("integer", 2, 2, (2,), "softmax", "binary_crossentropy"), "loss", "binary-loss-for-many-units"),
        (Combination("one-hot", 3, 3, (3,), "softmax", "binary_crossentropy"), "loss", "binary-loss-for-many-classes"),
        (Combination("integer", 2, 2, (1,), "sigmoid", "categorical_crossentropy"), "loss", "categorical-loss-for-one-unit"),
        (Combination("integer", 2, 2, (1,), "sigmoid", "ctc"), "loss", "not-a-class-loss"),
        (Combination("integer", 2, 2, (1,), "sigmoid"), "loss", "no-loss"),
    ],
)
def test_a_misfit_names_the_part_and_the_reason(combination: Combination, part: str, problem: str) -> None:
    found = misfit(combination)
    assert found is not None
    assert (found.part, found.problem) == (part, problem)


def test_the_output_is_judged_without_looking_at_a_cross_entropy() -> None:
    for loss in (None, *(name for name, family in FAMILIES.items() if family != "margin")):
        assert misfit_of_output(Combination("integer", 2, 2, (1,), "sigmoid", loss)) is None
        assert misfit_of_output(Combination("integer", 2, 2, (1,), "softmax", loss)) is not None

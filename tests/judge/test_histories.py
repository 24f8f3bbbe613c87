"""The best epoch and the generalisation gap: what is right, and which mistake each wrong answer is taken for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from grader.contracts.data_facts import AnsweredCase, TableFacts
from grader.contracts.evidence import CallEvidence, Evidence, Versions
from grader.contracts.verdict import Status
from grader.judge.criteria.base import MissingEvidenceError
from grader.judge.criteria.histories import BestEpoch, GeneralizationGap, best_epoch, generalization_gap

History = dict[str, tuple[float, ...]]


def history(loss: str, accuracy: str, val_loss: str, val_accuracy: str) -> History:
    figures = (tuple(float(number) for number in text.split()) for text in (loss, accuracy, val_loss, val_accuracy))
    return dict(zip(("loss", "accuracy", "val_loss", "val_accuracy"), figures, strict=True))


HISTORIES = (
    history(".7 .5 .3 .2", ".5 .7 .8 .912", ".7 .5 .55 .6", ".5 .6 .75 .7"),
    history(".7 .6 .5 .4", ".5 .7 .8 .85", ".7 .52 .52 .61", ".5 .6 .75 .9"),
    history(".71", ".52", ".66", ".61"),
    history(".6 .2 .1", ".7 .95 1", ".58 .9 1.4", ".7 .69 .71"),
)


def evidence(answer: Callable[[History], Any], histories: tuple[History, ...] = HISTORIES) -> Evidence:
    rows = []
    for one in histories:
        try:
            rows.append(AnsweredCase(arguments={"history": one}, value=answer(one)))
        except (IndexError, KeyError) as error:
            rows.append(AnsweredCase(arguments={"history": one}, error=f"{type(error).__name__}: {error}"))
    call = CallEvidence(id="table", kind="table", function="my_function", status="returned", facts=TableFacts(rows=tuple(rows)))
    return Evidence(
        exercise="x", submission="s", protocol="p", holdout="h", versions=Versions(grader="0", python="3"), calls={"table": call}
    )


def lowest(h: History) -> int:
    return min(range(len(h["val_loss"])), key=lambda epoch: (h["val_loss"][epoch], epoch))


def place(figures: tuple[float, ...], choose: Callable[[tuple[float, ...]], float]) -> int:
    return figures.index(choose(figures))


BEST = BestEpoch(id="x", title="T", points=1, kind="best_epoch", of="table")
GAP = GeneralizationGap(id="x", title="T", points=1, kind="generalization_gap", of="table")


@pytest.mark.parametrize("answer", [lambda h: lowest(h) + 1, lambda h: float(lowest(h) + 1)])
def test_the_right_epoch_passes(answer: Callable[[History], Any]) -> None:
    assert best_epoch(BEST, evidence(answer)).status is Status.PASSED


@pytest.mark.parametrize("error", [0.0, 9e-7, -9e-7])
def test_the_right_gap_passes_within_its_tolerance(error: float) -> None:
    outcome = generalization_gap(GAP, evidence(lambda h: h["accuracy"][-1] - h["val_accuracy"][-1] + error))
    assert outcome.status is Status.PASSED


@pytest.mark.parametrize(
    ("answer", "problem", "says"),
    [
        (lowest, "counts-from-zero", "returned 0 where Keras prints epoch 1"),
        (lambda h: place(h["val_accuracy"], max) + 1, "highest-val-accuracy", "epoch 1, not 3"),
        (lambda h: place(h["val_accuracy"], max), "highest-val-accuracy", "epoch 1, not 0"),
        (lambda h: place(h["loss"], min) + 1, "lowest-training-loss", "lowest `val_loss`"),
        (lambda h: len(h["loss"]) - h["val_loss"][::-1].index(min(h["val_loss"])), "last-of-equals", "[0.7, 0.52, 0.52, 0.61]"),
        (lambda h: place(h["val_loss"], max) + 1, "highest-loss", "worst epoch"),
        (lambda h: h["val_loss"].index(min(h["val_loss"])) + 2, "wrong-epoch", "the lowest is in epoch 1"),
        (lambda h: min(h["val_loss"]), "the-figure-itself", "returned 0.66"),
        (lambda h: None, "answer-type", "returned None (`print` shows an answer, only `return` gives it back) for a history of 1 epoch"),
        (lambda h: True, "answer-type", "True"),
        (lambda h: "2", "answer-type", "'2'"),
        (lambda h: h["val_loss"][1] and lowest(h) + 1, "answer-raised", "IndexError"),
        (lambda h: h["validation_loss"], "answer-raised", "KeyError"),
        (lambda h: float("nan"), "wrong-epoch", "nan"),
    ],
)
def test_a_wrong_epoch_is_taken_for_the_mistake_that_explains_all_answers(
    answer: Callable[[History], Any], problem: str, says: str
) -> None:
    outcome = best_epoch(BEST, evidence(answer))
    assert (outcome.status, outcome.problem) == (Status.FAILED, problem)
    assert "my_function" in outcome.message
    assert says in outcome.message


def gap_in(h: History, epoch: int) -> float:
    return h["accuracy"][epoch] - h["val_accuracy"][epoch]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (lambda h: -gap_in(h, -1), "sign-reversed"),
        (lambda h: abs(gap_in(h, -1)), "without-sign"),
        (lambda h: gap_in(h, lowest(h)), "gap-of-best-epoch"),
        (lambda h: gap_in(h, place(h["val_accuracy"], max)), "gap-of-best-epoch"),
        (lambda h: gap_in(h, 0), "gap-of-first-epoch"),
        (lambda h: max(h["accuracy"]) - max(h["val_accuracy"]), "gap-of-best-figures"),
        (lambda h: sum(h["accuracy"]) / len(h["loss"]) - sum(h["val_accuracy"]) / len(h["loss"]), "gap-of-means"),
        (lambda h: h["val_loss"][-1] - h["loss"][-1], "gap-of-losses"),
        (lambda h: 100 * gap_in(h, -1), "percent"),
        (lambda h: round(gap_in(h, -1), 1), "rounded"),
        (lambda h: gap_in(h, -1) + 2e-6, "wrong-gap"),
        (lambda h: gap_in(h, -2), "wrong-gap"),
        (lambda h: gap_in(h, -2) and gap_in(h, -1), "answer-raised"),
    ],
)
def test_a_wrong_gap_is_taken_for_the_mistake_that_explains_all_answers(answer: Callable[[History], Any], problem: str) -> None:
    outcome = generalization_gap(GAP, evidence(answer))
    assert (outcome.status, outcome.problem) == (Status.FAILED, problem)


def test_the_sentence_is_about_the_shortest_wrong_case() -> None:
    long = history(" ".join([".5"] * 9), " ".join([".5"] * 9), ".9 .8 .7 .6 .5 .4 .3 .2 .1", " ".join([".5"] * 9))
    outcome = best_epoch(BEST, evidence(lambda h: 99, (long, HISTORIES[0])))
    assert "[0.7, 0.5, 0.55, 0.6]" in outcome.message
    assert "[0.9, 0.8, 0.7, 0.6, 0.5, 0.4, …]" in best_epoch(BEST, evidence(lambda h: 99, (long,))).message


def test_a_case_without_a_history_is_no_fault_of_the_student() -> None:
    with pytest.raises(MissingEvidenceError, match="val_loss"):
        best_epoch(BEST, evidence(lambda h: 1, ({"loss": (1.0,)},)))

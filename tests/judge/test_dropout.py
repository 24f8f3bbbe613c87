"""Which share the dense part drops, and what too high a rate is shown to do."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest

from grader import course
from grader.contracts.evidence import Evidence
from grader.contracts.network_facts import LayerFacts
from grader.contracts.training_facts import TrainingFacts
from grader.contracts.verdict import Status
from grader.judge import check_rubric
from grader.judge.criteria.dropout import DropoutRate, dropout_rate
from grader.judge.criteria.learning import AccuracyCompared, accuracy_compared

from .conftest import call, evidence, layer, model, trained

Named = tuple[str, float | None]


def network(*named: Named) -> list[LayerFacts]:
    """Layers with their rates; flat from Flatten on."""
    found, flat = [], False
    for kind, rate in named:
        shape = (8,) if flat else (4, 4, 2)
        flat = flat or kind in {"Flatten", "GlobalAveragePooling2D"}
        found.append(layer(kind, shape, (8,) if flat else shape, settings={} if rate is None else {"rate": rate}))
    return found


CONV, FLAT, DENSE = ("Conv2D", None), ("Flatten", None), ("Dense", None)


def drop(rate: float) -> Named:
    return "Dropout", rate


def judged(layers: Sequence[Named], rate: float, *, default: bool = False) -> tuple[Status, str, str]:
    spec = DropoutRate(id="rate", title="Rate", points=1, kind="dropout_rate", of="model", rate=rate, default=default)
    facts = model(*network(*layers))
    outcome = dropout_rate(spec, evidence("dropout", [call("model", "model", "create_model", facts)]))
    return outcome.status, outcome.problem, outcome.message


@pytest.mark.parametrize(
    ("layers", "rate"),
    [
        ([CONV, FLAT, DENSE, drop(0.2), DENSE], 0.2),
        ([CONV, FLAT, drop(0.2), DENSE, DENSE], 0.2),
        ([CONV, ("GlobalAveragePooling2D", None), drop(0.2), DENSE], 0.2),
        ([CONV, FLAT, DENSE, drop(0.5), DENSE, drop(0.5), DENSE], 0.5),
        ([CONV, ("SpatialDropout2D", 0.1), FLAT, DENSE, drop(0.5), DENSE], 0.5),
        ([CONV, drop(0.1), FLAT, DENSE, drop(0.5), DENSE], 0.5),  # among convolutions: the student's choice
        ([CONV, FLAT, DENSE, drop(0.30000000000000004), DENSE], 0.3),
        ([CONV, FLAT, DENSE, drop(0.0), DENSE], 0.0),
        ([CONV, FLAT, DENSE, DENSE], 0.0),
        ([CONV, FLAT, DENSE, DENSE, drop(0.0)], 0.0),  # behind the output, but it drops nothing
    ],
)
def test_the_share_that_is_asked_is_dropped(layers: list[Named], rate: float) -> None:
    assert judged(layers, rate)[:2] == (Status.PASSED, "")


@pytest.mark.parametrize(
    ("layers", "rate", "problem", "says"),
    [
        ([CONV, FLAT, DENSE, DENSE], 0.2, "no-dropout", "without Dropout"),
        ([CONV, FLAT, DENSE, DENSE, drop(0.2)], 0.2, "dropout-after-output", "drops out answers"),
        ([CONV, FLAT, DENSE, drop(0.2), DENSE, drop(0.2)], 0.2, "dropout-after-output", "behind the last Dense layer"),
        ([CONV, drop(0.2), FLAT, DENSE, DENSE], 0.2, "dropout-among-convolutions", "(Dropout)"),
        ([CONV, ("SpatialDropout2D", 0.2), FLAT, DENSE], 0.2, "dropout-among-convolutions", "(SpatialDropout2D)"),
        ([CONV, FLAT, DENSE, ("AlphaDropout", 0.2), DENSE], 0.2, "another-kind", "AlphaDropout"),
        ([CONV, FLAT, DENSE, ("GaussianDropout", 0.2), DENSE], 0.0, "another-kind", "GaussianDropout"),
        ([CONV, FLAT, DENSE, drop(0.8), DENSE], 0.2, "share-kept", "drops 80 % instead of 20 %"),
        ([CONV, FLAT, DENSE, drop(1.0), DENSE], 0.0, "share-kept", "drops 100 % instead of 0 %"),
        ([CONV, FLAT, DENSE, drop(0.2), DENSE], 0.5, "other-rate", "`create_model(0.5)` drops 20 %"),
        ([CONV, FLAT, DENSE, drop(0.2), DENSE], 0.0, "other-rate", "`create_model(0)` drops 20 %"),
        ([CONV, FLAT, DENSE, drop(0.2), DENSE, drop(0.5), DENSE], 0.5, "several-rates", "20 % and 50 %"),
        ([CONV, FLAT, DENSE, drop(0.125), DENSE], 0.5, "other-rate", "drops 12.5 %"),
    ],
)
def test_what_is_dropped_instead_is_told(layers: list[Named], rate: float, problem: str, says: str) -> None:
    status, found, message = judged(layers, rate)
    assert (status, found) == (Status.FAILED, problem)
    assert says in message


def test_a_default_is_told_as_one() -> None:
    status, problem, message = judged([CONV, FLAT, DENSE, drop(0.5), DENSE], 0.2, default=True)
    assert (status, problem) == (Status.FAILED, "other-default")
    assert "`create_model()` drops 50 %" in message
    assert "`def create_model(rate=0.2)`" in message


NOTE = "{learned}, {found} at {steps} beside {other_learned}, {other} at {other_steps}"
COMPARED = AccuracyCompared(id="shown", title="T", points=0, kind="accuracy_compared", training="high", other="usual", note=NOTE)


def trainings(**accuracies: float | None) -> Evidence:
    facts = {
        name: trained(accuracy, accuracy / 2) if accuracy is not None else TrainingFacts(status="too-large", reason="It is large.")
        for name, accuracy in accuracies.items()
    }
    return evidence("dropout", [], trainings=facts)


@pytest.mark.parametrize(
    ("measured", "status", "message"),
    [
        (trainings(high=0.4, usual=0.95), Status.PASSED, "20%, 40% at 30 beside 48%, 95% at 30"),
        (trainings(high=0.95, usual=0.4), Status.PASSED, "48%, 95% at 30 beside 20%, 40% at 30"),  # a remark, whatever it is
        (trainings(usual=0.95), Status.PENDING, "not been measured"),
        (trainings(high=None, usual=0.95), Status.SKIPPED, "It is large."),
    ],
)
def test_two_trainings_are_shown_side_by_side(measured: Evidence, status: Status, message: str) -> None:
    outcome = accuracy_compared(COMPARED, measured)
    assert outcome.status is status
    assert message in outcome.message


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"training": "high"}, "`training` names no training: 'high'; there is: too-high-rate, usual-rate"),
        ({"other": "too-high-rate"}, "other is 'too-high-rate', the same training"),
        ({"note": "{wrong}"}, "note may name {found}, {learned}, {steps}, {other}"),
        ({"note": "{"}, "note may name {found}, {learned}, {steps}, {other}"),
    ],
)
def test_a_comparison_that_makes_no_sense_is_an_authors_error(changes: dict[str, str], says: str) -> None:
    exercise = course.load("dropout")
    criteria = [criterion | changes if criterion["id"] == "too-high-shown" else criterion for criterion in exercise.criteria]
    (error,) = check_rubric(dataclasses.replace(exercise, criteria=criteria))
    assert says in error.message

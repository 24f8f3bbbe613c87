"""A pretrained base: weights, freezing, cut, head and dropout, each judged from facts, and what each mistake is called."""

from __future__ import annotations

from typing import Any

import pytest

from grader.contracts.evidence import CallEvidence, Evidence, Versions
from grader.contracts.network_facts import BaseFacts, LayerFacts, ModelFacts
from grader.contracts.training_facts import TrainingFacts
from grader.contracts.verdict import Status
from grader.judge.criteria import JUDGES, Outcome
from grader.judge.criteria.learning import HoldoutAccuracy, holdout_accuracy
from grader.judge.criteria.transfer import BaseFrozen, CutAt, HeadDropout, OwnHead, WeightsLoaded

COMMON: dict[str, Any] = {"id": "x", "title": "T", "points": 1}
LOADED = WeightsLoaded(kind="weights_loaded", of="final", **COMMON)
FROZEN = BaseFrozen(kind="base_frozen", of="final", **COMMON)
CUT = CutAt(kind="cut_at", of="cut", **COMMON)
HEAD = OwnHead(kind="own_head", of="final", after="cut", **COMMON)
DROPOUT = HeadDropout(kind="head_dropout", of="final", at_least=0.1, at_most=0.5, **COMMON)
BASE: dict[str, Any] = {
    "network": "small",
    "title": "SmallNet",
    "known": 10,
    "of": 10,
    "foreign": 0,
    "equal": 10,
    "parameters": 1000,
    "cut": "add_3",
    "wanted_cut": "add_3",
    "cut_shape": (5, 5, 8),
    "wanted_shape": (5, 5, 8),
}
DENSE = LayerFacts(name="dense", kind="Dense", parameters=9, part="head")
ANSWER = LayerFacts(name="answer", kind="Dense", parameters=9, part="head")


def drop(rate: float) -> LayerFacts:
    return LayerFacts(name="drop", kind="Dropout", settings={"rate": rate}, part="head")


def evidence(*head: LayerFacts, cut: dict[str, Any] | None = None, trainable: int = 18, **base: Any) -> Evidence:
    def call(name: str, kind: str, facts: BaseFacts, layers: tuple[LayerFacts, ...]) -> CallEvidence:
        numbers = {"parameters": 1018, "trainable_parameters": trainable, "multiplications": 1}
        model = {"model_class": "Functional", "digest": "m", "input_shape": (8, 8, 3), "output": None, "compiled": None}
        found = ModelFacts(layers=layers, base=facts, **model, **numbers)
        return CallEvidence.model_validate({"id": name, "kind": kind, "function": f"make_{name}", "status": "returned", "facts": found})

    layers = head or (DENSE, drop(0.2), ANSWER)
    own = LayerFacts(name="conv", kind="Conv2D", parameters=1000, part="base", trainable=False)
    facts = BaseFacts(**(BASE | base))
    calls = [call("final", "model", facts, (own, *layers)), call("cut", "tensor", BaseFacts(**(BASE | (cut or {}))), (own,))]
    versions = Versions(grader="0", python="3")
    return Evidence(exercise="x", submission="s", protocol="p", holdout="h", versions=versions, calls={each.id: each for each in calls})


def judged(spec: Any, found: Evidence) -> Outcome:
    return JUDGES[spec.kind](spec, found)


@pytest.mark.parametrize("spec", [LOADED, FROZEN, CUT, HEAD, DROPOUT], ids=lambda spec: spec.kind)
def test_a_frozen_loaded_base_with_a_head_passes(spec: Any) -> None:
    assert judged(spec, evidence()).status is Status.PASSED


@pytest.mark.parametrize(
    ("spec", "found", "problem", "says"),
    [
        (LOADED, evidence(equal=0), "not-loaded", "random weights"),
        (LOADED, evidence(equal=None), "not-loaded", "random weights"),
        (LOADED, evidence(equal=9), "partly-loaded", "Only 9 of 10 layers"),
        (LOADED, evidence(reaches_cut=False, equal=2, known=2), "another-network", "another network than SmallNet"),
        (LOADED, evidence(foreign=1), "another-network", "another network than SmallNet"),
        (LOADED, evidence(known=0, equal=0), "another-network", "another network than SmallNet"),
        (
            LOADED,
            evidence(known=2, equal=2, foreign=1, reaches_cut=False, wanted_input=(5, 5, 3)),
            "another-input",
            "builds SmallNet for images of 8×8×3; the images of this exercise are 5×5×3: `input_shape=(5, 5, 3)`",
        ),
        (FROZEN, evidence(known=0, network="", title=""), "base-not-used", "nothing on the base that it is given"),
        (HEAD, evidence(known=0, network="", title=""), "base-not-used", "nothing on the base that it is given"),
        (FROZEN, evidence(trainable_parameters=900, unfrozen={"Conv2D": 5, "BatchNormalization": 5}), "base-not-frozen", "900 trainable"),
        (FROZEN, evidence(trainable_parameters=80, unfrozen={"BatchNormalization": 5}), "normalization-not-frozen", "80 trainable"),
        (FROZEN, evidence(trainable_parameters=80, unfrozen={"Conv2D": 1}), "partly-frozen", "in 1 Conv2D layer;"),
        (FROZEN, evidence(known=0, equal=0, trainable=700), "base-not-frozen", "700 trainable"),
        (CUT, evidence(cut={"cut": "add_2"}), "cut-elsewhere", "`add_2`; asked is that of `add_3`. Both have the same shape"),
        (CUT, evidence(cut={"cut": "top", "cut_shape": (5, 5, 99)}), "cut-elsewhere", "the other one 5×5×8."),
        (CUT, evidence(cut={"cut": None}), "cut-unknown", "no layer of SmallNet"),
        (HEAD, evidence(drop(0.2)), "no-head", "no Dense layer of its own"),
        (HEAD, evidence(DENSE.model_copy(update={"trainable": False})), "everything-frozen", "Everything in `make_final` is frozen"),
        (HEAD, evidence(cut={"cut": "add_2"}), "head-elsewhere", "on the output of `add_3`, not on what it is given, that of `add_2`"),
        (DROPOUT, evidence(DENSE, ANSWER), "no-dropout", "There is no Dropout"),
        (DROPOUT, evidence(DENSE, ANSWER, drop(0.2)), "dropout-after-output", "drops out answers"),
        (DROPOUT, evidence(DENSE, drop(0.8), ANSWER), "rate-too-high", "drops 80% of the units"),
        (DROPOUT, evidence(DENSE, drop(0.02), ANSWER), "rate-too-low", "drops 2% of the units"),
        (DROPOUT, evidence(drop(0.2), DENSE, drop(0.6), ANSWER), "rate-too-high", "`Dropout(0.6)`"),
    ],
    ids=str,
)
def test_each_mistake_has_its_name(spec: Any, found: Evidence, problem: str, says: str) -> None:
    outcome = judged(spec, found)
    assert (outcome.status, outcome.problem) == (Status.FAILED, problem)
    assert says in outcome.message


def test_a_head_on_the_tensor_that_was_given_is_right_even_where_that_tensor_was_wrong() -> None:
    found = evidence(cut={"cut": "add_2"})
    final = found.calls["final"]
    assert isinstance(final.facts, ModelFacts)
    base = BaseFacts(**(BASE | {"cut": "add_2"}))
    moved = final.model_copy(update={"facts": final.facts.model_copy(update={"base": base})})
    assert judged(HEAD, found.model_copy(update={"calls": found.calls | {"final": moved}})).status is Status.PASSED


def test_the_head_of_an_unknown_network_is_what_follows_its_last_convolution() -> None:
    layers = tuple(one.model_copy(update={"part": None}) for one in (DENSE, drop(0.9), ANSWER))
    assert judged(DROPOUT, evidence(*layers, known=0, equal=0)).problem == "rate-too-high"


def test_with_made_up_weights_the_accuracy_is_pending() -> None:
    spec = HoldoutAccuracy(kind="holdout_accuracy", at_least=0.9, **COMMON)
    training = TrainingFacts(status="stand-in", reason="the weights are not here.")
    outcome = holdout_accuracy(spec, evidence().model_copy(update={"trainings": {"training": training}}))
    assert outcome.status is Status.PENDING
    assert "the weights are not here" in outcome.message

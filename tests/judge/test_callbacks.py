"""When a callback ends a training: the truth table, and what each wrong rule is called."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from grader.contracts.evidence import CallbackFacts, CallEvidence, Evidence, ToldFacts, Versions
from grader.contracts.verdict import Status
from grader.judge.criteria import Outcome
from grader.judge.criteria.callbacks import StopsTraining, stops_training

ABOVE = StopsTraining(id="x", title="T", points=1, kind="stops_training", of="stop", above={"accuracy": 0.999})
BOTH = StopsTraining(id="x", title="T", points=1, kind="stops_training", of="stop", at_least={"accuracy": 0.95, "val_accuracy": 0.8})
CASES = (
    (0.5, 0.5),
    (0.5, 0.99),
    (0.5, 1.0),
    (0.99, 0.5),
    (0.94, 0.79),
    (0.95, 0.79),
    (0.94, 0.8),
    (0.95, 0.8),
    (0.951, 0.81),
    (0.999, 0.7),
    (0.9991, 0.7),
)
Rule = Callable[[float, float], bool]


def judged(spec: StopsTraining, rule: Rule) -> Outcome:
    training, validation = zip(*CASES, strict=True)
    stopped = tuple(rule(a, b) for a, b in CASES)
    figures = {"accuracy": training, "val_accuracy": validation}
    return _judge(spec, ToldFacts(figures=figures, stopped=stopped))


def _judge(spec: StopsTraining, *cases: ToldFacts) -> Outcome:
    call = CallEvidence(id="stop", kind="callback", function="Stop", status="returned", facts=CallbackFacts(cases=cases))
    versions = Versions(grader="0", python="3")
    evidence = Evidence(exercise="x", submission="s", protocol="p", holdout="h", versions=versions, calls={"stop": call})
    return stops_training(spec, evidence)


@pytest.mark.parametrize(
    ("spec", "rule", "problem"),
    [
        (ABOVE, lambda a, _: a > 0.999, ""),
        (ABOVE, lambda a, _: a >= 0.999, "stops-at-the-limit"),
        (ABOVE, lambda *_: False, "never-stops"),
        (ABOVE, lambda *_: True, "always-stops"),
        (ABOVE, lambda a, _: a > 0.95, "stops-too-early"),
        (ABOVE, lambda a, _: a > 0.9995, "never-stops"),
        (BOTH, lambda a, b: a >= 0.95 and b >= 0.8, ""),
        (BOTH, lambda a, b: a > 0.95 and b > 0.8, "not-at-the-limit"),
        (BOTH, lambda a, b: a >= 0.95 or b >= 0.8, "one-is-enough"),
        (ABOVE, lambda _, b: b > 0.999, "other-figure"),
        (BOTH, lambda a, b: a >= 0.95, "stops-too-early"),
        (BOTH, lambda a, b: a == 0.95 and b >= 0.8, "goes-on"),
    ],
)
def test_the_truth_table_decides_and_the_wrong_rule_is_named(spec: StopsTraining, rule: Rule, problem: str) -> None:
    outcome = judged(spec, rule)
    assert (outcome.status, outcome.problem) == (Status.FAILED if problem else Status.PASSED, problem)
    assert "{" not in outcome.message


def test_a_callback_that_raises_says_so() -> None:
    outcome = _judge(ABOVE, ToldFacts(figures={"accuracy": (0.5,)}, error="no such key", error_type="KeyError"))
    assert outcome.problem == "callback-raised"
    assert "KeyError: no such key" in outcome.message


def test_conditions_are_needed() -> None:
    assert ABOVE.complain() is None
    assert StopsTraining(id="x", title="T", points=1, kind="stops_training", of="stop").complain() is not None

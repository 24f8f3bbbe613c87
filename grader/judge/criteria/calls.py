"""Criteria on what the student's own training returned. Self-reported: worth little."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from grader.contracts.evidence import Evidence, LoopFacts
from grader.contracts.protocol import Identifier
from grader.words import Table

from .base import COMMON, Outcome, Spec, call_of, count_text, facts_of, failed, passed

ENGLISH = {
    "no-history": "`{function}` must return the `History` that `model.fit` gives back; it returned {found}.",
    "no-epochs": "The history that `{function}` returns holds no epoch.",
    "no-validation": "The history of `{function}` has no `{missing}`; pass `validation_data=` to `fit` so that you can see overfitting.",
    "keys-missing": "The history of `{function}` has no `{missing}`; it holds {found}.",
    "trains-on-validation": "`{function}` trains on the validation pipeline too; train on `training` only, or nothing unseen is left.",
    "validates-on-training": (
        "`{function}` validates on the training pipeline, so `val_accuracy` says nothing about unseen images; pass "
        "`validation_data=validation`."
    ),
    "fit-training": "steps on the training pipeline",
    "fit-validation": "steps on the validation pipeline",
    "validate": "validation on the validation pipeline",
    "validate-training": "validation on the training pipeline",
    "expected": "a History with {keys}",
}
WORDS = Table("calls", ENGLISH)


class History(Spec):
    """Whether the function returns the history of its training, with these keys."""

    kind: Literal["history"]
    of: Identifier
    keys: Annotated[tuple[str, ...], Field(min_length=1)]

    selectors: ClassVar = {"of": "loop"}
    self_reported: ClassVar = True


def history(spec: History, evidence: Evidence) -> Outcome:
    """Look for the keys in the returned history, and at what was trained and validated on."""
    facts, call = facts_of(evidence, spec.of, LoopFacts), call_of(evidence, spec.of)
    expected = WORDS["expected"].format(keys=", ".join(spec.keys))
    if not facts.is_history:
        returned = {"": COMMON["something-else"], "NoneType": "None"}.get(call.returned, call.returned)
        return failed(WORDS, "no-history", expected=expected, found=returned, function=call.function)
    if not facts.epochs:
        return failed(WORDS, "no-epochs", expected=expected, found=count_text(0, "epoch"), function=call.function)
    missing = [key for key in spec.keys if key not in facts.keys]
    if missing:
        validation = all(key.startswith("val_") for key in missing) and not any(key.startswith("val_") for key in facts.keys)
        problem = "no-validation" if validation else "keys-missing"
        found = ", ".join(facts.keys) or COMMON["nothing"]
        return failed(WORDS, problem, expected=expected, found=found, function=call.function, missing=missing[0])
    if "validation" in facts.trained_on:
        return failed(WORDS, "trains-on-validation", expected=WORDS["fit-training"], found=WORDS["fit-validation"], function=call.function)
    if facts.validated_on == ("training",):  # beside the validation images it is a figure more
        return failed(WORDS, "validates-on-training", expected=WORDS["validate"], found=WORDS["validate-training"], function=call.function)
    return passed(expected=expected, found=", ".join(facts.keys))


JUDGES = {"history": history}

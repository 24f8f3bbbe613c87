"""Criteria on what a model is made of: how many layers of a kind, how many parameters."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from grader.contracts.evidence import Evidence
from grader.contracts.network_facts import ModelFacts
from grader.contracts.protocol import Identifier
from grader.words import Table

from .base import COMMON, LayerNames, Outcome, Spec, call_of, count_text, facts_of, failed, joined, passed

ENGLISH = {
    "too-few-layers": "`{function}` has {found}; this exercise asks for at least {wanted}.",
    "too-many-layers": "`{function}` has {found}; this exercise allows {limit}.",
    "too-many-parameters": "`{function}` has {found}; this exercise allows {limit}. {largest}",
    "too-few-parameters": "`{function}` has {found}; this exercise asks for at least {wanted}.",
    "largest": "Most of them, {parameters:,}, are in the layer `{layer}`.",
    "none-allowed": "none",
}
WORDS = Table("structure", ENGLISH)

Count = Annotated[int, Field(ge=0)]


class _Bounded(Spec):
    of: Identifier
    at_least: Count | None = None
    at_most: Count | None = None

    selectors: ClassVar = {"of": "model"}

    def complain(self) -> tuple[str, str] | None:
        if self.at_least is None and self.at_most is None:
            return "id", "needs `at_least`, `at_most` or both"
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            return "at_least", f"is {self.at_least}, above at_most, {self.at_most}"
        return None


class LayerCount(_Bounded):
    """How many layers of these classes the model has, nested models included."""

    kind: Literal["layer_count"]
    layer: LayerNames


class Parameters(_Bounded):
    """How many parameters the model has, trainable or not."""

    kind: Literal["parameters"]


def layer_count(spec: LayerCount, evidence: Evidence) -> Outcome:
    """Count the layers."""
    counted = [layer.kind for layer in facts_of(evidence, spec.of, ModelFacts).layers if layer.kind in spec.layer]
    kinds = list(dict.fromkeys(counted)) or spec.layer[:1]  # others of the list are as good, but seldom meant
    return _within(spec, evidence, count_text(len(counted), "kind-layer", kind=joined(kinds, "or")), len(counted), "layers")


def parameters(spec: Parameters, evidence: Evidence) -> Outcome:
    """Compare the number of parameters with the limits."""
    facts = facts_of(evidence, spec.of, ModelFacts)
    largest = max(facts.layers, key=lambda layer: layer.parameters, default=None)
    where = WORDS["largest"].format(parameters=largest.parameters, layer=largest.name) if largest else ""
    return _within(spec, evidence, count_text(facts.parameters, "parameter"), facts.parameters, "parameters", largest=where)


def _within(spec: _Bounded, evidence: Evidence, found: str, number: int, what: str, **values: Any) -> Outcome:
    bounds = [(word, limit) for word, limit in (("at-least", spec.at_least), ("at-most", spec.at_most)) if limit is not None]
    expected = joined(COMMON[word].format(limit=f"{limit:,}") for word, limit in bounds)
    values |= {"function": call_of(evidence, spec.of).function}
    if spec.at_least is not None and number < spec.at_least:
        return failed(WORDS, f"too-few-{what}", expected=expected, found=found, wanted=f"{spec.at_least:,}", **values)
    if spec.at_most is not None and number > spec.at_most:
        return failed(
            WORDS,
            f"too-many-{what}",
            expected=expected,
            found=found,
            limit=COMMON["at-most"].format(limit=f"{spec.at_most:,}") if spec.at_most else WORDS["none-allowed"],
            **values,
        )
    return passed(expected=expected, found=found)


JUDGES = {"layer_count": layer_count, "parameters": parameters}

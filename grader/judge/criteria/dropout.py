"""The criterion on which share of its dense part a network drops."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from grader.contracts.evidence import Evidence
from grader.contracts.network_facts import LayerFacts, ModelFacts
from grader.contracts.protocol import Identifier
from grader.words import Table

from .base import Outcome, Spec, call_of, facts_of, failed, joined, passed

ENGLISH = {
    "no-dropout": "`{called}` gives a network without Dropout; put `Dropout(rate)` between its dense layers.",
    "dropout-after-output": "`{called}` drops out answers: its Dropout stands behind the last Dense layer; put it before.",
    "dropout-among-convolutions": (
        "`{called}` drops out among its convolutions only ({kinds}); put `Dropout(rate)` into the dense part, which learns images by heart."
    ),
    "another-kind": "`{called}` uses {kinds}; what drops a share of the units, and nothing else, is `Dropout(rate)`.",
    "share-kept": "`{called}` drops {found} instead of {expected}: the rate is the share that is dropped, not the share that is kept.",
    "several-rates": "`{called}` drops {found} in its dense part; every Dropout there is to drop {expected}.",
    "other-rate": "`{called}` drops {found} of the units of its dense part; {expected} is asked: hand `rate` on, `Dropout(rate)`.",
    "other-default": "Without an argument `{called}` drops {found} of the units; {expected} is asked: `def {function}(rate={rate:g})`.",
    "none": "none",
    "without": "no Dropout",
}
WORDS = Table("dropout", ENGLISH)
OTHER_KINDS = frozenset({"AlphaDropout", "GaussianDropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"})
DROPOUTS = frozenset({"Dropout"}) | OTHER_KINDS
EXACT = 1e-6


class DropoutRate(Spec):
    """Whether the dense part drops this share. `default`: the function was called without a rate."""

    kind: Literal["dropout_rate"]
    of: Identifier
    rate: Annotated[float, Field(ge=0, lt=1)]
    default: bool = False

    selectors: ClassVar = {"of": "model"}


def dropout_rate(spec: DropoutRate, evidence: Evidence) -> Outcome:
    """Compare the rates between the first flat layer and the last Dense one; what is dropped among convolutions is the student's choice."""
    layers = facts_of(evidence, spec.of, ModelFacts).layers
    function = call_of(evidence, spec.of).function
    called = f"{function}()" if spec.default else f"{function}({spec.rate:g})"
    last = max((number for number, layer in enumerate(layers) if layer.kind == "Dense"), default=len(layers))
    dense = [layer for layer in layers[:last] if _is_flat(layer)]
    rates = sorted({rate_of(layer) for layer in dense if layer.kind == "Dropout"})
    expected, found = _percent(spec.rate), joined(map(_percent, rates)) if rates else WORDS["none"]

    def wrong(problem: str, kinds: str = "") -> Outcome:
        return failed(WORDS, problem, expected=expected, found=found, called=called, kinds=kinds, function=function, rate=spec.rate)

    if any(layer.kind in DROPOUTS and rate_of(layer) > 0 for layer in layers[last:]):
        return wrong("dropout-after-output")
    others = _kinds(layer for layer in dense if layer.kind in OTHER_KINDS and rate_of(layer) > 0)
    if others:
        return wrong("another-kind", others)
    if not rates and spec.rate > 0:
        among = _kinds(layer for layer in layers[:last] if layer.kind in DROPOUTS)
        return wrong("dropout-among-convolutions", among) if among else wrong("no-dropout")
    if all(_equal(rate, spec.rate) for rate in rates):
        return passed(expected=expected, found=found if rates else WORDS["without"])
    if len(rates) > 1:
        return wrong("several-rates")
    if _equal(rates[0], 1 - spec.rate):
        return wrong("share-kept")
    return wrong("other-default" if spec.default else "other-rate")


def rate_of(layer: LayerFacts) -> float:
    """Return the share that a layer drops."""
    return float(layer.settings.get("rate") or 0.0)


def _is_flat(layer: LayerFacts) -> bool:
    return layer.input_shape is not None and len(layer.input_shape) == 1


def _equal(one: float, other: float) -> bool:
    return abs(one - other) < EXACT


def _percent(rate: float) -> str:
    return f"{round(100 * rate, 2):g} %"


def _kinds(layers: Iterable[LayerFacts]) -> str:
    kinds = sorted({layer.kind for layer in layers})
    return joined(kinds) if kinds else ""


JUDGES = {"dropout_rate": dropout_rate}

"""One output for each layer of a given model: what each other choice of outputs is called."""

from __future__ import annotations

import pytest

from grader.contracts.evidence import CallEvidence, Evidence, Versions
from grader.contracts.network_facts import LayerFacts, ModelFacts, OutputOrigin
from grader.contracts.verdict import Status
from grader.judge.criteria.given import OutputsEveryLayer, outputs_every_layer

SPEC = OutputsEveryLayer(id="x", title="T", points=1, kind="outputs_every_layer", of="model")
LAYERS = tuple(
    LayerFacts(name=name, kind=kind, input_shape=(8, 8, 3), output_shape=(4,))
    for name, kind in (("conv", "Conv2D"), ("pool", "MaxPooling2D"), ("flat", "Flatten"))
)


def evidence(*given: int | None, input_shape: tuple[int, ...] | None = (8, 8, 3)) -> Evidence:
    outputs = tuple(OutputOrigin(layer="mine", kind="Conv2D", shape=(4, 4, 2), given=number) for number in given)
    facts = ModelFacts(
        model_class="Functional",
        digest="m",
        layers=LAYERS,
        input_shape=input_shape,
        output=None,
        parameters=0,
        trainable_parameters=0,
        multiplications=0,
        compiled=None,
        outputs=outputs,
        given=LAYERS,
    )
    call = CallEvidence(id="model", kind="model", function="look", status="returned", facts=facts)
    return Evidence(
        exercise="x", submission="s", protocol="p", holdout="h", versions=Versions(grader="0", python="3"), calls={"model": call}
    )


def test_every_layer_in_order_passes() -> None:
    assert outputs_every_layer(SPEC, evidence(0, 1, 2)).status is Status.PASSED


@pytest.mark.parametrize(
    ("given", "problem", "says"),
    [
        ((-1, 0, 1, 2), "image-among-outputs", "the image itself as output 1"),
        ((2,), "only-the-last", "one output per layer, 3 outputs"),
        ((1, 2), "first-layer-missing", "the first layer, `conv`"),
        ((0,), "layers-missing", "1 output; there is no output for `pool`, `flat`"),
        ((0, 1), "layers-missing", "no output for `flat`"),
        ((0, None, 2), "foreign-output", "Output 2 of `look`, 4×4×2,"),
        ((0, 0, 1, 2), "twice", "`conv` more than once"),
        ((2, 1, 0), "other-order", "output 1 is that of `flat`"),
        ((0, 2, 1), "other-order", "output 2 is that of `flat`"),
    ],
)
def test_other_outputs_are_named(given: tuple[int | None, ...], problem: str, says: str) -> None:
    outcome = outputs_every_layer(SPEC, evidence(*given))
    assert (outcome.status, outcome.problem) == (Status.FAILED, problem)
    assert says in outcome.message


def test_another_input_is_said_first() -> None:
    outcome = outputs_every_layer(SPEC, evidence(None, None, None, input_shape=(32, 32, 3)))
    assert outcome.problem == "another-input"
    assert "32×32×3" in outcome.message
    assert "8×8×3" in outcome.message

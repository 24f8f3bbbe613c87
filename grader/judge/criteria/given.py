"""Criteria on what a function makes of a model that it was given."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from grader.contracts.evidence import Evidence
from grader.contracts.network_facts import LayerFacts, ModelFacts, OutputOrigin
from grader.contracts.protocol import Identifier
from grader.words import Table

from .base import Outcome, Spec, call_of, count_text, facts_of, failed, passed, size_text

ENGLISH = {
    "another-input": "`{function}` gives back a model for {found}; the given one takes {expected}. Start from its own `inputs`.",
    "only-the-last": "`{function}` gives back only the last layer's output; asked is one output per layer, {expected}.",
    "image-among-outputs": "`{function}` gives back the image itself as output {number}; leave the input layer out: {expected}.",
    "first-layer-missing": "`{function}` leaves out the first layer, `{layer}`: a Sequential model's `layers` hold no input layer to skip.",
    "layers-missing": "`{function}` gives back {found}; there is no output for {missing}.",
    "foreign-output": "Output {number} of `{function}`, {shape}, is what none of the given layers computes; take each layer's `output`.",
    "twice": "`{function}` gives back {found}: `{layer}` more than once.",
    "other-order": "`{function}` gives back every layer's output, but in another order: output {number} is that of `{layer}`.",
    "one-the-image": "{outputs}, one of them the image",
    "one-foreign": "{outputs}, one of them foreign",
    "reordered": "{outputs} in another order",
}
WORDS = Table("given", ENGLISH)


class OutputsEveryLayer(Spec):
    """Whether a model has one output for each layer of the given model, in order, without the input layer."""

    kind: Literal["outputs_every_layer"]
    of: Identifier

    selectors: ClassVar = {"of": "model"}


def outputs_every_layer(spec: OutputsEveryLayer, evidence: Evidence) -> Outcome:
    """Compare the outputs with the layers, one by one."""
    facts = facts_of(evidence, spec.of, ModelFacts)
    layers, outputs = facts.given, facts.outputs
    function, asked = call_of(evidence, spec.of).function, count_text(len(layers), "output")
    made = [output.given for output in outputs]
    if made == list(range(len(layers))):
        return passed(expected=asked, found=asked)
    found = count_text(len(outputs), "output")

    def wrong(problem: str, expected: str = asked, found: str = found, **values: Any) -> Outcome:
        return failed(WORDS, problem, expected=expected, found=found, function=function, **values)

    taken = layers[0].input_shape
    if facts.input_shape != taken:
        return wrong("another-input", expected=size_text(taken), found=size_text(facts.input_shape))
    if -1 in made:
        return wrong("image-among-outputs", found=WORDS["one-the-image"].format(outputs=found), number=made.index(-1) + 1)
    if made == [len(layers) - 1]:
        return wrong("only-the-last")
    if None in made:
        place = made.index(None)
        return wrong(
            "foreign-output", found=WORDS["one-foreign"].format(outputs=found), number=place + 1, shape=size_text(outputs[place].shape)
        )
    missing = [number for number in range(len(layers)) if number not in made]
    if missing:
        problem = "first-layer-missing" if missing == [0] else "layers-missing"
        return wrong(problem, layer=layers[0].name, missing=_names(layers, missing))
    twice = next((number for number in made if made.count(number) > 1), None)
    if twice is not None:
        return wrong("twice", layer=layers[twice].name)
    place = next(place for place, number in enumerate(made) if place != number)
    return wrong("other-order", found=WORDS["reordered"].format(outputs=found), number=place + 1, layer=_layer(layers, outputs[place]))


def _names(layers: tuple[LayerFacts, ...], numbers: list[int]) -> str:
    return ", ".join(f"`{layers[number].name}`" for number in numbers)


def _layer(layers: tuple[LayerFacts, ...], output: OutputOrigin) -> str:
    return layers[output.given].name if output.given is not None else output.layer


JUDGES = {"outputs_every_layer": outputs_every_layer}

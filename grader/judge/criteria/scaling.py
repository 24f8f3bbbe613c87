"""The criterion on what the network sees of a pixel: the pipeline's scaling and the model's own, taken together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from grader.contracts.data_facts import BatchesFacts, PipelineFacts
from grader.contracts.evidence import Evidence
from grader.contracts.network_facts import LayerFacts, ModelFacts
from grader.contracts.protocol import Identifier
from grader.words import Table

from .base import COMMON, Outcome, Spec, call_of, facts_if_any, facts_of, failed, passed, skipped
from .data import nothing_seen

LARGEST = 1.05  # |value| of a pixel under a known map: 1 for 0..1 and -1..1, with room for interpolation
LARGEST_UNKNOWN = 4.0  # where the map is not known: standardised images reach about 2.7
NARROWEST = 0.25  # from black to white: less means scaled twice or by far too much
RAW = 100.0  # pixels as they lie in the file

ENGLISH = {
    "not-scaled": (
        "Pixels of `{function}` reach the network as {found}, not scaled; divide by 255 once: "
        "`rescale=1./255` in the pipeline or a `Rescaling(1./255)` layer in the model."
    ),
    "scaled-to-zero": "In `{function}` every pixel of the {which} images becomes {value}; `rescale` should be `1./255` (`1//255` is 0).",
    "scaled-up": (
        "Pixels of `{function}` reach the network as {found}: they are multiplied instead of divided; `rescale` should be `1./255`."
    ),
    "scaled-twice": "Pixels are scaled twice, by `{function}` and in the model, so the network sees only {found}; keep one of the two.",
    "scaled-too-small": (
        "Pixels of `{function}` reach the network as {found}, hardly different from each other; `rescale` should be `1./255`."
    ),
    "scaled-wrong": "Pixels of `{function}` reach the network as {found}; `rescale` should be `1./255`, which gives 0…1.",
    "rescale-lost": (
        "Training images reach the network as {found}, validation images as {validation}; scale both the same way in `{function}`: "
        "keep `rescale=1./255` when you add augmentation."
    ),
    "scaling-differs": (
        "Training images reach the network as {found}, validation images as {validation}; scale both the same way in `{function}`."
    ),
    "model-unknown": "The pipeline leaves the pixels at 0…255; whether the model scales them can be told when `{function}` works.",
    "then-normalised": "{pixels}, then normalised by the model",
    "normalised": "normalised by the model",
    "scaled": "0…1 or -1…1",
}
WORDS = Table("scaling", ENGLISH)
INSIDE = Table(
    "scaling.inside",
    {
        "not-scaled": (
            "Pixels reach the layers of `{function}` as {found}, not scaled; the images come as 0…255, so begin with `Rescaling(1./255)`."
        ),
        "scaled-twice": "`{function}` scales pixels twice, so its other layers see only {found}; keep one `Rescaling(1./255)`.",
        "scaled-up": "Pixels reach the layers of `{function}` as {found}: they are multiplied instead of divided; use `Rescaling(1./255)`.",
        "scaled-too-small": "Pixels reach the layers of `{function}` as {found}, all alike; use one `Rescaling(1./255)`.",
        "scaled-wrong": "Pixels reach the layers of `{function}` as {found}; `Rescaling(1./255)` gives 0…1.",
    },
)


class PixelsScaled(Spec):
    """Whether pixels reach the network scaled, by the pipeline or by the model's first layers, and only once."""

    kind: Literal["pixels_scaled"]
    of: Identifier
    model: Identifier | None = None

    selectors: ClassVar = {"of": "batches", "model": "model"}


class RescalesInside(Spec):
    """Whether the model itself scales the pixels that the exercise gives it, 0..255."""

    kind: Literal["rescales_inside"]
    of: Identifier

    selectors: ClassVar = {"of": "model"}


@dataclass(frozen=True)
class Range:
    """What black and white become; `known` where it is the map itself, not the smallest and largest value seen."""

    low: float
    high: float
    known: bool

    def then(self, scale: float, offset: float) -> Range:
        """Return this range after another map."""
        ends = sorted((self.low * scale + offset, self.high * scale + offset))
        return Range(ends[0], ends[1], self.known)

    @property
    def largest(self) -> float:
        """Largest absolute value."""
        return max(abs(self.low), abs(self.high))

    def __str__(self) -> str:
        """Return "0…255", "-1…1"."""
        return f"{_number(self.low)}…{_number(self.high)}"

    def like(self, other: Range) -> bool:
        """Return whether both are the same scaling, allowing for values seen by chance."""
        if self.known and other.known:
            return math.isclose(self.low, other.low, abs_tol=0.02) and math.isclose(self.high, other.high, rel_tol=0.02)
        return 0.25 <= (self.largest + 1e-9) / (other.largest + 1e-9) <= 4


def pixels_scaled(spec: PixelsScaled, evidence: Evidence) -> Outcome:
    """Follow black and white through the pipelines and the model's first layers."""
    facts, function = facts_of(evidence, spec.of, BatchesFacts), call_of(evidence, spec.of).function
    expected = WORDS["scaled"]
    unseen = nothing_seen(facts, function, expected)
    if unseen is not None:
        return unseen
    training, validation = pipeline_range(facts.training), pipeline_range(facts.validation)
    for which, seen in (("training", training), ("validation", validation)):
        if seen.low == seen.high:
            return failed(
                WORDS,
                "scaled-to-zero",
                expected=expected,
                found=str(seen),
                function=function,
                which=COMMON[f"{which}-of"],
                value=_number(seen.low),
            )
    if not training.like(validation):
        lost = facts.training.augmented and training.largest >= RAW > validation.largest
        problem = "rescale-lost" if lost else "scaling-differs"
        return failed(WORDS, problem, expected=str(validation), found=str(training), function=function, validation=str(validation))
    model = facts_if_any(evidence, spec.model, ModelFacts)
    inside = model_scaling(model) if model is not None else ()
    if inside is None:
        return passed(expected=expected, found=WORDS["then-normalised"].format(pixels=training))
    seen = training
    for scale, offset in inside:
        seen = seen.then(scale, offset)
    problem = _problem(training, seen, inside)
    if problem == "scaled-twice" and training.largest > LARGEST_UNKNOWN and spec.model is not None:
        call = call_of(evidence, spec.model)
        return failed(INSIDE, problem, expected=expected, found=str(seen), place=call.place, function=call.function)
    if problem == "not-scaled" and model is None and spec.model is not None:
        other = evidence.calls[spec.model].function if spec.model in evidence.calls else spec.model
        return skipped(WORDS["model-unknown"].format(function=other), expected=expected, found=str(seen))
    if problem:
        return failed(WORDS, problem, expected=expected, found=str(seen), function=function)
    return passed(expected=expected, found=str(seen))


def rescales_inside(spec: RescalesInside, evidence: Evidence) -> Outcome:
    """Follow black and white through the model's first layers."""
    expected = WORDS["scaled"]
    inside = model_scaling(facts_of(evidence, spec.of, ModelFacts))
    if inside is None:
        return passed(expected=expected, found=WORDS["normalised"])
    given = seen = pipeline_range(evidence.given) if evidence.given is not None else Range(0, 255, known=True)
    for scale, offset in inside:
        seen = seen.then(scale, offset)
    problem = _problem(given, seen, inside)
    if problem:
        function = call_of(evidence, spec.of).function
        return failed(WORDS | INSIDE, problem, expected=expected, found=str(seen), function=function)
    return passed(expected=expected, found=str(seen))


def _problem(yielded: Range, seen: Range, inside: Sequence[tuple[float, float]]) -> str:
    if seen.low == seen.high:
        return "scaled-too-small"
    if seen.high - seen.low < NARROWEST:
        shrinking = (yielded.largest <= LARGEST_UNKNOWN) + sum(abs(scale) < NARROWEST for scale, _ in inside)
        return "scaled-twice" if shrinking > 1 else "scaled-too-small"
    if seen.largest <= (LARGEST if seen.known else LARGEST_UNKNOWN):
        return ""
    if seen.largest > 2 * 255:
        return "scaled-up"
    return "not-scaled" if seen.largest >= RAW else "scaled-wrong"


def pipeline_range(pipeline: PipelineFacts) -> Range:
    """Return what a pipeline makes of the pixels 0 and 255, or the values seen where no one map explains it."""
    if pipeline.preprocessing is not None:
        return Range(0, 255, known=True).then(pipeline.preprocessing.scale, pipeline.preprocessing.offset)
    return Range(pipeline.low or 0.0, pipeline.high or 0.0, known=False)


def model_scaling(model: ModelFacts) -> tuple[tuple[float, float], ...] | None:
    """Return the maps (scale, offset) of the layers before the first one with weights.

    None where a layer there normalises whatever comes, or does arithmetic whose numbers are not known.
    """
    maps: list[tuple[float, float]] = []
    for layer in model.layers:
        if layer.kind in {"BatchNormalization", "Normalization", "LayerNormalization", "GroupNormalization"}:
            return None
        if layer.parameters:
            break
        if layer.kind == "Rescaling":
            maps.append(_rescaling(layer))
        elif layer.kind == "Operation":
            arithmetic = _arithmetic(layer)
            if arithmetic is None:
                return None
            maps.append(arithmetic)
    return tuple(maps)


def _rescaling(layer: LayerFacts) -> tuple[float, float]:
    scale, offset = (_scalar(layer.settings.get(key), default) for key, default in (("scale", 1.0), ("offset", 0.0)))
    return scale, offset


def _arithmetic(layer: LayerFacts) -> tuple[float, float] | None:
    """Return (scale, offset) of an operation between the image and a number, such as `x / 255.`; None for any other."""
    operation, arguments = layer.settings.get("operation"), list(layer.settings.get("arguments", ()))
    if operation not in {"multiply", "divide", "true_divide", "add", "subtract"} or len(arguments) < 2:
        return None
    first, second = arguments[:2]
    if (first == "tensor") == (second == "tensor"):
        return None
    number = _scalar(second if first == "tensor" else first, 0.0)
    match operation:
        case "multiply":
            return number, 0.0
        case "add":
            return 1.0, number
        case "subtract":
            return (1.0, -number) if first == "tensor" else (-1.0, number)
        case _:
            return (1 / number, 0.0) if first == "tensor" and number else None


def _scalar(value: object, default: float) -> float:
    """Return a number, or the first of several (one per channel)."""
    if isinstance(value, list | tuple) and value:
        value = value[0]
    return float(value) if isinstance(value, int | float) else default


def _number(value: float) -> str:
    return f"{round(value, 4):g}" if abs(value) >= 0.001 else f"{value:.1g}"


JUDGES = {"pixels_scaled": pixels_scaled, "rescales_inside": rescales_inside}

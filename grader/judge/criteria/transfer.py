"""Criteria on a pretrained base: its weights, whether it is frozen, where it is cut, and what a student puts on it."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from grader.contracts.evidence import Evidence
from grader.contracts.network_facts import BaseFacts, LayerFacts, ModelFacts
from grader.contracts.protocol import Identifier
from grader.words import Table

from .base import MissingEvidenceError, Outcome, Spec, call_of, count_text, facts_if_any, facts_of, failed, passed, size_text
from .dropout import DROPOUTS, rate_of

ENGLISH = {
    "another-network": (
        "`{function}` builds another network than {title} without its top, so the weights in the file, which are {title}'s, "
        "do not belong to it."
    ),
    "another-input": (
        "`{function}` builds {title} for images of {found}; the images of this exercise are {expected}: `input_shape={shape}`."
    ),
    "base-not-used": "`{function}` builds nothing on the base that it is given; let your own layers begin with the base's output.",
    "not-loaded": (
        "The base of `{function}` has random weights: none of its layers holds what is in the file; "
        "load it with `pre_trained_model.load_weights(local_weights_file)`."
    ),
    "partly-loaded": "Only {found} of the base of `{function}` hold the file's weights; load them all, and leave them as they are.",
    "base-not-frozen": (
        "The base of `{function}` still has {found}, so training would overwrite what it has learned; "
        "set `layer.trainable = False` for each of its layers."
    ),
    "normalization-not-frozen": (
        "The BatchNormalization layers of the base of `{function}` are not frozen ({found}); freeze them with the others, "
        "or training changes what every layer after them gets."
    ),
    "partly-frozen": "Only a part of the base of `{function}` is frozen: it still has {found}, in {kinds}; freeze all of its layers.",
    "cut-elsewhere": "`{function}` gives back the output of `{found}`; asked is that of `{expected}`.{shapes}",
    "cut-unknown": "`{function}` gives back a tensor that no layer of {title} computes; asked is the output of `{expected}`.",
    "no-head": "`{function}` puts no Dense layer of its own on the features; flatten them and add one for the new classes.",
    "everything-frozen": "Everything in `{function}` is frozen, its own Dense layers too, so nothing can learn; freeze the base only.",
    "head-frozen": (
        "`{function}` freezes its own Dense layers, so nothing new can be learned, and leaves {found} of the base trainable; "
        "it is the other way round: freeze the base only."
    ),
    "head-elsewhere": "`{function}` puts its own layers on the output of {found}, not on what it is given, that of `{expected}`.",
    "no-dropout": "There is no Dropout between the layers that `{function}` puts on the base; add `Dropout(0.2)` before the last one.",
    "dropout-after-output": "`{function}` drops out answers: its Dropout stands behind the last Dense layer; put it before.",
    "rate-too-high": (
        "`Dropout({rate:g})` in `{function}` drops {rate:.0%} of the units; {expected} is asked. The rate is the share that is dropped, "
        "not the share that is kept."
    ),
    "rate-too-low": "`Dropout({rate:g})` in `{function}` drops {rate:.0%} of the units; {expected} is asked.",
    "with-weights": "{title} with the weights from the file",
    "another": "another network",
    "layers-of": "{number} of {layers} layers",
    "none-trainable": "no trainable parameters in the base",
    "another-tensor": "another tensor",
    "same-shape": " Both have the same shape, but not the same features.",
    "other-shape": " It has the shape {shape}, the other one {other}.",
    "own-layers": "layers of your own, trainable",
    "none": "none",
    "all-frozen": "{number}, all frozen",
    "several-layers": "several layers",
    "between": "{low} to {high}",
    "behind-output": "behind the output",
    "without-dropout": "no dropout",
    "given-network": "the given network",
}
WORDS = Table("transfer", ENGLISH)
Rate = Annotated[float, Field(ge=0, le=1)]


class _OfBase(Spec):
    of: Identifier

    selectors: ClassVar = {"of": "model"}


class WeightsLoaded(_OfBase):
    """Whether every layer of the handed-out network holds the file's values; with `up_to_cut`, all before the named layer must be there."""

    kind: Literal["weights_loaded"]
    up_to_cut: bool = True


class BaseFrozen(_OfBase):
    """Whether training would leave the known network alone."""

    kind: Literal["base_frozen"]


class CutAt(Spec):
    """Whether a function picks the output of the layer that the exercise names."""

    kind: Literal["cut_at"]
    of: Identifier

    selectors: ClassVar = {"of": "tensor"}


class OwnHead(_OfBase):
    """Whether there are Dense (or convolution) layers of the student's own, trainable.

    They are to stand on the tensor that was given (the one that `after` gave back), else on the network's end.
    """

    kind: Literal["own_head"]
    after: Identifier | None = None

    selectors: ClassVar = {"of": "model", "after": "tensor"}


class HeadDropout(_OfBase):
    """Whether the student's own layers drop out a share within these limits, before the last one."""

    kind: Literal["head_dropout"]
    at_least: Rate
    at_most: Rate

    def complain(self) -> tuple[str, str] | None:
        """Refuse limits that nothing can lie between."""
        return ("at_least", f"is {self.at_least:g}, above at_most, {self.at_most:g}") if self.at_least > self.at_most else None


def weights_loaded(spec: WeightsLoaded, evidence: Evidence) -> Outcome:
    """Compare how many layers hold the file's values with how many there are."""
    base, values = _base(evidence, spec.of)
    expected = WORDS["with-weights"].format(title=base.title)
    facts = facts_of(evidence, spec.of, ModelFacts)
    if spec.up_to_cut and _left_aside(base, facts):
        return failed(WORDS, "base-not-used", expected=expected, found=WORDS["another"], **values)
    size = facts.input_shape
    if size is not None and base.known and not base.reaches_cut and base.wanted_input not in {None, size}:
        found, wanted = size_text(size), base.wanted_input
        return failed(WORDS, "another-input", expected=size_text(wanted), found=found, shape=wanted, **values)
    if not base.known or base.foreign or (spec.up_to_cut and not base.reaches_cut):
        return failed(WORDS, "another-network", expected=expected, found=WORDS["another"], **values)
    equal = base.equal or 0
    found = WORDS["layers-of"].format(number=equal, layers=base.known)
    if equal < base.known:
        return failed(WORDS, "partly-loaded" if equal else "not-loaded", expected=expected, found=found, **values)
    return passed(expected=expected, found=found)


def base_frozen(spec: BaseFrozen, evidence: Evidence) -> Outcome:
    """Look for parameters of the base that would move."""
    base, values = _base(evidence, spec.of)
    expected = WORDS["none-trainable"]
    facts = facts_of(evidence, spec.of, ModelFacts)
    if _left_aside(base, facts):
        return failed(WORDS, "base-not-used", expected=expected, found=WORDS["another"], **values)
    if not base.known:
        found = count_text(facts.trainable_parameters, "trainable-parameter")
        return failed(WORDS, "base-not-frozen", expected=expected, found=found, **values) if facts.trainable_parameters else passed()
    found = count_text(base.trainable_parameters, "trainable-parameter")
    if not base.unfrozen:
        return passed(expected=expected, found=found)
    moving = sum(base.unfrozen.values())
    problem = "base-not-frozen" if moving == base.known else "partly-frozen"
    if problem == "partly-frozen" and set(base.unfrozen) == {"BatchNormalization"}:
        problem = "normalization-not-frozen"
    kinds = ", ".join(count_text(count, "kind-layer", kind=kind) for kind, count in base.unfrozen.items())
    return failed(WORDS, problem, expected=expected, found=found, kinds=kinds, **values)


def cut_at(spec: CutAt, evidence: Evidence) -> Outcome:
    """Compare the layer that computes the tensor with the one that is named."""
    base, values = _base(evidence, spec.of)
    wanted = base.wanted_cut
    if base.cut == wanted:
        return passed(expected=wanted, found=wanted)
    facts = facts_of(evidence, spec.of, ModelFacts)
    if base.cut is None or any(layer.part == "head" and layer.parameters for layer in facts.layers):
        return failed(WORDS, "cut-unknown", expected=wanted, found=WORDS["another-tensor"], **values)
    shape = facts.output.shape if facts.output is not None else None
    same = "same-shape" if base.cut_shape == base.wanted_shape else "other-shape"
    shapes = WORDS[same].format(shape=size_text(shape), other=size_text(base.wanted_shape))
    return failed(WORDS, "cut-elsewhere", expected=wanted, found=base.cut, shapes=shapes, **values)


def own_head(spec: OwnHead, evidence: Evidence) -> Outcome:
    """Look at the layers that are computed from the base."""
    base, values = _base(evidence, spec.of)
    facts = facts_of(evidence, spec.of, ModelFacts)
    if _left_aside(base, facts):
        return failed(WORDS, "base-not-used", expected=WORDS["own-layers"], found=WORDS["another"], **values)
    learning = [layer for layer in head(facts) if layer.kind == "Dense" or "Conv" in layer.kind]
    expected = WORDS["own-layers"]
    if not learning:
        return failed(WORDS, "no-head", expected=expected, found=WORDS["none"], **values)
    if not any(layer.trainable for layer in learning):
        if base.trainable_parameters:
            moving = count_text(base.trainable_parameters, "parameter")
            return failed(WORDS, "head-frozen", expected=expected, found=moving, **values)
        return failed(WORDS, "everything-frozen", expected=expected, found=WORDS["all-frozen"].format(number=len(learning)), **values)
    picked = facts_if_any(evidence, spec.after, ModelFacts)
    wanted = (picked.base.cut if picked is not None and picked.base is not None else None) or base.wanted_cut
    if base.known and base.cut != wanted:
        found = f"`{base.cut}`" if base.cut else WORDS["several-layers"]
        return failed(WORDS, "head-elsewhere", expected=wanted, found=found, **values)
    return passed(expected=expected, found=count_text(len(learning), "layer"))


def head_dropout(spec: HeadDropout, evidence: Evidence) -> Outcome:
    """Compare the rates in the head with the limits."""
    _, values = _base(evidence, spec.of)
    layers = head(facts_of(evidence, spec.of, ModelFacts))
    last = max((number for number, layer in enumerate(layers) if layer.kind == "Dense"), default=len(layers))
    rates = [rate_of(layer) for layer in layers[:last] if layer.kind in DROPOUTS]
    expected = WORDS["between"].format(low=f"{spec.at_least:.0%}", high=f"{spec.at_most:.0%}")
    if not rates:
        behind = [rate_of(layer) for layer in layers[last:] if layer.kind in DROPOUTS]
        problem = "dropout-after-output" if behind else "no-dropout"
        return failed(WORDS, problem, expected=expected, found=WORDS["behind-output" if behind else "without-dropout"], **values)
    worst = max(rates) if max(rates) > spec.at_most else min(rates)
    if not spec.at_least <= worst <= spec.at_most:
        problem = "rate-too-high" if worst > spec.at_most else "rate-too-low"
        return failed(WORDS, problem, expected=expected, found=f"{worst:.0%}", rate=worst, **values)
    return passed(expected=expected, found=", ".join(f"{rate:.0%}" for rate in rates))


def head(facts: ModelFacts) -> tuple[LayerFacts, ...]:
    """Return the layers that are computed from the base; of a network that is not known, those after its last convolution or pooling."""
    own = tuple(layer for layer in facts.layers if layer.part == "head")
    if own or (facts.base is not None and facts.base.known):
        return own
    ends = [number for number, layer in enumerate(facts.layers) if "Conv" in layer.kind or "Pooling" in layer.kind]
    return facts.layers[ends[-1] + 1 :] if ends else facts.layers


def _left_aside(base: BaseFacts, facts: ModelFacts) -> bool:
    """Whether nothing of the network that the function was given is in what it returned, and no other one in its place."""
    return not base.known and (not base.network or len(head(facts)) == len(facts.layers))


def _base(evidence: Evidence, call: str) -> tuple[BaseFacts, dict[str, Any]]:
    """Return the facts of the base, and what every sentence may name."""
    base = facts_of(evidence, call, ModelFacts).base
    if base is None:
        raise MissingEvidenceError(f"no known network was looked for in what the call {call!r} returned")
    return base, {"function": call_of(evidence, call).function, "title": base.title or WORDS["given-network"]}


JUDGES = {
    "weights_loaded": weights_loaded,
    "base_frozen": base_frozen,
    "cut_at": cut_at,
    "own_head": own_head,
    "head_dropout": head_dropout,
}

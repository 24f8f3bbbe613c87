"""Criteria on output sizes: of one layer, of layers in a row, and computed by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import Field

from grader.contracts.base import Frozen
from grader.contracts.data_facts import AnsweredCase, TableFacts
from grader.contracts.evidence import Evidence
from grader.contracts.network_facts import LayerFacts, ModelFacts, Shape
from grader.contracts.protocol import Identifier
from grader.words import Table

from .base import COMMON, LayerNames, MissingEvidenceError, Outcome, Spec, answer_text, call_of, facts_of, failed, joined, passed, size_text

Side = Annotated[int, Field(ge=1)]
Setting = int | str | tuple[int, ...]

ENGLISH = {
    "no-input-shape": "`{function}` does not declare its input; start it with `Input(shape={shape})`.",
    "input-shape": "`{function}` takes images of {found}; this exercise asks for {expected}: `Input(shape={shape})`.",
    "channels": "`{function}` takes {found}, but colour images have 3 channels: `Input(shape={shape})`.",
    "layer-missing": "`{function}` has no {layer} layer.",
    "convolution-before-pooling": (
        "`{function}` pools after a convolution, so it gives {found}; this model pools the {input} image itself, which gives {expected}."
    ),
    "wrong-order": "`{function}` chains {found}; this exercise asks for {expected}, in this order.",
    "extra-layers": "`{function}` has {found}; this exercise asks for {expected} and nothing else that changes the size.",
    "setting": "The {layer} layer of `{function}` has {setting} {found_setting}, which gives {found}; {wanted_setting} is asked.",
    "padding-same": (
        "`{function}` uses padding='same' in its {layer} layer, which keeps {found}; without padding the {input} input becomes {expected}."
    ),
    "strides": "The {layer} layer of `{function}` has strides {found_setting}, which gives {found} instead of {expected}.",
    "dilation": "The {layer} layer of `{function}` has dilation_rate {found_setting}, which gives {found} instead of {expected}.",
    "output-size": "The {layer} layer of `{function}` gives {found}; {expected} is asked.",
    "answer-raised": "`{call}` raised {found}; the answer is {expected}.",
    "answer-type": "`{call}` returned {found}; the answer is the whole number {expected}.",
    "padding-ignored": "`{call}` returned {found}, which is right for padding='{other}'; with padding='{padding}' it is {expected}.",
    "stride-ignored": "`{call}` returned {found} because it leaves the stride out; moving by {stride} gives {expected}.",
    "off-by-one": "`{call}` returned {found} instead of {expected}: count the positions of the window, not the steps between them.",
    "kernel-ignored": "`{call}` returned {found} because it leaves the kernel out; a window of {kernel} gives {expected}.",
    "rounding": "`{call}` returned {found} instead of {expected}: {how}.",
    "wrong-answer": "`{call}` returned {found}; Keras gives {expected}.",
    "no-such-layer": "no such layer",
    "rounding-valid": "the window must stay inside, so a last step that does not fit counts nothing (round down)",
    "rounding-same": "a last, shorter step counts as a step (round up)",
}
WORDS = Table("shapes", ENGLISH)


class Link(Frozen):
    """A layer, its settings, and the height and width it gives."""

    layer: LayerNames
    settings: dict[str, Setting] = Field(default_factory=dict)
    size: tuple[Side, Side]


class _Sized(Spec):
    of: Identifier
    input_shape: tuple[Side, Side, Side] | None = None
    only: bool = False  # no other layer may convolve, pool, pad, crop or resize

    selectors: ClassVar = {"of": "model"}


class LayerOutput(_Sized):
    """One layer, and the size that it gives."""

    kind: Literal["layer_output"]
    layer: LayerNames
    settings: dict[str, Setting] = Field(default_factory=dict)
    size: tuple[Side, Side]


class LayerOutputChain(_Sized):
    """Layers in a row, each with the size that it gives."""

    kind: Literal["layer_output_chain"]
    chain: Annotated[tuple[Link, ...], Field(min_length=1)]


class OutputSizes(Spec):
    """Whether a function computes output sizes along one axis as Keras does; its parameters are size, kernel, stride, padding."""

    kind: Literal["output_sizes"]
    of: Identifier
    padding: Literal["valid", "same"] | None = None  # judge only the cases with this padding

    selectors: ClassVar = {"of": "table"}


def layer_output(spec: LayerOutput, evidence: Evidence) -> Outcome:
    """Compare the one layer with what is asked."""
    return _chain(spec, (Link(layer=spec.layer, settings=spec.settings, size=spec.size),), evidence)


def layer_output_chain(spec: LayerOutputChain, evidence: Evidence) -> Outcome:
    """Compare the layers in a row with what is asked."""
    return _chain(spec, spec.chain, evidence)


def _chain(spec: _Sized, chain: tuple[Link, ...], evidence: Evidence) -> Outcome:
    facts = facts_of(evidence, spec.of, ModelFacts)
    function = call_of(evidence, spec.of).function
    wrong_input = _input(spec, facts, function)
    if wrong_input is not None:
        return wrong_input
    layers = [layer for layer in facts.layers if _changes_size(layer)]
    wanted, had = " → ".join(link.layer[0] for link in chain), " → ".join(layer.kind for layer in layers) or WORDS["no-such-layer"]
    chosen = _choose(chain, layers)
    if chosen is None:
        missing = next((link for link in chain if not any(layer.kind in link.layer for layer in layers)), None)
        if missing is not None:
            layer = joined(missing.layer, "or")
            return failed(WORDS, "layer-missing", expected=wanted, found=had, function=function, layer=layer)
        return failed(WORDS, "wrong-order", expected=wanted, found=had, function=function)
    if spec.only and len(layers) > len(chain):
        first = layers.index(chosen[0])
        if len(chain) == 1 and "Pool" in chosen[0].kind and any("Conv" in layer.kind for layer in layers[:first]):
            source, given = size_text(spec.input_shape and spec.input_shape[:2]), size_text(_size(chosen[0]))
            values: dict[str, Any] = {"expected": size_text(chain[0].size), "found": given, "input": source, "function": function}
            return failed(WORDS, "convolution-before-pooling", **values)
        return failed(WORDS, "extra-layers", expected=wanted, found=had, function=function)
    for link, played in zip(chain, chosen, strict=True):
        wrong = _link(link, played, function)
        if wrong is not None:
            return wrong
    return passed(expected=_sizes(link.size for link in chain), found=_sizes(_size(layer) for layer in chosen))


def _input(spec: _Sized, facts: ModelFacts, function: str) -> Outcome | None:
    wanted, found = spec.input_shape, facts.input_shape
    if wanted is None or found == wanted:
        return None
    problem = "no-input-shape" if found is None else "channels" if found[:2] == wanted[:2] else "input-shape"
    return failed(WORDS, problem, expected=size_text(wanted), found=size_text(found), function=function, shape=wanted)


def _choose(chain: tuple[Link, ...], layers: list[LayerFacts]) -> list[LayerFacts] | None:
    """Return the layers that play the links, in order; where several could, the ones that give the wanted size."""
    chosen: list[LayerFacts] = []
    start = 0
    for link in chain:
        candidates = [i for i in range(start, len(layers)) if layers[i].kind in link.layer]
        if not candidates:
            return None
        best = next((i for i in candidates if _size(layers[i]) == link.size), candidates[0])
        chosen.append(layers[best])
        start = best + 1
    return chosen


def _link(link: Link, layer: LayerFacts, function: str) -> Outcome | None:
    size = _size(layer)
    values: dict[str, Any] = {"function": function, "layer": layer.kind}
    for setting, wanted in link.settings.items():
        found = layer.settings.get(setting)
        if _plain(found) != _plain(wanted):
            values |= {"setting": setting, "found_setting": _text(found), "wanted_setting": _text(wanted)}
            return failed(WORDS, "setting", expected=size_text(link.size), found=size_text(size), **values)
    if size == link.size:
        return None
    values["input"] = size_text(layer.input_shape[:2] if layer.input_shape else None)
    windows = _plain(layer.settings.get("pool_size")) if "Pool" in layer.kind else (1, 1)
    if layer.settings.get("padding") == "same" and "Conv" in layer.kind:
        problem = "padding-same"
    elif _plain(layer.settings.get("strides")) not in {None, windows}:
        problem, values["found_setting"] = "strides", _text(layer.settings.get("strides"))
    elif _plain(layer.settings.get("dilation_rate")) not in {None, (1, 1)}:
        problem, values["found_setting"] = "dilation", _text(layer.settings.get("dilation_rate"))
    else:
        problem = "output-size"
    return failed(WORDS, problem, expected=size_text(link.size), found=size_text(size), **values)


def _changes_size(layer: LayerFacts) -> bool:
    return any(part in layer.kind for part in ("Conv", "Pool", "Padding", "Cropping", "UpSampling", "Resizing", "Crop"))


def _size(layer: LayerFacts) -> tuple[int | None, ...] | None:
    """Return height and width of a layer's output, or its whole shape where it is no image."""
    shape = layer.output_shape
    return shape[:2] if shape is not None and len(shape) == 3 else shape


def _plain(value: object) -> object:
    """Return a setting so that 3, [3, 3] and (3, 3) compare equal."""
    if isinstance(value, int) and not isinstance(value, bool):
        return (value, value)
    return tuple(value) if isinstance(value, list | tuple) else value


def _text(value: object) -> str:
    plain = _plain(value)
    return "×".join(map(str, plain)) if isinstance(plain, tuple) else repr(plain)


def _sizes(sizes: Iterable[Shape | None]) -> str:
    return " → ".join(size_text(size) for size in sizes)


class Window(NamedTuple):
    """One case: pixels of the input, of the window, by how many it moves, and whether the border is filled up."""

    size: int
    kernel: int
    stride: int
    padding: str


def output_size(case: Window) -> int:
    """Return the output size along one axis as Keras computes it (https://keras.io/api/layers/pooling_layers/max_pooling2d/)."""
    return _ceil(case.size, case.stride) if case.padding == "same" else (case.size - case.kernel) // case.stride + 1


def _ceil(number: int, by: int) -> int:
    return -(-number // by)


# What people compute instead; the first that gives every answer chooses the sentence.
WRONG_FORMULAS: dict[str, Callable[[Window], int]] = {
    "padding-ignored": lambda case: output_size(case._replace(padding="valid" if case.padding == "same" else "same")),
    "stride-ignored": lambda case: output_size(case._replace(stride=1)),
    "off-by-one": lambda case: output_size(case) - 1,
    "kernel-ignored": lambda case: case.size // case.stride,
    "rounding": lambda case: case.size // case.stride if case.padding == "same" else _ceil(case.size - case.kernel, case.stride) + 1,
}


def output_sizes(spec: OutputSizes, evidence: Evidence) -> Outcome:
    """Compare every answer; the wrong formula that explains all answers chooses the sentence."""
    facts = facts_of(evidence, spec.of, TableFacts)
    function = call_of(evidence, spec.of).function
    rows = [row for row in facts.rows if spec.padding in {None, row.arguments["padding"]}]
    wrong = [row for row in rows if not _right(row)]
    expected = COMMON["all-right"].format(number=len(rows))
    if not wrong:
        return passed(expected=expected, found=expected)
    row = wrong[0]
    answer = row.error or answer_text(row)
    arguments = ", ".join(repr(value) for value in row.arguments.values())
    problem, values = _explain(row, rows)
    return failed(
        WORDS,
        problem,
        expected=str(output_size(_window(row))),
        found=answer,
        call=f"{function}({arguments})",
        details={"cases": len(rows), "wrong": len(wrong)},
        **values,
    )


def _window(row: AnsweredCase) -> Window:
    size, kernel, stride, padding = (row.arguments[name] for name in Window._fields)
    if not (isinstance(size, int) and isinstance(kernel, int) and isinstance(stride, int)):
        raise MissingEvidenceError(f"a case of {row.arguments} has no whole numbers")
    return Window(size, kernel, stride, str(padding))


def _right(row: AnsweredCase) -> bool:
    number = isinstance(row.value, int | float) and not isinstance(row.value, bool)
    return not row.error and number and row.value == output_size(_window(row))


def _explain(row: AnsweredCase, rows: list[AnsweredCase]) -> tuple[str, dict[str, Any]]:
    """Return the problem, and what its sentence needs."""
    window = _window(row)
    values = {**window._asdict(), "other": "valid" if window.padding == "same" else "same", "how": WORDS[f"rounding-{window.padding}"]}
    if row.error:
        return "answer-raised", values
    if isinstance(row.value, bool) or not isinstance(row.value, int | float) or row.value != row.value // 1:
        return "answer-type", values
    for problem, formula in WRONG_FORMULAS.items():
        applies = problem != "kernel-ignored" or window.padding == "valid"  # with "same" the kernel does not matter
        if applies and all(other.value == formula(_window(other)) for other in rows):
            return problem, values
    return "wrong-answer", values


JUDGES = {"layer_output": layer_output, "layer_output_chain": layer_output_chain, "output_sizes": output_sizes}

"""How each tensor of a network is computed, from the image on, as a key: equal keys mean equal computations.

Names and weights play no part, nor whether layers stand in a nested model, are called again or made anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from grader.contracts.base import Frozen, digest
from grader.examine.canonical import CanonicalLayer, CanonicalModel, Tensor

Path = tuple[int, ...]  # numbers of the nested models around a layer, then its own


class Applied(NamedTuple):
    """One application of a layer that is no model itself."""

    path: Path
    layer: CanonicalLayer
    inputs: tuple[str, ...]
    output: str


class Computation(NamedTuple):
    """Every application, those within nested models in place, and the keys of what each top-level call and the model itself give."""

    applied: tuple[Applied, ...]
    calls: tuple[tuple[str, ...], ...]
    ends: tuple[str, ...]


def compute(model: CanonicalModel, inputs: Sequence[str], begins: tuple[int, str] | None = None) -> Computation:
    """Follow a model from keys for its inputs. `begins`: a call whose first output gets this key, however it is computed."""
    applied: list[Applied] = []
    calls = _follow(model, inputs, (), applied, begins)
    return Computation(tuple(applied), tuple(calls), _ends(model, inputs, calls))


def input_keys(model: CanonicalModel) -> list[str]:
    """Return a key for each input: which one it is, its shape and type."""
    return [digest(["input", number, source.model_dump(mode="json")]) for number, source in enumerate(model.inputs)]


def _follow(
    model: CanonicalModel, inputs: Sequence[str], around: Path, applied: list[Applied], begins: tuple[int, str] | None = None
) -> list[tuple[str, ...]]:
    made: list[tuple[str, ...]] = []

    def key(argument: Any) -> Any:
        if isinstance(argument, Tensor):
            return inputs[argument.output] if argument.call is None else made[argument.call][argument.output]
        if isinstance(argument, tuple):
            return [key(item) for item in argument]
        return argument.model_dump(mode="json") if isinstance(argument, Frozen) else argument

    for number, call in enumerate(model.calls):
        layer = model.layers[call.layer]
        path = (*around, call.layer)
        arguments = [key(argument) for argument in call.arguments]
        tensors = [a for a in call.arguments for a in (a if isinstance(a, tuple) else (a,)) if isinstance(a, Tensor)]
        given = tuple(key(tensor) for tensor in tensors)
        if layer.model is None:
            outputs: tuple[str, ...] = (digest([layer.kind, layer.config, arguments]),)
        else:
            outputs = _ends(layer.model, given, _follow(layer.model, given, path, applied))
        if begins is not None and begins[0] == number:
            outputs = (begins[1], *outputs[1:])
        if layer.model is None:
            applied.append(Applied(path, layer, given, outputs[0]))
        made.append(outputs)
    return made


def _ends(model: CanonicalModel, inputs: Sequence[str], made: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(inputs[end.output] if end.call is None else made[end.call][end.output] for end in model.outputs)

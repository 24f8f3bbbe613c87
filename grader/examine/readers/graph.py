"""Reads how a functional model's layers are connected: their calls, the references between these, and an order to compute them in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grader.examine.canonical import Argument, CanonicalLayer, Constant, Index, RejectedError, Slice, Tensor
from grader.examine.layers import SEEDED
from grader.examine.operations import BY_FUNCTION, constant
from grader.examine.settings import BadValueError, Number, refuse

MAX_INDEX = 100_000
MAX_TENSORS = 200  # joined by one layer


@dataclass(frozen=True)
class Reference:
    """An output of one application of a layer, as Keras' history names it."""

    layer: str
    application: int
    tensor: int


@dataclass(frozen=True)
class Made:
    """What an application of a layer, or one of the model's inputs, has made."""

    first: Tensor
    outputs: int = 1


References = Mapping[tuple[str, int], Made]


@dataclass(frozen=True)
class Node:
    """A layer's entry in the config and its applications."""

    entry: dict[str, Any]
    applications: tuple[dict[str, Any], ...]  # {"args": [...], "kwargs": {...}}


def malformed(why: str) -> RejectedError:
    """Return the refusal of a graph that no Keras would have written."""
    return refuse("malformed-config", f"The model's config cannot be read: {why}.")


def read_nodes(entries: list[Any]) -> dict[str, Node]:
    """Return the layers of a functional config by their names."""
    nodes: dict[str, Node] = {}
    for entry in entries:
        name = entry.get("name") if isinstance(entry, dict) else None
        applications = entry.get("inbound_nodes") if isinstance(entry, dict) else None
        if not isinstance(name, str) or name in nodes or not isinstance(applications, list):
            raise malformed("a layer has no name of its own or no inputs")
        for application in applications:
            if (
                not isinstance(application, dict)
                or not isinstance(application.get("args"), list)
                or not isinstance(application.get("kwargs"), dict)
            ):
                raise malformed("a layer is called in an unknown way")
        nodes[name] = Node(entry, tuple(applications))
    return nodes


def read_outputs(value: Any) -> tuple[Reference, ...]:
    """Return the references of `input_layers` or `output_layers`: one, a list, or a dict of them."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        raise malformed("its inputs and outputs cannot be told")
    if len(value) == 3 and isinstance(value[0], str):
        return (_reference(value),)
    if len(value) > MAX_TENSORS:
        raise refuse("too-many-outputs", f"The model has {len(value)} inputs or outputs; at most {MAX_TENSORS} are accepted.")
    return tuple(_reference(item) for item in value)


def topological(
    nodes: Mapping[str, Node], outputs: tuple[Reference, ...], known: set[tuple[str, int]], most: int
) -> Iterator[tuple[str, int]]:
    """Yield (layer, application) in the order in which the outputs need them; the order depends on the graph alone."""
    done = set(known)
    opened: set[tuple[str, int]] = set()
    stack = [(o.layer, o.application) for o in reversed(outputs)]
    while stack:
        key = stack[-1]
        if key in done:
            stack.pop()
            continue
        node = nodes.get(key[0])
        if node is None or not 0 <= key[1] < len(node.applications):
            raise malformed("a layer takes its input from nowhere")
        needed = [(r.layer, r.application) for r in _references(node.applications[key[1]])]
        missing = [n for n in needed if n not in done]
        if not missing:
            stack.pop()
            done.add(key)
            if len(done) > most:
                raise refuse("too-many-layers", f"The model calls its layers more than {most:,} times.")
            yield key
        elif key in opened:
            raise malformed("its layers go round in a circle")
        else:
            opened.add(key)
            stack.extend(reversed(missing))


def read_arguments(application: dict[str, Any], layer: CanonicalLayer, references: References) -> tuple[tuple[Argument, ...], bool | None]:
    """Return the canonical arguments of one call and its `training=`."""
    arguments = list(application["args"])
    keywords = {key: value for key, value in application["kwargs"].items() if value is not None}
    if not arguments:
        arguments = [keywords.pop(key) for key in ("inputs", "x", "x1", "xs") if key in keywords][:1]
        if "x2" in keywords:
            arguments.append(keywords.pop("x2"))
    training = keywords.pop("training", None)
    if keywords or not (training is None or isinstance(training, bool)) or (training is not None and layer.operation):
        raise refuse(
            "unsupported-call",
            f"The layer {layer.label!r} is called with arguments other than its input and `training`; those cannot be graded.",
            layer.label,
        )
    if layer.kind in SEEDED:
        training = None  # what Keras writes down is the default of the layer's `call`; `fit` and `predict` override it
    read = tuple(_argument(value, layer, position, references) for position, value in enumerate(arguments))
    tensors = [a for a in read if isinstance(a, Tensor | tuple)]
    if layer.operation:
        operation = BY_FUNCTION[layer.kind]
        fits = operation.tensors[0] <= len(read) <= operation.tensors[1] and operation.many == isinstance(read[0], tuple)
    else:
        fits = len(read) == len(tensors) and (len(read) == 1 or layer.model is not None)
    if not tensors or not fits:
        raise malformed(f"the layer {layer.label!r} gets no input that it could take")
    return read, training


def _argument(value: Any, layer: CanonicalLayer, position: int, references: References) -> Argument:
    kind = value.get("class_name") if isinstance(value, dict) else None
    if kind == "__keras_tensor__":
        return resolve(_history(value), references)
    if layer.kind == "get_item" and position == 1:
        return _index(value)
    if isinstance(value, list) and value and all(isinstance(v, dict) and v.get("class_name") == "__keras_tensor__" for v in value):
        if len(value) > MAX_TENSORS:
            raise malformed("a layer joins too many tensors")
        return tuple(resolve(_history(item), references) for item in value)
    if kind in ("__tensor__", "__numpy__") or isinstance(value, list):
        inner = value
        if isinstance(value, dict):
            inner = value["config"].get("value") if isinstance(value.get("config"), dict) else None
        numbers = constant(inner) if layer.operation else None
        if numbers is None:
            raise refuse(
                "constant-weights",
                f"The model holds an array of its own (in {layer.label!r}); only single numbers, as in `x / 255.`, or one per channel are "
                "accepted, because every network starts from the grader's own random weights.",
                layer.label,
            )
        return Constant(values=numbers)
    if layer.operation and isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = Number().read(value)
        except BadValueError as error:
            raise refuse("bad-setting", f"The operation {layer.label!r} takes {error}.", layer.label) from None
        return int(value) if isinstance(value, int) else number
    raise malformed(f"the layer {layer.label!r} is called in an unknown way")


def _index(value: Any) -> Index:
    items = value if isinstance(value, list) else [value]
    if not 1 <= len(items) <= 6:
        raise malformed("it indexes a tensor in an unknown way")
    return Index(key=tuple(_index_item(item) for item in items))


def _index_item(value: Any) -> Any:
    if value is None or _small(value):
        return value
    if isinstance(value, dict) and value.get("class_name") == "__ellipsis__":
        return "..."
    if isinstance(value, dict) and value.get("class_name") == "__slice__" and isinstance(value.get("config"), dict):
        parts = [value["config"].get(key) for key in ("start", "stop", "step")]
        if all(part is None or _small(part) for part in parts) and parts[2] != 0:
            return Slice(start=parts[0], stop=parts[1], step=parts[2])
    raise malformed("it indexes a tensor in an unknown way")


def _small(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_INDEX


def resolve(reference: Reference, references: References) -> Tensor:
    """Return the canonical tensor that a reference names."""
    made = references[reference.layer, reference.application]
    if reference.tensor >= made.outputs:
        raise malformed("it uses an output that a layer does not have")
    return made.first if made.first.call is None else Tensor(call=made.first.call, output=reference.tensor)


def _history(value: dict[str, Any]) -> Reference:
    config = value.get("config")
    return _reference(config.get("keras_history") if isinstance(config, dict) else None)


def _reference(value: Any) -> Reference:
    if not isinstance(value, list) or len(value) != 3 or not isinstance(value[0], str) or not all(_small(v) and v >= 0 for v in value[1:]):
        raise malformed("a layer takes its input from nowhere")
    return Reference(*value)


def _references(application: dict[str, Any]) -> list[Reference]:
    """Return the tensors that one call needs, in order, wherever they stand among its arguments."""
    found = []
    waiting = [*application["args"], *(application["kwargs"][key] for key in sorted(application["kwargs"]))][::-1]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
            found.append(_history(value))
        elif isinstance(value, list):
            waiting.extend(reversed(value))
    return found

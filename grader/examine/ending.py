"""How a network ends: the activation that its outputs really have, seen through layers that only reorder or drop values."""

from __future__ import annotations

from typing import NamedTuple

from grader.contracts.network_facts import OutputFacts
from grader.examine.canonical import CanonicalLayer, CanonicalModel, Shape, Tensor
from grader.examine.objects import snake
from grader.examine.operations import ACTIVATION_FUNCTIONS

_ACTIVATION_LAYERS = {"ReLU": "relu", "LeakyReLU": "leaky_relu", "ELU": "elu", "Softmax": "softmax", "PReLU": "prelu"}
_TRANSPARENT = frozenset(
    {
        "Flatten",
        "Reshape",
        "Identity",
        "Permute",
        "ActivityRegularization",
        "Dropout",
        "AlphaDropout",
        "GaussianDropout",
        "SpatialDropout1D",
    }
    | {"SpatialDropout2D", "reshape", "squeeze", "expand_dims", "cast"}
)


def own_activation(layer: CanonicalLayer) -> str | None:
    """Return the activation that a layer itself applies: "relu", "linear", ...; None where it has none to speak of."""
    if layer.operation:
        return layer.kind if layer.kind in ACTIVATION_FUNCTIONS else None
    if layer.kind in _ACTIVATION_LAYERS:
        return _ACTIVATION_LAYERS[layer.kind]
    given = layer.config.get("activation")
    if isinstance(given, dict):
        return _ACTIVATION_LAYERS.get(given["kind"], snake(given["kind"]))
    return given


class _End(NamedTuple):
    layer: CanonicalLayer | None  # None: the model's input itself
    activation: str | None
    source: int = 0  # which input, where `layer` is None


def output_facts(model: CanonicalModel, shapes: tuple[Shape, ...]) -> OutputFacts | None:
    """Return the facts of the only output; None where there are several or where shapes are unknown."""
    if len(model.outputs) != 1 or not shapes:
        return None
    end = _trace(model, model.outputs[0], None)
    name = "" if end.layer is None else end.layer.label or end.layer.id
    return OutputFacts(shape=shapes[0], activation=end.activation or "linear", layer=name)


def _trace(model: CanonicalModel, tensor: Tensor, activation: str | None) -> _End:
    """Follow a tensor back to the layer that made its values; the last activation that is not linear counts."""
    while tensor.call is not None:
        call = model.calls[tensor.call]
        layer = model.layers[call.layer]
        first = call.arguments[0]
        if layer.model is not None:
            inner = _trace(layer.model, layer.model.outputs[tensor.output], activation)
            if inner.layer is not None:
                return inner
            activation = inner.activation
            given = [t for a in call.arguments for t in (a if isinstance(a, tuple) else (a,)) if isinstance(t, Tensor)]
            tensor = given[inner.source]
            continue
        if activation is None:
            found = own_activation(layer)
            activation = None if found == "linear" else found
        through = (
            layer.kind in _TRANSPARENT
            or layer.kind in _ACTIVATION_LAYERS
            or layer.kind in ACTIVATION_FUNCTIONS
            or layer.kind == "Activation"
        )
        if not through or not isinstance(first, Tensor):
            return _End(layer, activation)
        tensor = first
    return _End(None, activation, tensor.output)

"""Reads a model's config, as JSON that may be lying, into the canonical form: an allow-list, value by value.

Whatever is not understood is refused with a sentence for the student. Nothing of the config is ever given to Keras as it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from grader.examine.canonical import (
    CanonicalCall,
    CanonicalInput,
    CanonicalLayer,
    CanonicalModel,
    Constant,
    RejectedError,
    Tensor,
)
from grader.examine.layers import LAYERS, SIZE
from grader.examine.objects import built_in
from grader.examine.operations import OPERATIONS
from grader.examine.readers.graph import Made, Node, Reference, malformed, read_arguments, read_nodes, read_outputs, resolve, topological
from grader.examine.settings import BadValueError, Integer, Optional, Sequence, printable, read_config, refuse, shown

MAX_LAYERS = 1_000
MAX_CALLS = 2_000
MAX_CHAIN = 600  # layers one after the other; Keras goes down such a chain by recursion
MAX_DEPTH = 6  # models within models
MAX_NUMBERS = 150  # different numbers in constants and initialisers; more could be weights in disguise

_ACCEPTED = "A graded model is a Sequential or functional model of Keras' own layers, such as Conv2D, MaxPooling2D, Flatten and Dense."
_LEGACY = "keras._legacy.layers"  # where `tf.keras.layers` has AlphaDropout from
_MODEL_MODULES = ("keras", "keras.models", "keras.src.models.functional", "keras.src.models.sequential", "keras.src.models.model")
_POLICIES = {
    "float32": "",
    "mixed_float16": "mixed",
    "mixed_bfloat16": "mixed",
    "float16": "mixed",
    "bfloat16": "mixed",
    "float64": "mixed",
}
_DTYPES = ("float32", "uint8", "int32")
_INPUT_SHAPE = Sequence(Optional(Integer(1, SIZE)), 0, 5)


class ModelReader:
    """Reads one model; `other_precision` then tells whether some layer asked for another precision than float32."""

    def __init__(self) -> None:
        self.other_precision = False
        self._layers = 0

    def read(self, config: Any) -> CanonicalModel:
        """Return the canonical model of `json.loads(model.to_json())`; raises `RejectedError`."""
        if _model_kind(config) is None:
            raise _not_built_in(config, "model")
        model = self._model(config, trainable=True, depth=0)
        numbers = set(_numbers(model))
        if len(numbers) > MAX_NUMBERS:
            raise refuse(
                "constant-weights",
                f"The model's config carries {len(numbers)} numbers as constants; at most {MAX_NUMBERS} are accepted, "
                "because every network starts from the grader's own random weights.",
            )
        return model

    def _model(self, entry: dict[str, Any], *, trainable: bool, depth: int) -> CanonicalModel:
        if depth > MAX_DEPTH:
            raise refuse("too-many-layers", f"Models may be nested {MAX_DEPTH} deep; this one goes deeper.")
        config = entry.get("config")
        entries = config.get("layers") if isinstance(config, dict) else None
        if not isinstance(config, dict) or not isinstance(entries, list):
            raise malformed("it lists no layers")
        self._layers += len(entries)
        if self._layers > MAX_LAYERS:
            raise refuse("too-many-layers", f"The model has more than {MAX_LAYERS:,} layers; far fewer are enough for this course.")
        trainable = trainable and config.get("trainable", True) is not False
        if _model_kind(entry) == "Sequential":
            model = self._sequential(entries, trainable=trainable, depth=depth)
        else:
            model = self._functional(config, entries, trainable=trainable, depth=depth)
        if _longest_chain(model) > MAX_CHAIN:
            raise refuse("too-many-layers", f"The model has more than {MAX_CHAIN} layers one after the other; far fewer are enough.")
        return model

    def _sequential(self, entries: list[Any], *, trainable: bool, depth: int) -> CanonicalModel:
        source = CanonicalInput(shape=None)
        layers: list[CanonicalLayer] = []
        for position, entry in enumerate(entries):
            if _is_input(entry):
                if position:
                    raise malformed("a Sequential model has its Input first")
                source = self._input(entry)
                continue
            layers.append(self._layer(entry, len(layers), trainable=trainable, depth=depth))
        if not layers:
            raise refuse("empty-model", "The model has no layers.")
        calls = tuple(CanonicalCall(layer=i, arguments=(Tensor(call=i - 1 if i else None),)) for i in range(len(layers)))
        return CanonicalModel(inputs=(source,), layers=tuple(layers), calls=calls, outputs=(Tensor(call=len(layers) - 1),))

    def _functional(self, config: dict[str, Any], entries: list[Any], *, trainable: bool, depth: int) -> CanonicalModel:
        nodes = read_nodes(entries)
        sources = read_outputs(config.get("input_layers"))
        outputs = tuple(_counted_from_zero(output, nodes) for output in read_outputs(config.get("output_layers")))
        if any(s.layer not in nodes or not _is_input(nodes[s.layer].entry) for s in sources) or not sources or not outputs:
            raise malformed("its inputs and outputs cannot be told")
        if len({s.layer for s in sources}) != len(sources):
            raise malformed("an input is listed twice")
        inputs = tuple(self._input(nodes[s.layer].entry) for s in sources)
        references = {(s.layer, 0): Made(Tensor(call=None, output=i)) for i, s in enumerate(sources)}
        numbers: dict[str, int] = {}
        layers: list[CanonicalLayer] = []
        calls: list[CanonicalCall] = []
        for name, application in topological(nodes, outputs, set(references), MAX_CALLS):
            if name not in numbers:
                numbers[name] = len(layers)
                layers.append(self._layer(nodes[name].entry, len(layers), trainable=trainable, depth=depth))
            layer = layers[numbers[name]]
            arguments, training = read_arguments(nodes[name].applications[application], layer, references)
            references[name, application] = Made(Tensor(call=len(calls)), len(layer.model.outputs) if layer.model else 1)
            calls.append(CanonicalCall(layer=numbers[name], arguments=arguments, training=training))
        ends = tuple(resolve(output, references) for output in outputs)
        return CanonicalModel(inputs=inputs, layers=tuple(layers), calls=tuple(calls), outputs=ends)

    def _input(self, entry: dict[str, Any]) -> CanonicalInput:
        config = entry.get("config")
        config = config if isinstance(config, dict) else {}
        shape = config.get("batch_shape", config.get("batch_input_shape"))
        if not isinstance(shape, list) or not shape or config.get("sparse") or config.get("ragged"):
            raise malformed("its Input has no shape")
        dtype = config.get("dtype") or "float32"
        if isinstance(dtype, dict):
            dtype = "float32"
        if dtype not in _DTYPES:
            if dtype not in _POLICIES and dtype not in ("int64", "int16", "int8", "bool"):
                raise refuse("unsupported-dtype", f"The model's Input has the type {shown(dtype)}; images are numbers: leave `dtype` out.")
            dtype = "float32"
        try:
            return CanonicalInput(shape=tuple(_INPUT_SHAPE.read(shape[1:])), dtype=dtype)
        except BadValueError:
            raise refuse(
                "bad-setting", f"The model's Input has the shape {shown(shape[1:])}; each size must lie between 1 and {SIZE:,}.", "Input"
            ) from None

    def _layer(self, entry: Any, number: int, *, trainable: bool, depth: int) -> CanonicalLayer:
        if not isinstance(entry, dict) or not isinstance(entry.get("class_name"), str) or not isinstance(entry.get("config"), dict):
            raise malformed("a layer has no class or config")
        kind, config = entry["class_name"], entry["config"]
        label = printable(config["name"]) if isinstance(config.get("name"), str) else ""
        if _model_kind(entry) is not None:
            model = self._model(entry, trainable=trainable, depth=depth + 1)
            return CanonicalLayer(id=f"layer_{number}_model", kind="Model", model=model, label=label)
        module = entry.get("module")
        if isinstance(module, str) and module.startswith("keras.src.ops.") and entry.get("registered_name") in (None, kind):
            return self._operation(kind, config, number, label)
        if not (built_in(entry, "keras.layers") or built_in(entry, _LEGACY)):
            raise _not_built_in(entry, "layer")
        if kind == "Lambda":
            raise refuse(
                "lambda-layer",
                "A Lambda layer cannot be graded, because the grader never runs a submission's own code while it trains; use a built-in "
                "layer such as Rescaling or Reshape, or an operation on tensors such as `x / 255.`.",
                label or kind,
            )
        if kind not in LAYERS:
            raise refuse("unknown-layer", f"The layer {shown(kind)} is not one that this grader knows. {_ACCEPTED}", shown(kind))
        self._precision(config.get("dtype"))
        try:
            settings = read_config(config, LAYERS[kind])
        except BadValueError as error:
            raise refuse("bad-setting", f"The {kind} layer {label!r} can be graded with {error}.", label) from None
        own = config.get("trainable", True) is not False
        weightless = not any(key.endswith("_initializer") for key in LAYERS[kind]) and kind != "RMSNormalization"
        return CanonicalLayer(
            id=f"layer_{number}_{kind.lower()}", kind=kind, config=settings, trainable=weightless or (own and trainable), label=label
        )

    def _operation(self, kind: str, config: dict[str, Any], number: int, label: str) -> CanonicalLayer:
        operation = OPERATIONS.get(kind)
        if operation is None:
            raise refuse(
                "unknown-layer",
                f"The operation {shown(kind)} on tensors is not one that this grader knows. {_ACCEPTED} Simple operations such as "
                "`x / 255.`, `x + y` and `keras.ops.concatenate` are fine too.",
                shown(kind),
            )
        if kind == "Clip":  # Keras writes None for a bound that was left out
            config = {key: value for key, value in config.items() if value is not None}
        try:
            settings = read_config(config, operation.schema)
        except BadValueError as error:
            raise refuse("bad-setting", f"The operation {kind} can be graded with {error}.", label) from None
        return CanonicalLayer(
            id=f"layer_{number}_{operation.function.replace('.', '_')}",
            kind=operation.function,
            operation=True,
            config=settings,
            label=label,
        )

    def _precision(self, policy: Any) -> None:
        name = policy
        if isinstance(policy, dict):
            inner = policy.get("config")
            name = inner.get("name") if isinstance(inner, dict) and policy.get("class_name") == "DTypePolicy" else policy.get("class_name")
        if name is None:
            return
        if not isinstance(name, str) or name not in _POLICIES:
            if isinstance(name, str) and name in ("uint8", "int32", "int64"):
                return
            raise refuse(
                "unsupported-dtype", f"The model computes in {shown(name)}; the grader trains in float32, Keras' default.", shown(name)
            )
        self.other_precision |= bool(_POLICIES[name])


def _model_kind(entry: Any) -> str | None:
    """Return "Sequential" or "Functional" where an entry is a model of Keras' own, else None."""
    if not isinstance(entry, dict) or entry.get("module") not in _MODEL_MODULES:
        return None
    kind = entry.get("class_name")
    if kind not in ("Sequential", "Functional", "Model") or entry.get("registered_name") not in (None, kind):
        return None
    return "Sequential" if kind == "Sequential" else "Functional"


def _counted_from_zero(output: Reference, nodes: dict[str, Node]) -> Reference:
    """Undo a quirk of Keras: among a model's outputs, the applications of a functional model within it are counted from 1."""
    if output.layer in nodes and _model_kind(nodes[output.layer].entry) == "Functional":
        return replace(output, application=output.application - 1)
    return output


def _is_input(entry: Any) -> bool:
    return isinstance(entry, dict) and entry.get("class_name") == "InputLayer" and built_in(entry, "keras.layers")


def _not_built_in(entry: Any, what: str) -> RejectedError:
    name = shown(entry.get("class_name") or "without a class") if isinstance(entry, dict) else "without a class"
    if what == "model":
        return refuse(
            "subclassed-model",
            f"The model is of your own class {name}, whose code the grader never runs while it trains. {_ACCEPTED}",
            name,
        )
    return refuse(
        "custom-layer", f"The layer {name} is of your own class, whose code the grader never runs while it trains. {_ACCEPTED}", name
    )


def _longest_chain(model: CanonicalModel) -> int:
    lengths: list[int] = []
    for call in model.calls:
        tensors = [t for a in call.arguments for t in (a if isinstance(a, tuple) else (a,)) if isinstance(t, Tensor)]
        lengths.append(1 + max((lengths[t.call] for t in tensors if t.call is not None), default=0))
    return max(lengths, default=0)


def _numbers(value: Any) -> Iterator[float]:
    """Yield every number that could stand for a weight: constants, arguments of operations, initialisers, per-channel settings."""
    if not isinstance(value, CanonicalModel):
        return
    for call in value.calls:
        if value.layers[call.layer].operation:
            for argument in call.arguments:
                if isinstance(argument, Constant):
                    yield from argument.values
                elif isinstance(argument, int | float):
                    yield float(argument)
    for layer in value.layers:
        yield from _numbers(layer.model)
        for key, setting in layer.config.items():
            if key.endswith("_initializer"):
                yield from (n for n in setting["config"].values() if isinstance(n, float))
            elif key in ("mean", "variance", "scale", "offset"):
                yield from _flat(setting)


def _flat(value: Any) -> Iterator[float]:
    if isinstance(value, list):
        for item in value:
            yield from _flat(item)
    elif isinstance(value, float):
        yield value

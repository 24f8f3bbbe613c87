"""States the facts of a model without allocating or training it: layers with shapes and parameters, its end, its compile settings."""

from __future__ import annotations

import json
import math
from typing import Any

from grader.contracts.artifacts import ModelPayload
from grader.contracts.base import Frozen, digest
from grader.contracts.network_facts import CompileFacts, LayerFacts, ModelFacts
from grader.examine.canonical import CanonicalCompile, CanonicalLayer, CanonicalModel, Problem, RejectedError, Shape
from grader.examine.ending import output_facts, own_activation
from grader.examine.misfit import misfit
from grader.examine.objects import snake
from grader.examine.readers.compiling import initial_learning_rate, read_compile
from grader.examine.readers.model import ModelReader
from grader.examine.rebuild import MisfitError, Placed, build_model, unallocated
from grader.examine.settings import printable, refuse

MAX_PARAMETERS = 500_000_000
MAX_TENSOR = 200_000_000  # values that one layer gives per image
MOST_MET = 16  # models whose readings a process keeps: three functions of one submission hold the same base, edit after edit
_HIDDEN = ("activation", "data_format", "quantization_config")
_met: dict[str, ModelReading] = {}  # by what was read, the last met last


class ModelReading(Frozen):
    """A model that crossed the trust line: its facts, and the forms to build and compile it from."""

    facts: ModelFacts
    model: CanonicalModel
    compiled: CanonicalCompile | None
    shapes: tuple[Shape, ...] = ()  # of its outputs; () where its input shape is unknown
    notes: tuple[Problem, ...] = ()  # "no-input-shape", "other-precision": said, but nothing is refused


def model_facts(payload: ModelPayload, input_shape: tuple[int, ...] | None = None) -> ModelReading | Problem:
    """Return what a model's config describes, or why it does not cross the trust line.

    `input_shape` (without batch axis) is taken where the model does not declare one. Allocates no weights.
    """
    key = _identity(payload, input_shape)
    reading = _met.pop(key, None)
    if reading is None:
        try:
            reading = _reading(payload, input_shape)
        except RejectedError as error:
            return error.problem
    _met[key] = reading
    if len(_met) > MOST_MET:
        del _met[next(iter(_met))]
    return reading


def _identity(payload: ModelPayload, input_shape: tuple[int, ...] | None) -> str:
    """Return a digest of all that `_reading` looks at."""
    told = [payload.model_class, payload.config, payload.compile_config, payload.unserialisable, input_shape]
    return digest(json.dumps(told))  # Python's own JSON tells infinity from null


def _reading(payload: ModelPayload, input_shape: tuple[int, ...] | None) -> ModelReading:
    if payload.config is None:
        raise _unserialisable(payload)
    reader = ModelReader()
    declared = reader.read(payload.config)
    compiled = read_compile(payload.compile_config, _output_names(declared))
    notes = []
    if reader.other_precision:
        notes.append(_note("other-precision", "The model asks for another precision than float32; the grader trains it in float32."))
    if any(source.shape is None for source in declared.inputs):
        notes.append(_note("no-input-shape", "The model does not say what it expects: start it with `tf.keras.Input(shape=...)`."))
    model = declared if input_shape is None else declared.with_input_shape(input_shape)
    layers, trainable, multiplications, shapes = _layers(model)
    facts = ModelFacts(
        model_class=printable(payload.model_class),
        digest=model.digest,
        layers=layers,
        input_shape=declared.inputs[0].shape if len(declared.inputs) == 1 else None,
        output=output_facts(model, shapes),
        parameters=sum(layer.parameters for layer in layers),
        trainable_parameters=trainable,
        multiplications=multiplications,
        compiled=_compile_facts(compiled),
    )
    return ModelReading(facts=facts, model=model, compiled=compiled, shapes=shapes, notes=tuple(notes))


def _note(problem: str, sentence: str) -> Problem:
    return Problem(status="refused", id=problem, sentence=sentence)


def _unserialisable(payload: ModelPayload) -> RejectedError:
    own = payload.model_class not in ("Sequential", "Functional", "Model")
    name = printable(payload.model_class)
    return refuse(
        "subclassed-model" if own else "custom-layer",
        (
            f"The model is of your own class {name}"
            if own
            else "The model holds something that Keras cannot write down, such as a layer of your own"
        )
        + "; a graded model is a Sequential or functional model of Keras' own layers, such as Conv2D, MaxPooling2D, Flatten and Dense.",
        name if own else "",
        payload.unserialisable,
    )


def _output_names(model: CanonicalModel) -> tuple[str, ...]:
    return tuple("" if t.call is None else model.layers[model.calls[t.call].layer].label for t in model.outputs)


def _layers(model: CanonicalModel) -> tuple[tuple[LayerFacts, ...], int, int, tuple[Shape, ...]]:
    """Return the layers in order, how many parameters are trainable, the multiply-adds of one image, and the outputs' shapes."""
    if any(source.shape is None for source in model.inputs):
        return tuple(_undetermined(model, ())), 0, 0, ()
    found: list[LayerFacts] = []
    trainable = multiplications = parameters = 0

    def visit(placed: Placed) -> None:
        nonlocal trainable, multiplications, parameters
        multiplications += _multiplications(placed)
        label = printable(placed.canonical.label) or placed.canonical.id
        if placed.first:
            facts = _facts(placed)
            found.append(facts)
            parameters += facts.parameters
            trainable += sum(_size(weight) for weight in placed.layer.trainable_weights) if placed.layer is not None else 0
            if parameters > MAX_PARAMETERS:
                raise refuse(
                    "too-large",
                    f"The model has more than {MAX_PARAMETERS:,} parameters: the layer {label} alone has {facts.parameters:,}. "
                    "Shrink the image further before Flatten, or use fewer units.",
                    label,
                )
        largest = max((math.prod(size or 1 for size in shape) for shape in placed.outputs), default=0)
        if largest > MAX_TENSOR:
            raise refuse(
                "too-large", f"The layer {label} gives {largest:,} values for one image; at most {MAX_TENSOR:,} can be graded.", label
            )

    with unallocated():
        try:
            built = build_model(model, seed=0, visit=visit)
        except RejectedError:
            raise
        except MisfitError as error:
            raise RejectedError(misfit(error)) from None
    return tuple(found), trainable, multiplications, tuple(tuple(tensor.shape[1:]) for tensor in built.outputs)


def _size(weight: Any) -> int:
    return math.prod(int(size) for size in weight.shape)


def _facts(placed: Placed) -> LayerFacts:
    layer = placed.canonical
    weights = placed.layer.weights if placed.layer is not None else []
    return LayerFacts(
        name=printable(layer.label) or layer.id,
        kind="Operation" if layer.operation else layer.kind,
        path=placed.labels,
        input_shape=placed.inputs[0] if len(placed.inputs) == 1 else None,
        output_shape=placed.outputs[0],
        parameters=sum(_size(weight) for weight in weights),
        trainable=layer.trainable,
        activation=own_activation(layer),
        settings=_settings(layer, placed),
    )


def _settings(layer: CanonicalLayer, placed: Placed | None) -> dict[str, Any]:
    """Return a layer's plain values; those of an operation are its name and its arguments, with "tensor" for each tensor."""
    plain = {key: value for key, value in layer.config.items() if key not in _HIDDEN and not key.endswith("_initializer")}
    plain = {key: value for key, value in plain.items() if not (value is None and key.endswith(("_regularizer", "_constraint")))}
    if layer.operation and placed is not None:
        arguments = [
            a if isinstance(a, int | float | str) or a is None else list(getattr(a, "values", ())) or "tensor"
            for a in placed.call.arguments
        ]
        plain |= {"operation": layer.kind, "arguments": arguments}
    return plain


def _undetermined(model: CanonicalModel, path: tuple[str, ...]) -> list[LayerFacts]:
    """Return the layers of a model whose input shape nobody knows."""
    found = []
    for layer in model.layers:
        label = printable(layer.label) or layer.id
        if layer.model is not None:
            found += _undetermined(layer.model, (*path, label))
            continue
        kind = "Operation" if layer.operation else layer.kind
        settings = _settings(layer, None)
        found.append(
            LayerFacts(name=label, kind=kind, path=path, trainable=layer.trainable, activation=own_activation(layer), settings=settings)
        )
    return found


def _multiplications(placed: Placed) -> int:
    """Return the multiply-adds of one application to one image; unknown sizes count as 1."""
    kind, config = placed.canonical.kind, placed.canonical.config
    filters = int(config.get("filters", 1))
    if placed.canonical.operation or not placed.inputs or not ("Conv" in kind or kind == "Dense"):
        return 0
    given, made = placed.inputs[0], placed.outputs[0]
    values: int = math.prod(size or 1 for size in made)
    if kind == "Dense":
        return values * (given[-1] or 1)
    last = config.get("data_format") == "channels_last"
    channels: int = (given[-1] if last else given[0]) or 1
    window: int = math.prod(config["kernel_size"])
    if kind.endswith("Transpose"):
        return math.prod(size or 1 for size in given) * window * filters
    if kind.startswith("Depthwise"):
        return values * window
    if kind.startswith("Separable"):
        places = values // filters
        deep = channels * int(config["depth_multiplier"])
        return places * deep * (window + filters)
    return values * window * channels // int(config["groups"])


def _compile_facts(settings: CanonicalCompile | None) -> CompileFacts | None:
    if settings is None:
        return None
    loss = settings.loss
    return CompileFacts(
        loss=loss.name if loss else None,
        from_logits=bool(loss and loss.from_logits),
        optimizer=snake(settings.optimizer.kind) if settings.optimizer else None,
        learning_rate=initial_learning_rate(settings.optimizer) if settings.optimizer else None,
        metrics=settings.metrics,
    )


def known_input_shape(reading: ModelReading) -> Shape | None:
    """Return the shape of the model's only input, declared or given; None where neither is known."""
    return reading.model.inputs[0].shape if len(reading.model.inputs) == 1 else None

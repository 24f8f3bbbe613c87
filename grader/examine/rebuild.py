"""Builds a Keras model from its canonical form, with the grader's names and seeds. The student's own config is never given to Keras."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.examine.canonical import (
    CanonicalCall,
    CanonicalCompile,
    CanonicalLayer,
    CanonicalLoss,
    CanonicalModel,
    Constant,
    Index,
    Problem,
    RejectedError,
    Shape,
    Slice,
    Tensor,
)
from grader.examine.layers import LAYERS, SEEDED
from grader.examine.operations import BY_FUNCTION
from grader.examine.training_objects import LOSSES, make_optimizer


@dataclass(frozen=True)
class Placed:
    """One application of a layer while a model is being built. Shapes leave out the batch axis."""

    path: tuple[int, ...]  # indices of the nested models around it, then its own
    labels: tuple[str, ...]  # the student's names of the nested models around it
    canonical: CanonicalLayer
    call: CanonicalCall
    layer: Any  # the Keras layer; None for an operation
    first: bool  # the layer's first application
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]


@dataclass(frozen=True)
class Built:
    """A model, and what each of its outermost calls applied (a layer, a nested model, or an operation's function) and gave back."""

    model: Any
    applied: tuple[Any, ...]
    results: tuple[tuple[Any, ...], ...]  # tensors


class MisfitError(Exception):
    """Keras could not put a layer where the model has it. Shapes leave out the batch axis."""

    def __init__(self, layer: CanonicalLayer, inputs: tuple[Shape, ...], pooled: int, cause: Exception) -> None:
        super().__init__(str(cause))
        self.layer = layer
        self.inputs = inputs
        self.pooled = pooled  # pooling layers before it
        self.cause = cause


Visit = Callable[[Placed], None]


def build_model(canonical: CanonicalModel, seed: int, input_shape: tuple[int, ...] | None = None, visit: Visit | None = None) -> Any:
    """Return the `keras.Model` of a canonical model, initialised from `seed`.

    `input_shape` (without batch axis) is used where the model does not declare one. `visit` is told of each application of a layer.
    Raises `MisfitError` or `RejectedError` where Keras says that things do not fit together, ValueError where no input shape is known.
    """
    return build_traced(canonical, seed, input_shape, visit).model


def build_traced(canonical: CanonicalModel, seed: int, input_shape: tuple[int, ...] | None = None, visit: Visit | None = None) -> Built:
    """As `build_model`, with the tensors inside the model."""
    import keras

    if input_shape is not None:
        canonical = canonical.with_input_shape(tuple(input_shape))
    inputs = []
    for number, each in enumerate(canonical.inputs):
        if each.shape is None:
            raise ValueError("The model does not declare its input shape.")
        inputs.append(keras.Input(shape=each.shape, dtype=each.dtype, name=f"input_{number}"))
    builder = _Builder(seed, visit or _unseen)
    model = builder.model(canonical, inputs, (), (), "model")
    return Built(model, tuple(builder.applied), tuple(builder.results))


@contextmanager
def unallocated() -> Iterator[None]:
    """Within it models are built without allocating their weights: shapes and parameter counts are right, values do not exist."""
    import keras

    try:
        with keras.StatelessScope(initialize_variables=False):
            yield
    finally:
        # Else Keras would allocate the weights it still owes at the end of the next scope.
        keras.utils.clear_session(free_memory=False)


def compile_model(model: Any, settings: CanonicalCompile, metrics: Sequence[Any] = ()) -> None:
    """Compile a rebuilt model with the student's optimizer and losses and the grader's own metrics."""
    losses = [None if loss is None else make_loss(loss) for loss in settings.losses]
    single = len(losses) == 1
    model.compile(
        optimizer=make_optimizer(settings.optimizer),
        loss=losses[0] if single else losses,
        loss_weights=None if settings.loss_weights is None else (settings.loss_weights[0] if single else list(settings.loss_weights)),
        metrics=list(metrics),
        jit_compile=False,
    )


def make_loss(loss: CanonicalLoss) -> Any:
    """Return the Keras loss object."""
    import keras

    schema = LOSSES[loss.kind]
    config = {key: schema[key].kind.make(value, 0) for key, value in loss.config.items()}
    if "from_logits" in schema:
        config["from_logits"] = loss.from_logits
    return getattr(keras.losses, loss.kind)(**config)


def give_values(model: Any, layers: Sequence[tuple[tuple[int, ...], Sequence[Any]]]) -> None:
    """Set the weights of some layers of a rebuilt model; each stands where its numbers say, within nested models."""
    for path, values in layers:
        layer = layer_at(model, path)
        assert layer is not None
        layer.set_weights(values)


def layer_at(model: Any, path: Sequence[int]) -> Any | None:
    """Return the layer of a rebuilt model that stands where the numbers say, within nested models; None where there is no such layer."""
    layer = model
    for number in path:
        inner = (one for one in layer.layers if type(one).__name__ != "InputLayer")  # a nested model's input bears the model's name
        layer = next((one for one in inner if one.name.startswith(f"layer_{number}_")), None)
        if layer is None:
            return None
    return layer


def _unseen(placed: Placed) -> None:
    """Ignore the application of a layer."""


def _derive(seed: int, *parts: object) -> int:
    text = "/".join(str(part) for part in (seed, *parts))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) & 0x7FFFFFFF


def _shape(tensor: Any) -> Shape:
    return tuple(tensor.shape[1:])


class _Builder:
    def __init__(self, seed: int, visit: Visit) -> None:
        self.seed = seed
        self.visit = visit
        self.pooled = 0
        self.applied: list[Any] = []  # of the outermost model
        self.results: list[tuple[Any, ...]] = []

    def model(self, canonical: CanonicalModel, inputs: list[Any], path: tuple[int, ...], labels: tuple[str, ...], name: str) -> Any:
        import keras

        built: dict[int, Any] = {}
        results: list[list[Any]] = []

        def resolve(argument: Any) -> Any:
            if isinstance(argument, Tensor):
                return inputs[argument.output] if argument.call is None else results[argument.call][argument.output]
            if isinstance(argument, tuple):
                return [resolve(item) for item in argument]
            if isinstance(argument, Index):
                key = tuple(slice(k.start, k.stop, k.step) if isinstance(k, Slice) else Ellipsis if k == "..." else k for k in argument.key)
                return key[0] if len(key) == 1 else key
            if isinstance(argument, Constant):
                return np.asarray(argument.values, "float32")
            return argument

        for call in canonical.calls:
            layer = canonical.layers[call.layer]
            here = (*path, call.layer)
            arguments = [resolve(argument) for argument in call.arguments]
            flat = [item for argument in arguments for item in (argument if isinstance(argument, list) else [argument])]
            tensors = [item for item in flat if isinstance(item, keras.KerasTensor)]
            first = call.layer not in built
            try:
                if first:
                    built[call.layer] = self._layer(layer, here, labels, tensors)
                target = built[call.layer]
                result = target(*arguments) if call.training is None else target(*arguments, training=call.training)
            except (MisfitError, RejectedError):
                raise
            except Exception as error:
                raise MisfitError(layer, tuple(map(_shape, tensors)), self.pooled, error) from error
            self.pooled += "Pooling" in layer.kind
            results.append(list(result) if isinstance(result, list | tuple) else [result])
            if not path:
                self.applied.append(target)
                self.results.append(tuple(results[-1]))
            if layer.model is None:
                kept = None if layer.operation else target
                self.visit(Placed(here, labels, layer, call, kept, first, tuple(map(_shape, tensors)), tuple(map(_shape, results[-1]))))
        outputs = [resolve(output) for output in canonical.outputs]
        try:
            return keras.Model(inputs if len(inputs) > 1 else inputs[0], outputs if len(outputs) > 1 else outputs[0], name=name)
        except Exception as error:
            sentence = "Keras cannot connect the model's inputs with its outputs."
            problem = Problem(status="unbuildable", id="unbuildable", sentence=sentence, detail=str(error)[:4000])
            raise RejectedError(problem) from error

    def _layer(self, layer: CanonicalLayer, path: tuple[int, ...], labels: tuple[str, ...], tensors: list[Any]) -> Any:
        import keras

        if layer.model is not None:
            inner = [
                keras.Input(shape=_shape(tensor), dtype=tensor.dtype, name=f"{layer.id}_input_{number}")
                for number, tensor in enumerate(tensors)
            ]
            return self.model(layer.model, inner, path, (*labels, layer.label or layer.id), layer.id)
        if layer.operation:
            return self._operation(layer)
        schema = LAYERS[layer.kind]
        config = {key: schema[key].kind.make(value, _derive(self.seed, *path, key)) for key, value in layer.config.items()}
        if layer.kind in SEEDED:
            config["seed"] = _derive(self.seed, *path, "seed")
        made = getattr(keras.layers, layer.kind)(**config, name=layer.id)
        made.trainable = layer.trainable
        return made

    def _operation(self, layer: CanonicalLayer) -> Callable[..., Any]:
        import keras

        function: Any = keras.ops
        for part in layer.kind.split("."):
            function = getattr(function, part)
        schema = BY_FUNCTION[layer.kind].schema
        settings = {key: schema[key].kind.make(value, 0) for key, value in layer.config.items()}
        return lambda *arguments: function(*arguments, **settings)

"""The canonical form of a model and of its compile settings: all that is left of a student's config once it has been read.

Plain data without names, seeds or arrays. A `Sequential` is its linear graph, so equal networks have equal digests however they were
spelled. Labels (the student's names) are for showing only: they are left out of `model_dump`, hence of digests and of anything stored.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from grader.contracts.base import Frozen, Scalar, digest

Shape = tuple[int | None, ...]


class Problem(Frozen):
    """Why a model did not get across the trust line."""

    status: Literal["refused", "unbuildable"]
    id: str  # stable, kebab-case: "custom-layer", "too-large", ...
    sentence: str  # what is wrong and what is accepted
    subject: str = ""  # the layer's, loss', ... printable name
    detail: str = ""  # Keras' own text


class RejectedError(Exception):
    """Raised while a config is read; carries the `Problem`."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence)
        self.problem = problem


class Tensor(Frozen):
    """An output of an earlier call, or (`call` None) one of the model's inputs."""

    call: int | None
    output: int = 0


Plain = Scalar | tuple[Scalar, ...]


class Slice(Frozen):
    """`start:stop:step` in an indexing operation."""

    start: int | None
    stop: int | None
    step: int | None


class Index(Frozen):
    """The key of an indexing operation; "..." is the ellipsis."""

    key: tuple[Slice | int | Literal["..."] | None, ...]


class Constant(Frozen):
    """A few numbers along the last axis, such as the mean per channel that `preprocess_input` subtracts."""

    values: tuple[float, ...]


Argument = Tensor | tuple[Tensor, ...] | Index | Constant | Plain


class CanonicalInput(Frozen):
    """One input. Its shape leaves out the batch axis; None: the model does not say (a `Sequential` without `Input`)."""

    shape: Shape | None
    dtype: str = "float32"


class CanonicalLayer(Frozen):
    """One layer, operation on tensors, or nested model."""

    id: str  # canonical name, "layer_0_conv2d"
    kind: str  # Keras class, "Conv2D"; "Model" for a nested one; for operations the function's name in keras.ops, "divide"
    operation: bool = False
    config: dict[str, Any] = Field(default_factory=dict)  # validated, complete (defaults filled in), without name, dtype and seeds
    trainable: bool = True  # its own and that of all models around it
    model: CanonicalModel | None = None  # for kind "Model"
    label: str = Field(default="", exclude=True)  # the student's name for it, printable


class CanonicalCall(Frozen):
    """One application of a layer (several for a shared one), in topological order."""

    layer: int  # index into `layers`
    arguments: tuple[Argument, ...]  # positional; at least one holds a tensor
    training: bool | None = None  # `layer(x, training=False)`


class CanonicalModel(Frozen):
    """A graph of layers. Layers are numbered in the order in which the outputs need them."""

    inputs: tuple[CanonicalInput, ...]
    layers: tuple[CanonicalLayer, ...]
    calls: tuple[CanonicalCall, ...]
    outputs: tuple[Tensor, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical form; equal for models that differ in names, seeds or spelling only."""
        return digest(self)

    def with_input_shape(self, shape: Shape) -> CanonicalModel:
        """Return the model with `shape` (without batch axis) as its input's, where the model itself does not say."""
        if len(self.inputs) != 1:
            return self
        own = self.inputs[0].shape
        if own is None:
            own = (None,) * len(shape)
        if len(own) != len(shape):
            return self
        filled = tuple(size if mine is None else mine for mine, size in zip(own, shape, strict=True))
        return self.model_copy(update={"inputs": (self.inputs[0].model_copy(update={"shape": filled}),)})


class CanonicalObject(Frozen):
    """A built-in Keras object: class and validated scalars (or further such objects)."""

    kind: str
    config: dict[str, Any] = Field(default_factory=dict)


class CanonicalLoss(Frozen):
    """A built-in loss: snake_case name and settings other than `from_logits`."""

    name: str  # "binary_crossentropy"
    kind: str  # Keras class, "BinaryCrossentropy"
    from_logits: bool = False
    config: dict[str, Any] = Field(default_factory=dict)


class CanonicalCompile(Frozen):
    """What `compile` was told. One loss per output; metrics are names only, the grader measures with its own."""

    optimizer: CanonicalObject | None
    losses: tuple[CanonicalLoss | None, ...]
    loss_weights: tuple[float, ...] | None = None
    metrics: tuple[str, ...] = Field(default=(), exclude=True)  # they do not change what is learned

    @property
    def loss(self) -> CanonicalLoss | None:
        """The loss of the only output; None where there is none or where outputs have their own."""
        return self.losses[0] if len(self.losses) == 1 else None

    @property
    def digest(self) -> str:
        """SHA-256 of everything that decides what is learned."""
        return digest(self)

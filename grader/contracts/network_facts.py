"""Facts about a network: its layers, its end, its base, how it was compiled, and what one step of it shows.

Shapes leave out the batch axis; None in a shape is an unknown size.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from .base import Frozen

Shape = tuple[int | None, ...]


class LayerFacts(Frozen):
    """One layer of the rebuilt model, in order of computation; layers of nested models are listed in place."""

    name: str  # the student's name for it, made printable; for showing only
    kind: str  # Keras class, "Conv2D"; operations such as x / 255. are "Operation"
    path: tuple[str, ...] = ()  # names of the nested models around it
    input_shape: Shape | None = None
    output_shape: Shape | None = None
    parameters: int = 0
    trainable: bool = True  # its weights, if any, would move
    activation: str | None = None  # own activation: "relu", "linear", ...; None where the layer has none
    settings: dict[str, Any] = Field(
        default_factory=dict
    )  # its config's plain values: filters, kernel_size, strides, padding, units, rate, scale, ...
    part: Literal["base", "head"] | None = None  # of a known network, or computed from what that gives


class OutputFacts(Frozen):
    """The end of the network, seen through trailing Activation, Softmax, Dropout, Flatten and Reshape layers."""

    shape: Shape
    activation: str  # effective: "sigmoid", "softmax", "linear", ...
    layer: str  # name of the layer that made it


class OutputOrigin(Frozen):
    """One of several outputs. `given`: which layer of the model that the function got computes the same, from 0; -1: its input."""

    layer: str  # the student's name for it; "" where the input itself is an output
    kind: str
    shape: Shape
    given: int | None = None


class BaseFacts(Frozen):
    """A known network within a model, recognised by what it computes: names, weights and where it was built play no part."""

    network: str  # the one looked for: that of the handed-out file, or "" for the model that the function was given
    title: str = ""  # as the course calls it: "MobileNetV2"
    stand_in: bool = False  # the file holds made-up values, because the official ones are absent
    known: int  # layers with weights of that network that the model has, and all that it could have
    of: int
    foreign: int  # layers with weights that are neither the network's nor computed from what it gives
    equal: int | None = None  # of `known`: how many hold the file's values; None where there is no file
    equal_parameters: int | None = None
    parameters: int = 0  # of the `known` ones
    trainable_parameters: int = 0
    unfrozen: dict[str, int] = Field(default_factory=dict)  # class of layer -> how many of the `known` ones would move
    cut: str | None = None  # the network's layer whose output is used by other layers, or is the model's; None: several, or none
    cut_shape: Shape | None = None
    wanted_cut: str = ""  # the one that the exercise names
    wanted_shape: Shape | None = None
    wanted_input: Shape | None = None  # of the images that the exercise gives it; None: as the function was given it
    reaches_cut: bool = True  # whether the model computes what that layer does


class CompileFacts(Frozen):
    """What `compile` was told."""

    loss: str | None  # canonical snake_case: "binary_crossentropy"
    from_logits: bool = False
    optimizer: str | None = None  # "rmsprop"
    learning_rate: float | None = None  # the initial one, of a schedule
    metrics: tuple[str, ...] = ()  # as a history would name them: "accuracy", "acc", "binary_accuracy", ...


class ModelFacts(Frozen):
    """A model rebuilt from its config."""

    kind: Literal["model"] = "model"
    model_class: str
    digest: str  # of the canonical model: equal for models that differ in names only
    layers: tuple[LayerFacts, ...]
    input_shape: Shape | None  # None: several inputs, or none declared
    output: OutputFacts | None  # None: several outputs
    parameters: int
    trainable_parameters: int
    multiplications: int  # multiply-adds of one image, forward, over Conv and Dense layers
    compiled: CompileFacts | None
    outputs: tuple[OutputOrigin, ...] = ()  # where the function was given a model
    given: tuple[LayerFacts, ...] = ()  # that model's layers
    base: BaseFacts | None = None  # where a known network is looked for


class ProbeFacts(Frozen):
    """Cheap measurements on the rebuilt model with the student's compile settings and a recorded batch (or canonical one)."""

    initial_loss: float | None = None  # None: loss and labels do not fit, `error` says how
    chance_loss: float | None = None  # ln C for C classes
    moved: tuple[str, ...] = ()  # layers with weights that changed in one step
    still: tuple[str, ...] = ()  # layers with trainable or frozen weights that did not
    input_dependent: bool | None = None  # zeroed input changes the output
    output_low: float | None = None
    output_high: float | None = None
    error: str = ""  # Keras' own text where even one step is impossible
    error_type: str = ""

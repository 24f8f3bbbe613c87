"""Operations on tensors that people write by hand, such as `x / 255.`: Keras class in the config, function in `keras.ops`, settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from grader.examine.layers import SIZE
from grader.examine.objects import FLAG
from grader.examine.settings import BadValueError, Choice, Either, Fixed, Integer, Number, Optional, Schema, Sequence, Setting

_AXIS = Setting(Integer(-8, 8), -1)
_AXES = Setting(Optional(Either((Integer(-8, 8), Sequence(Integer(-8, 8), 1, 6)))), None)
_KEEP = Setting(FLAG, False)
_REDUCED: Schema = {"axis": _AXES, "keepdims": _KEEP}


@dataclass(frozen=True)
class Operation:
    """One allowed operation."""

    function: str  # in keras.ops
    schema: Schema = field(default_factory=dict)
    tensors: tuple[int, int] = (1, 1)  # how many positional arguments, tensors and scalars together
    many: bool = False  # takes a list of tensors


def _two(function: str) -> Operation:
    return Operation(function, tensors=(2, 2))


OPERATIONS: dict[str, Operation] = {
    "Add": _two("add"),
    "Subtract": _two("subtract"),
    "Multiply": _two("multiply"),
    "TrueDivide": _two("divide"),
    "Divide": _two("divide"),
    "Power": _two("power"),
    "Maximum": _two("maximum"),
    "Minimum": _two("minimum"),
    "Negative": Operation("negative"),
    "Absolute": Operation("abs"),
    "Abs": Operation("abs"),
    "Square": Operation("square"),
    "Sqrt": Operation("sqrt"),
    "Exp": Operation("exp"),
    "Tanh": Operation("tanh"),
    "Relu": Operation("relu"),
    "Relu6": Operation("relu6"),
    "Sigmoid": Operation("sigmoid"),
    "Silu": Operation("silu"),
    "Elu": Operation("elu", {"alpha": Setting(Number(0), 1.0)}),
    "LeakyRelu": Operation("leaky_relu", {"negative_slope": Setting(Number(0), 0.2)}),
    "Softmax": Operation("softmax", {"axis": _AXIS}),
    "Clip": Operation("clip", {"x_min": Setting(Number()), "x_max": Setting(Number())}),
    "Cast": Operation("cast", {"dtype": Setting(Choice(("float32", "float16", "bfloat16", "float64", "int32", "uint8")))}),
    "Mean": Operation("mean", _REDUCED),
    "Sum": Operation("sum", _REDUCED),
    "Max": Operation("max", {**_REDUCED, "initial": Setting(Fixed(None), None)}),
    "Min": Operation("min", {**_REDUCED, "initial": Setting(Fixed(None), None)}),
    "Reshape": Operation("reshape", {"newshape": Setting(Sequence(Optional(Integer(-1)), 0, 6, spread=False))}),
    "Transpose": Operation("transpose", {"axes": Setting(Optional(Sequence(Integer(0, 6), 1, 6)), None)}),
    "Squeeze": Operation("squeeze", {"axis": _AXES}),
    "ExpandDims": Operation("expand_dims", {"axis": Setting(Either((Integer(-8, 8), Sequence(Integer(-8, 8), 1, 3))))}),
    "Repeat": Operation("repeat", {"repeats": Setting(Integer(1, SIZE)), "axis": Setting(Integer(-8, 8))}),
    "Flip": Operation("flip", {"axis": _AXES}),
    "Concatenate": Operation("concatenate", {"axis": _AXIS}, many=True),
    "Stack": Operation("stack", {"axis": Setting(Integer(-8, 8), 0)}, many=True),
    "GetItem": Operation("get_item", tensors=(2, 2)),
    "Resize": Operation(
        "image.resize",
        {
            "size": Setting(Sequence(Integer(1, SIZE), 2, 2)),
            "interpolation": Setting(Choice(("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")), "bilinear"),
            "antialias": Setting(FLAG, False),
        },
    ),
    "MaxPool": Operation(
        "max_pool",
        {
            "pool_size": Setting(Sequence(Integer(1, SIZE), 2, 2, spread=True)),
            "strides": Setting(Optional(Sequence(Integer(1, SIZE), 2, 2, spread=True)), None),
            "padding": Setting(Choice(("valid", "same")), "valid"),
        },
    ),
}
BY_FUNCTION = {operation.function: operation for operation in OPERATIONS.values()}
ACTIVATION_FUNCTIONS = frozenset({"relu", "relu6", "sigmoid", "silu", "elu", "leaky_relu", "softmax", "tanh"})

MOST_CONSTANTS = 4  # a mean or deviation per channel; more would be weights


def constant(value: Any) -> tuple[float, ...] | None:
    """Return the few numbers of a serialised array (axes of length one dropped in front), or None where it holds more or other things."""
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    numbers = value if isinstance(value, list) else [value]
    if not 1 <= len(numbers) <= MOST_CONSTANTS:
        return None
    try:
        return tuple(Number().read(number) for number in numbers)
    except BadValueError:
        return None

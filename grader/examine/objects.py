"""Activations, initialisers, regularizers and constraints that cross the trust line: built-in, with scalar settings, without seeds."""

from __future__ import annotations

from typing import Any

from grader.examine.settings import (
    BadValueError,
    Choice,
    Flag,
    Integer,
    Number,
    Optional,
    Schema,
    Sequence,
    Setting,
    read_config,
    refuse,
    shown,
)

# fmt: off
ACTIVATIONS = frozenset({
    "celu", "elu", "exponential", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh", "leaky_relu",
    "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu", "soft_shrink",
    "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus", "tanh", "tanh_shrink", "threshold",
})
# fmt: on
_ACTIVATION_ALIASES = {  # `tf.nn.softmax` calls itself softmax_v2
    "swish": "silu",
    "hard_swish": "hard_silu",
    "leakyrelu": "leaky_relu",
    "softmax_v2": "softmax",
    "log_softmax_v2": "log_softmax",
}

_AXES = Optional(Sequence(Integer(-8, 8), 1, 4, spread=True))
_FANS: Schema = {"input_axes": Setting(_AXES, None), "output_axes": Setting(_AXES, None)}
INITIALIZERS: dict[str, Schema] = {
    "Zeros": {},
    "Ones": {},
    "Constant": {"value": Setting(Number(), 0.0)},
    "Identity": {"gain": Setting(Number(), 1.0)},
    "Orthogonal": {"gain": Setting(Number(), 1.0)},
    "RandomNormal": {"mean": Setting(Number(), 0.0), "stddev": Setting(Number(0), 0.05)},
    "TruncatedNormal": {"mean": Setting(Number(), 0.0), "stddev": Setting(Number(0), 0.05)},
    "RandomUniform": {"minval": Setting(Number(), -0.05), "maxval": Setting(Number(), 0.05)},
    **{f"{name}{shape}": _FANS for name in ("Glorot", "He", "Lecun") for shape in ("Normal", "Uniform")},
    "VarianceScaling": {
        "scale": Setting(Number(1e-6), 1.0),
        "mode": Setting(Choice(("fan_in", "fan_out", "fan_avg")), "fan_in"),
        "distribution": Setting(Choice(("normal", "truncated_normal", "untruncated_normal", "uniform")), "truncated_normal"),
        **_FANS,
    },
}
_INITIALIZER_ALIASES = {
    "IdentityInitializer": "Identity",
    "OrthogonalInitializer": "Orthogonal",
    "normal": "RandomNormal",
    "uniform": "RandomUniform",
}
UNSEEDED = ("Zeros", "Ones", "Constant", "Identity")

_STRENGTH = Number(0, 1e3)
REGULARIZERS: dict[str, Schema] = {
    "L1": {"l1": Setting(_STRENGTH, 0.01)},
    "L2": {"l2": Setting(_STRENGTH, 0.01)},
    "L1L2": {"l1": Setting(_STRENGTH, 0.0), "l2": Setting(_STRENGTH, 0.0)},
    "OrthogonalRegularizer": {"factor": Setting(_STRENGTH, 0.01), "mode": Setting(Choice(("rows", "columns")), "rows")},
}
_AXIS = Setting(Sequence(Integer(-8, 8), 1, 4, spread=True), [0])
CONSTRAINTS: dict[str, Schema] = {
    "NonNeg": {},
    "MaxNorm": {"max_value": Setting(Number(0), 2.0), "axis": _AXIS},
    "UnitNorm": {"axis": _AXIS},
    "MinMaxNorm": {
        "min_value": Setting(Number(0), 0.0),
        "max_value": Setting(Number(0), 1.0),
        "rate": Setting(Number(0, 1), 1.0),
        "axis": _AXIS,
    },
}


def snake(name: str) -> str:
    """Return a class name as Keras' strings spell it: "HeNormal" is "he_normal"."""
    return "".join(f"_{c.lower()}" if c.isupper() and i and not name[i - 1].isupper() else c.lower() for i, c in enumerate(name))


def function_name(value: Any) -> str | None:
    """Return the name in Keras' record of a plain function, else None."""
    name = value.get("config") if isinstance(value, dict) and value.get("class_name") == "function" else None
    return name if isinstance(name, str) else None


def built_in(value: Any, module: str) -> bool:
    """Return whether a serialised object says that it is Keras' own, not a registered or local class of the same name."""
    if not isinstance(value, dict):
        return False
    where, registered, name = value.get("module"), value.get("registered_name"), value.get("class_name")
    mine = isinstance(where, str) and (where == module or where.startswith(f"keras.src.{module.removeprefix('keras.')}"))
    return mine and isinstance(name, str) and registered in (None, name)


class Object:
    """An object of a family ("initializer", ...) as class and scalars: `{"kind": ..., "config": {...}}`."""

    def __init__(self, family: str, classes: dict[str, Schema], aliases: dict[str, str] | None = None) -> None:
        self.family = family
        self.module = f"keras.{family}s"
        self.classes = classes
        names = {spelling: kind for kind in classes for spelling in (kind, snake(kind), kind.lower())}
        self.names = names | (aliases or {}) | {"l1_l2": "L1L2"}

    def read(self, value: Any) -> dict[str, Any]:
        """Accept a name or a serialised built-in."""
        if isinstance(value, str):
            value = {"module": self.module, "class_name": value, "config": {}}
        name = self.names.get(str(value.get("class_name"))) if built_in(value, self.module) else None
        if name not in self.classes:
            label = shown(value.get("class_name") or "") if isinstance(value, dict) else shown(value)
            raise refuse(
                f"custom-{self.family}",
                f"The {self.family} {label} is not built into Keras; only built-in ones can be graded, such as {next(iter(self.classes))}.",
                label,
            )
        config = value.get("config")
        if name == "Constant" and not isinstance(config.get("value", 0) if isinstance(config, dict) else None, int | float):
            raise refuse(
                "constant-weights",
                "An initialiser `Constant` with an array brings its own weights; the grader starts every network from its own random ones. "
                "Use a single number or a random initialiser.",
                "Constant",
            )
        return {"kind": name, "config": read_config(config, self.classes[name])}

    def make(self, value: Any, seed: int) -> Any:
        """Build the Keras object, seeded by the grader where it draws."""
        import keras

        config = {key: self.classes[value["kind"]][key].kind.make(item, seed) for key, item in value["config"].items()}
        if self.family == "constraint" and "axis" in config:
            config["axis"] = config["axis"][0] if len(config["axis"]) == 1 else list(config["axis"])
        if self.family == "initializer" and value["kind"] not in UNSEEDED:
            config["seed"] = seed
        return getattr(getattr(keras, f"{self.family}s"), value["kind"])(**config)


class Activation:
    """An activation: its name, or an activation layer as `{"kind": "LeakyReLU", "config": {...}}`."""

    layers: dict[str, Schema] = {  # noqa: RUF012
        "ReLU": {
            "max_value": Setting(Optional(Number(0)), None),
            "negative_slope": Setting(Number(0), 0.0),
            "threshold": Setting(Number(0), 0.0),
        },
        "LeakyReLU": {"negative_slope": Setting(Number(0), 0.3)},
        "ELU": {"alpha": Setting(Number(0), 1.0)},
        "Softmax": {"axis": Setting(Integer(-8, 8), -1)},
    }

    def read(self, value: Any) -> Any:
        """Accept a name, a built-in function or an activation layer."""
        name = "linear" if value is None else value if isinstance(value, str) else function_name(value)
        if name is not None:
            name = _ACTIVATION_ALIASES.get(name, name)
            if name in ACTIVATIONS:
                return name
            raise refuse(
                "custom-activation", f"The activation {shown(name)} is not built into Keras; use one that is, such as 'relu'.", shown(name)
            )
        if isinstance(value, dict) and built_in(value, "keras.layers") and value["class_name"] in self.layers:
            kind = value["class_name"]
            return {"kind": kind, "config": read_config(value.get("config"), self.layers[kind])}
        if isinstance(value, dict) and (value.get("class_name") in (None, "__lambda__")):
            raise refuse(
                "lambda-activation",
                "An activation written as a lambda cannot be graded; use a built-in one by name, such as 'relu'.",
                "lambda",
            )
        if isinstance(value, dict):
            label = shown(value.get("class_name"))
            raise refuse("custom-activation", f"The activation {label} is not built into Keras; use one that is, such as 'relu'.", label)
        raise BadValueError("the name of an activation, such as 'relu'")

    def make(self, value: Any, seed: int) -> Any:  # noqa: ARG002
        """Return the name, or the layer."""
        if isinstance(value, str):
            return value
        import keras

        return getattr(keras.layers, value["kind"])(**value["config"])


INITIALIZER = Object("initializer", INITIALIZERS, _INITIALIZER_ALIASES)
REGULARIZER = Optional(Object("regularizer", REGULARIZERS))
CONSTRAINT = Optional(Object("constraint", CONSTRAINTS))
ACTIVATION = Activation()
FLAG = Flag()

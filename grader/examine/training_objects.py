"""Losses, optimizers and learning-rate schedules that cross the trust line: built-in, with scalar settings."""

from __future__ import annotations

from typing import Any

from grader.examine.canonical import CanonicalObject
from grader.examine.objects import FLAG
from grader.examine.settings import Choice, Fixed, Integer, Number, Optional, Schema, Sequence, Setting

_REDUCTION = {
    "reduction": Setting(Choice(("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight")), "sum_over_batch_size"),
}
_SMOOTHING = {"label_smoothing": Setting(Number(0, 1), 0.0), "axis": Setting(Integer(-8, 8), -1)}
_LOGITS = {"from_logits": Setting(FLAG, False)}
_FOCUS = {"alpha": Setting(Number(0, 1), 0.25), "gamma": Setting(Number(0, 100), 2.0)}

LOSSES: dict[str, Schema] = {
    "BinaryCrossentropy": {**_REDUCTION, **_LOGITS, **_SMOOTHING},
    "CategoricalCrossentropy": {**_REDUCTION, **_LOGITS, **_SMOOTHING},
    "SparseCategoricalCrossentropy": {**_REDUCTION, **_LOGITS, "ignore_class": Setting(Optional(Integer(-1, 10_000)), None)},
    "BinaryFocalCrossentropy": {**_REDUCTION, **_LOGITS, **_SMOOTHING, **_FOCUS, "apply_class_balancing": Setting(FLAG, False)},
    "CategoricalFocalCrossentropy": {**_REDUCTION, **_LOGITS, **_SMOOTHING, **_FOCUS},
    "MeanSquaredError": _REDUCTION,
    "MeanAbsoluteError": _REDUCTION,
    "MeanAbsolutePercentageError": _REDUCTION,
    "MeanSquaredLogarithmicError": _REDUCTION,
    "CategoricalHinge": _REDUCTION,
    "CosineSimilarity": _REDUCTION,
    "Hinge": _REDUCTION,
    "Huber": _REDUCTION,
    "KLDivergence": _REDUCTION,
    "LogCosh": _REDUCTION,
    "Poisson": _REDUCTION,
    "SquaredHinge": _REDUCTION,
}

_RATE = Number(0, 1e4)
_STEPS = Integer(1, 10**9)
SCHEDULES: dict[str, Schema] = {
    "ExponentialDecay": {
        "initial_learning_rate": Setting(_RATE),
        "decay_steps": Setting(_STEPS),
        "decay_rate": Setting(_RATE),
        "staircase": Setting(FLAG, False),
    },
    "InverseTimeDecay": {
        "initial_learning_rate": Setting(_RATE),
        "decay_steps": Setting(_STEPS),
        "decay_rate": Setting(_RATE),
        "staircase": Setting(FLAG, False),
    },
    "PolynomialDecay": {
        "initial_learning_rate": Setting(_RATE),
        "decay_steps": Setting(_STEPS),
        "end_learning_rate": Setting(_RATE, 1e-4),
        "power": Setting(_RATE, 1.0),
        "cycle": Setting(FLAG, False),
    },
    "CosineDecay": {
        "initial_learning_rate": Setting(_RATE),
        "decay_steps": Setting(_STEPS),
        "alpha": Setting(_RATE, 0.0),
        "warmup_target": Setting(Optional(_RATE), None),
        "warmup_steps": Setting(Integer(0, 10**9), 0),
    },
    "CosineDecayRestarts": {
        "initial_learning_rate": Setting(_RATE),
        "first_decay_steps": Setting(_STEPS),
        "t_mul": Setting(_RATE, 2.0),
        "m_mul": Setting(_RATE, 1.0),
        "alpha": Setting(_RATE, 0.0),
    },
    "PiecewiseConstantDecay": {
        "boundaries": Setting(Sequence(Integer(0, 10**9), 1, 100)),
        "values": Setting(Sequence(_RATE, 2, 101)),
    },
}

_OPTIONAL_NORM = Setting(Optional(Number(0)), None)
_SHARE = Number(0, 1)
_OFF = Setting(FLAG, False)


def _optimizer(own: Schema, weight_decay: float | None = None) -> Schema:
    return {
        "weight_decay": Setting(Optional(_RATE), weight_decay),
        "clipnorm": _OPTIONAL_NORM,
        "global_clipnorm": _OPTIONAL_NORM,
        "clipvalue": _OPTIONAL_NORM,
        "use_ema": _OFF,
        "ema_momentum": Setting(_SHARE, 0.99),
        "ema_overwrite_frequency": Setting(Optional(_STEPS), None),
        "loss_scale_factor": Setting(Fixed(None), None),
        "gradient_accumulation_steps": Setting(Optional(Integer(1, 1000)), None),
        **own,
    }


def _share(default: float) -> Setting:
    return Setting(_SHARE, default)


_EPSILON = {"epsilon": Setting(Number(0), 1e-7)}
_BETAS = {"beta_1": _share(0.9), "beta_2": _share(0.999)}
_MOMENTUM = {"momentum": _share(0.0)}
_ZERO = Setting(_RATE, 0.0)
OPTIMIZERS: dict[str, Schema] = {
    "SGD": _optimizer({**_MOMENTUM, "nesterov": _OFF}),
    "RMSprop": _optimizer({"rho": _share(0.9), **_MOMENTUM, **_EPSILON, "centered": _OFF}),
    "Adam": _optimizer({**_BETAS, **_EPSILON, "amsgrad": _OFF}),
    "AdamW": _optimizer({**_BETAS, **_EPSILON, "amsgrad": _OFF}, weight_decay=0.004),
    **{name: _optimizer({**_BETAS, **_EPSILON}) for name in ("Adamax", "Nadam", "Lamb")},
    "Lion": _optimizer({"beta_1": _share(0.9), "beta_2": _share(0.99)}),
    "Adagrad": _optimizer({"initial_accumulator_value": Setting(_RATE, 0.1), **_EPSILON}),
    "Adadelta": _optimizer({"rho": _share(0.95), **_EPSILON}),
    "Adafactor": _optimizer(
        {
            "beta_2_decay": Setting(Number(), -0.8),
            "epsilon_1": Setting(Number(0), 1e-30),
            "epsilon_2": Setting(Number(0), 1e-3),
            "clip_threshold": Setting(Number(0), 1.0),
            "relative_step": Setting(FLAG, True),
        }
    ),
    "Ftrl": _optimizer(
        {
            "learning_rate_power": Setting(Number(-10, 0), -0.5),
            "initial_accumulator_value": Setting(_RATE, 0.1),
            "l1_regularization_strength": _ZERO,
            "l2_regularization_strength": _ZERO,
            "l2_shrinkage_regularization_strength": _ZERO,
            "beta": _ZERO,
        }
    ),
}
DEFAULT_RATES = {"SGD": 0.01}  # all others: 0.001


def make_optimizer(optimizer: CanonicalObject | None) -> Any:
    """Return the Keras optimizer, its learning rate a number or a schedule; RMSprop, as Keras itself, where none was given."""
    import keras

    if optimizer is None:
        return keras.optimizers.RMSprop()
    schema = OPTIMIZERS[optimizer.kind]
    config = {key: schema[key].kind.make(value, 0) for key, value in optimizer.config.items() if key != "learning_rate"}
    rate = optimizer.config["learning_rate"]
    if isinstance(rate, dict):
        settings = {key: SCHEDULES[rate["kind"]][key].kind.make(value, 0) for key, value in rate["config"].items()}
        rate = getattr(keras.optimizers.schedules, rate["kind"])(**{k: list(v) if isinstance(v, tuple) else v for k, v in settings.items()})
    return getattr(keras.optimizers, optimizer.kind)(learning_rate=rate, **config)

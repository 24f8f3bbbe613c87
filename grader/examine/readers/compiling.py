"""Reads what `compile` was told, as JSON that may be lying, into the canonical form."""

from __future__ import annotations

from typing import Any

from grader.examine.canonical import CanonicalCompile, CanonicalLoss, CanonicalObject
from grader.examine.objects import built_in, function_name, snake
from grader.examine.settings import BadValueError, Number, printable, read_config, refuse, shown
from grader.examine.training_objects import DEFAULT_RATES, LOSSES, OPTIMIZERS, SCHEDULES

MAX_METRICS = 50
_LOSS_ALIASES = {
    "bce": "BinaryCrossentropy",
    "mse": "MeanSquaredError",
    "mae": "MeanAbsoluteError",
    "mape": "MeanAbsolutePercentageError",
    "msle": "MeanSquaredLogarithmicError",
    "kld": "KLDivergence",
    "kl_divergence": "KLDivergence",
    "kullback_leibler_divergence": "KLDivergence",
    "logcosh": "LogCosh",
    "log_cosh": "LogCosh",
}
_LOSS_NAMES = {spelling: kind for kind in LOSSES for spelling in (kind, snake(kind), kind.lower())} | _LOSS_ALIASES
_OPTIMIZER_NAMES = {name.lower(): name for name in OPTIMIZERS}
_RATE = Number(0, 1e4)
_ACCEPTED_LOSSES = "use one of Keras' own, such as 'binary_crossentropy', 'categorical_crossentropy' or 'sparse_categorical_crossentropy'"


def read_compile(config: Any, outputs: tuple[str, ...]) -> CanonicalCompile | None:
    """Return the canonical form of `model.get_compile_config()`, None for a model that was not compiled; raises `RejectedError`.

    `outputs` are the names of the model's outputs, in order, by which a dict of losses is put in order.
    """
    if not config:
        return None
    if not isinstance(config, dict):
        raise refuse("malformed-config", "What `compile` was told cannot be read.")
    if "unserialisable" in config:
        raise refuse(
            "unserialisable-compile",
            "Something given to `compile` cannot be written down by Keras; give names or objects of Keras' own, such as "
            "`loss='binary_crossentropy'` or `loss=BinaryCrossentropy()`.",
            "compile",
            str(config["unserialisable"])[:2000],
        )
    losses = tuple(None if loss is None else _loss(loss) for loss in _per_output(config.get("loss"), outputs, "loss"))
    weights: tuple[float, ...] | None = None
    if config.get("loss_weights") is not None and not _is_text(config["loss_weights"]):
        given = _per_output(config["loss_weights"], outputs, "loss_weights")
        try:
            weights = tuple(_RATE.read(1.0 if weight is None else weight) for weight in given)
        except BadValueError as error:
            raise refuse("bad-setting", f"`loss_weights` can be graded as {error}; found {shown(config['loss_weights'])}.") from None
    return CanonicalCompile(
        optimizer=_optimizer(config.get("optimizer")), losses=losses, loss_weights=weights, metrics=_metrics(config.get("metrics"))
    )


def _is_text(value: Any) -> bool:
    """Whether `loss_weights` holds words: metrics passed by position, which leaves the model without any."""
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(each, str) for each in value))


def _per_output(value: Any, outputs: tuple[str, ...], what: str) -> list[Any]:
    if _serialised(value):
        return [value] * len(outputs)
    if isinstance(value, dict):
        if len(outputs) == 1 and len(value) == 1:
            return list(value.values())
        if set(value) <= set(outputs):
            return [value.get(name) for name in outputs]
    elif isinstance(value, list):
        if len(value) == len(outputs):
            return value
    else:
        return [value] * len(outputs)
    if what == "loss_weights":
        raise refuse(
            "bad-setting",
            f"`compile` takes its third argument for `loss_weights`, and found {len(value)} there for {len(outputs)} output(s); "
            "pass metrics by name: `metrics=[...]`.",
            what,
        )
    raise refuse(
        "bad-setting",
        f"`compile` was given {len(value)} values as `{what}`, but the model has {len(outputs)} output(s); give one for each.",
    )


def _serialised(value: Any) -> bool:
    return isinstance(value, dict) and "class_name" in value and "config" in value


def _loss(value: Any) -> CanonicalLoss:
    name = value if isinstance(value, str) else function_name(value)
    config: Any = {}
    if name is not None:
        kind = _LOSS_NAMES.get(name) or _LOSS_NAMES.get(name.lower())
    else:
        kind = _LOSS_NAMES.get(str(value.get("class_name"))) if built_in(value, "keras.losses") else None
        config = value.get("config") if isinstance(value, dict) else None
        name = str(value.get("class_name")) if isinstance(value, dict) and value.get("class_name") else type(value).__name__
    if kind is None:
        label = "lambda" if name in ("__lambda__", "<lambda>") else shown(name)
        raise refuse("python-loss", f"The loss {label} is not built into Keras; {_ACCEPTED_LOSSES}.", label)
    try:
        settings = read_config(config, LOSSES[kind])
    except BadValueError as error:
        raise refuse("bad-setting", f"The loss {kind} can be graded with {error}.", kind) from None
    return CanonicalLoss(name=snake(kind), kind=kind, from_logits=settings.pop("from_logits", False), config=settings)


def _optimizer(value: Any) -> CanonicalObject | None:
    if value is None:
        return None
    if isinstance(value, str):
        value = {"module": "keras.optimizers", "class_name": value, "config": {}}
    kind = _OPTIMIZER_NAMES.get(str(value.get("class_name")).lower()) if built_in(value, "keras.optimizers") else None
    if kind is None:
        label = shown(value.get("class_name")) if isinstance(value, dict) else shown(value)
        raise refuse(
            "custom-optimizer",
            f"The optimizer {label} is not one that this grader knows; use one of Keras' own: {', '.join(OPTIMIZERS)}.",
            label,
        )
    config = value.get("config")
    try:
        settings = read_config(config, {**OPTIMIZERS[kind]}, _IGNORED)
        settings["learning_rate"] = _learning_rate(config.get("learning_rate", DEFAULT_RATES.get(kind, 0.001)))
    except BadValueError as error:
        raise refuse("bad-setting", f"The optimizer {kind} can be graded with {error}.", kind) from None
    return CanonicalObject(kind=kind, config=settings)


_IGNORED = frozenset({"name", "learning_rate", "jit_compile", "is_legacy_optimizer"})


def _learning_rate(value: Any) -> Any:
    if not isinstance(value, dict):
        try:
            return float(f"{_RATE.read(value):.7g}")  # Keras stores 0.001 as the float32 nearest to it
        except BadValueError as error:
            raise BadValueError(f"`learning_rate` as {error}; found {shown(value)}") from None
    kind = value.get("class_name")
    if not built_in(value, "keras.optimizers.schedules") or kind not in SCHEDULES:
        label = "a function" if kind in ("__lambda__", "function") else shown(kind)
        raise refuse(
            "custom-schedule", f"The learning rate is {label}; use a number or one of Keras' own schedules: {', '.join(SCHEDULES)}.", label
        )
    config = read_config(value.get("config"), SCHEDULES[kind])
    if kind == "PiecewiseConstantDecay" and len(config["values"]) != len(config["boundaries"]) + 1:
        raise BadValueError("`values` one longer than `boundaries`")
    return {"kind": kind, "config": config}


def initial_learning_rate(optimizer: CanonicalObject) -> float:
    """Return the learning rate at the first step."""
    rate = optimizer.config["learning_rate"]
    if not isinstance(rate, dict):
        return float(rate)
    config = rate["config"]
    return float(config["values"][0] if "values" in config else config["initial_learning_rate"])


def _metrics(value: Any) -> tuple[str, ...]:
    """Return metrics by the names that a history shows, except the class `Accuracy()`.

    That class compares predictions with labels for equality, so it is named "Accuracy" to be told from the string "accuracy".
    """
    names: list[str] = []
    waiting = [value]
    while waiting and len(names) < MAX_METRICS:
        item = waiting.pop(0)
        name = item if isinstance(item, str) else function_name(item)
        if name is not None:
            names.append(printable(name))
        elif _serialised(item):
            config = item["config"] if isinstance(item["config"], dict) else {}
            kind = item["class_name"]
            own = config.get("name")
            names.append("Accuracy" if kind == "Accuracy" else printable(own) if isinstance(own, str) else shown(kind))
        elif isinstance(item, list):
            waiting[:0] = item[:MAX_METRICS]
        elif isinstance(item, dict):
            waiting[:0] = list(item.values())[:MAX_METRICS]
    return tuple(names)

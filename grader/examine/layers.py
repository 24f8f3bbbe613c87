"""The layers that cross the trust line: per Keras class the settings that its config may hold, as a table."""

from __future__ import annotations

from typing import Any

from grader.examine.objects import ACTIVATION, CONSTRAINT, FLAG, INITIALIZER, REGULARIZER
from grader.examine.settings import Choice, Either, Fixed, Integer, Number, Optional, Schema, Sequence, Setting

SIZE = 16_384  # pixels along one axis
COUNT = Integer(1)
_GLOROT: dict[str, Any] = {"kind": "GlorotUniform", "config": {"input_axes": None, "output_axes": None}}
_ZEROS: dict[str, Any] = {"kind": "Zeros", "config": {}}
_ONES: dict[str, Any] = {"kind": "Ones", "config": {}}

_FORMAT = Setting(Choice(("channels_last", "channels_first")), "channels_last")
_PADDING = Setting(Choice(("valid", "same")), "valid")
_AXIS = Setting(Integer(-8, 8), -1)
_AXES = Setting(Either((Integer(-8, 8), Sequence(Integer(-8, 8), 1, 4))), -1)
_ON = Setting(FLAG, True)
_OFF = Setting(FLAG, False)
_RATE = Setting(Number(0, 1))
_BIAS = {"use_bias": _ON}
_ACTIVATION = Setting(ACTIVATION, "linear")


def _weight(name: str, initializer: dict[str, Any] = _ZEROS) -> dict[str, Setting]:
    return {
        f"{name}_initializer": Setting(INITIALIZER, initializer),
        f"{name}_regularizer": Setting(REGULARIZER, None),
        f"{name}_constraint": Setting(CONSTRAINT, None),
    }


_ACTIVITY = {"activity_regularizer": Setting(REGULARIZER, None)}


def _integers(axes: int, low: int = 1, high: int = SIZE) -> Sequence:
    return Sequence(Integer(low, high), axes, axes, spread=True)


def _window(axes: int) -> dict[str, Setting]:
    ones = [1] * axes
    return {
        "kernel_size": Setting(_integers(axes)),
        "strides": Setting(_integers(axes), ones),
        "padding": Setting(Choice(("valid", "same", "causal") if axes == 1 else ("valid", "same")), "valid"),
        "data_format": _FORMAT,
        "dilation_rate": Setting(_integers(axes), ones),
        "activation": _ACTIVATION,
        **_BIAS,
        **_weight("bias"),
        **_ACTIVITY,
    }


def _convolution(axes: int) -> Schema:
    return {"filters": Setting(COUNT), "groups": Setting(COUNT, 1), **_window(axes), **_weight("kernel", _GLOROT)}


def _transposed(axes: int) -> Schema:
    output_padding = Setting(Optional(_integers(axes, 0)), None)
    return {"filters": Setting(COUNT), "output_padding": output_padding, **_window(axes), **_weight("kernel", _GLOROT)}


def _depthwise(axes: int) -> dict[str, Setting]:
    return {"depth_multiplier": Setting(COUNT, 1), **_window(axes), **_weight("depthwise", _GLOROT)}


def _separable(axes: int) -> Schema:
    return {"filters": Setting(COUNT), **_depthwise(axes), **_weight("pointwise", _GLOROT)}


def _pooling(axes: int) -> Schema:
    size = _integers(axes)
    return {"pool_size": Setting(size), "strides": Setting(Optional(size), None), "padding": _PADDING, "data_format": _FORMAT}


def _borders(axes: int, default: int) -> Setting:
    side = Integer(0, SIZE)
    if axes == 1:
        return Setting(Sequence(side, 2, 2, spread=True), [default] * 2)
    return Setting(Sequence(Sequence(side, 2, 2, spread=True), axes, axes, spread=True), [[default] * 2] * axes)


class _Symmetric(Either):
    """A range that Keras writes down as (-a, a), but takes as a only."""

    def make(self, value: Any, seed: int) -> Any:
        """Return the upper end of a symmetric range."""
        return value[1] if isinstance(value, list) and value[0] == -value[1] else super().make(value, seed)


_RANGE = Either((Number(), Sequence(Number(), 2, 2)))
_SHEAR = _Symmetric(_RANGE.kinds)
_FACTOR = Setting(_RANGE)
_OPTIONAL_FACTOR = Setting(Optional(_RANGE), None)
_PIXELS = {"value_range": Setting(Sequence(Number(), 2, 2), [0.0, 255.0]), "data_format": _FORMAT}
_FILL_MODES = ("constant", "reflect", "wrap", "nearest")
_INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5", "area", "mitchellcubic", "gaussian")
_MOVED = {
    "fill_mode": Setting(Choice(_FILL_MODES), "reflect"),
    "fill_value": Setting(Number(), 0.0),
    "interpolation": Setting(Choice(("nearest", "bilinear")), "bilinear"),
    "data_format": _FORMAT,
}
_EXTENT = {"height": Setting(Integer(1, SIZE)), "width": Setting(Integer(1, SIZE)), "data_format": _FORMAT}
_NORMALIZED = {"epsilon": Setting(Number(0), 1e-3), "center": _ON, "scale": _ON, **_weight("gamma", _ONES), **_weight("beta")}
_DROPOUT: Schema = {"rate": _RATE}
_NOISE_SHAPE = Setting(Optional(Sequence(Optional(Integer(1, SIZE)), 1, 5)), None)
# Mean and variance of one image's channels; a per-pixel table would be an array of the student's own.
_CHANNELS = Optional(Either((Number(), Sequence(Number(), 1, 4), Sequence(Sequence(Number(), 1, 4), 1, 1))))

LAYERS: dict[str, Schema] = {
    "Dense": {"units": Setting(COUNT), "activation": _ACTIVATION, **_BIAS, **_weight("kernel", _GLOROT), **_weight("bias"), **_ACTIVITY},
    **{f"Conv{n}D": _convolution(n) for n in (1, 2, 3)},
    **{f"Conv{n}DTranspose": _transposed(n) for n in (1, 2)},
    **{f"DepthwiseConv{n}D": _depthwise(n) for n in (1, 2)},
    **{f"SeparableConv{n}D": _separable(n) for n in (1, 2)},
    **{f"{kind}Pooling{n}D": _pooling(n) for kind in ("Max", "Average") for n in (1, 2, 3)},
    **{f"Global{kind}Pooling{n}D": {"data_format": _FORMAT, "keepdims": _OFF} for kind in ("Max", "Average") for n in (1, 2, 3)},
    "Flatten": {"data_format": _FORMAT},
    "Reshape": {"target_shape": Setting(Sequence(Integer(-1), 0, 6))},
    "Permute": {"dims": Setting(Sequence(Integer(1, 6), 1, 6))},
    "RepeatVector": {"n": Setting(Integer(1, SIZE))},
    **{f"ZeroPadding{n}D": {"padding": _borders(n, 1), **({"data_format": _FORMAT} if n > 1 else {})} for n in (1, 2)},
    "Cropping1D": {"cropping": _borders(1, 1)},
    "Cropping2D": {"cropping": _borders(2, 0), "data_format": _FORMAT},
    "UpSampling1D": {"size": Setting(Integer(1, SIZE), 2)},
    "UpSampling2D": {
        "size": Setting(_integers(2), [2, 2]),
        "data_format": _FORMAT,
        "interpolation": Setting(Choice(_INTERPOLATIONS[:5]), "nearest"),
    },
    "Dropout": {**_DROPOUT, "noise_shape": _NOISE_SHAPE},
    "AlphaDropout": {**_DROPOUT, "noise_shape": _NOISE_SHAPE},
    "GaussianDropout": _DROPOUT,
    "GaussianNoise": {"stddev": Setting(Number(0))},
    "SpatialDropout1D": _DROPOUT,
    "SpatialDropout2D": {**_DROPOUT, "data_format": _FORMAT},
    "BatchNormalization": {
        "axis": _AXIS,
        "momentum": Setting(Number(0, 1), 0.99),
        **_NORMALIZED,
        "moving_mean_initializer": Setting(INITIALIZER, _ZEROS),
        "moving_variance_initializer": Setting(INITIALIZER, _ONES),
        "synchronized": Setting(Fixed(False), False),
        "renorm": Setting(Fixed(False), False),
        "renorm_clipping": Setting(Fixed(None), None),
        "renorm_momentum": Setting(Number(0, 1), 0.99),
    },
    "LayerNormalization": {"axis": _AXES, **_NORMALIZED, "rms_scaling": _OFF},
    "GroupNormalization": {"groups": Setting(Integer(-1), 32), "axis": _AXIS, **_NORMALIZED},
    "RMSNormalization": {"axis": _AXES, "epsilon": Setting(Number(0), 1e-6)},
    "UnitNormalization": {"axis": _AXES},
    "Activation": {"activation": Setting(ACTIVATION)},
    **ACTIVATION.layers,
    "PReLU": {**_weight("alpha"), "shared_axes": Setting(Optional(Sequence(Integer(1, 5), 1, 5)), None)},
    "ActivityRegularization": {"l1": Setting(Number(0), 0.0), "l2": Setting(Number(0), 0.0)},
    "Identity": {},
    "Rescaling": {
        "scale": Setting(Either((Number(), Sequence(Number(), 1, 4)))),
        "offset": Setting(Either((Number(), Sequence(Number(), 1, 4))), 0.0),
    },
    "Resizing": {
        **_EXTENT,
        "interpolation": Setting(Choice(_INTERPOLATIONS), "bilinear"),
        "crop_to_aspect_ratio": _OFF,
        "pad_to_aspect_ratio": _OFF,
        "fill_mode": Setting(Choice(_FILL_MODES), "constant"),
        "fill_value": Setting(Number(), 0.0),
        "antialias": _OFF,
    },
    "CenterCrop": _EXTENT,
    "Normalization": {
        "axis": Setting(Optional(Either((Integer(-4, 4), Sequence(Integer(-4, 4), 0, 1)))), -1),
        "mean": Setting(_CHANNELS, None),
        "variance": Setting(_CHANNELS, None),
        "invert": _OFF,
    },
    "RandomFlip": {
        "mode": Setting(Choice(("horizontal", "vertical", "horizontal_and_vertical")), "horizontal_and_vertical"),
        "data_format": _FORMAT,
    },
    "RandomRotation": {"factor": _FACTOR, **_MOVED},
    "RandomZoom": {"height_factor": _FACTOR, "width_factor": _OPTIONAL_FACTOR, **_MOVED},
    "RandomTranslation": {"height_factor": _FACTOR, "width_factor": _FACTOR, **_MOVED},
    "RandomShear": {"x_factor": Setting(_SHEAR, 0.0), "y_factor": Setting(_SHEAR, 0.0), **_MOVED},
    "RandomCrop": _EXTENT,
    "RandomContrast": {"factor": _FACTOR, **_PIXELS},
    "RandomBrightness": {"factor": _FACTOR, **_PIXELS},
    **{name: {"factor": _FACTOR, **_PIXELS} for name in ("RandomHue", "RandomSaturation", "RandomSharpness", "RandomColorDegeneration")},
    "RandomGrayscale": {"factor": _FACTOR, "data_format": _FORMAT},
    **{name: {} for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")},
    "Concatenate": {"axis": _AXIS},
    "Dot": {"axes": Setting(Either((Integer(-8, 8), Sequence(Integer(-8, 8), 2, 2)))), "normalize": _OFF},
}

SEEDED = frozenset(
    {"Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise", "SpatialDropout1D", "SpatialDropout2D"}
    | {name for name in LAYERS if name.startswith("Random")}
) - {"RandomGrayscale"}  # it takes its seed too, but does not say so in its config

"""Max pooling of 2×2 with a quicker gradient, equal to the last bit: TensorFlow's own takes a quarter of a training step on a processor."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

PLAIN = {"pool_size": (2, 2), "strides": (2, 2), "padding": "valid", "data_format": "channels_last"}


def quicken_pooling(layers: Iterable[Any]) -> None:
    """Give each plain 2×2 max pooling layer of a model the quicker gradient."""
    import keras

    for layer in layers:
        if isinstance(layer, keras.layers.MaxPooling2D) and all(getattr(layer, name) == value for name, value in PLAIN.items()):
            layer.call = pooling()


@cache
def pooling() -> Callable[[Any], Any]:
    """Return the function: images (n, h, w, c) to their 2×2 maxima."""
    import tensorflow as tf

    # Compiled, the many passes over memory become one.
    spread = tf.function(_spread, autograph=False, jit_compile=True)

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def pool(inputs: Any) -> tuple[Any, Callable[[Any], Any]]:
        outputs = tf.nn.max_pool2d(inputs, 2, 2, "VALID")
        return outputs, lambda gradient: spread(inputs, outputs, gradient)

    return pool  # type: ignore[no-any-return]


def _spread(inputs: Any, outputs: Any, gradient: Any) -> Any:
    """Return the gradient of the inputs: each window's goes to its first maximum, row by row."""
    import tensorflow as tf

    height, width, channels = inputs.shape[1:]
    rows, columns = height // 2, width // 2
    parts: list[Any] = []
    taken = tf.zeros_like(outputs, tf.bool)
    for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
        first = (inputs[:, row : 2 * rows : 2, column : 2 * columns : 2] == outputs) & ~taken
        taken |= first
        parts.append(tf.where(first, gradient, tf.zeros_like(gradient)))
    lines = [tf.reshape(tf.stack(pair, 3), (-1, rows, 2 * columns, channels)) for pair in (parts[:2], parts[2:])]
    whole = tf.reshape(tf.stack(lines, 2), (-1, 2 * rows, 2 * columns, channels))
    return tf.pad(whole, ((0, 0), (0, height % 2), (0, width % 2), (0, 0)))

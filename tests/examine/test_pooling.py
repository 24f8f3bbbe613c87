"""The quicker gradient of max pooling is TensorFlow's own, to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grader.examine.pooling import pooling, quicken_pooling

SHAPES = {"even": (3, 12, 10, 4), "odd": (2, 15, 9, 3), "one window": (1, 2, 2, 1), "narrow": (2, 3, 7, 5)}


def outputs_and_gradient(layer: Any, images: Any) -> tuple[Any, Any]:
    import tensorflow as tf

    @tf.function(autograph=False)  # as the grader trains
    def step(values: Any, weights: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(values)
            pooled = layer(values)
            loss = tf.reduce_sum(pooled * weights)
        return pooled, tape.gradient(loss, values)

    count, height, width, channels = images.shape
    weights = np.random.default_rng(1).normal(size=(count, height // 2, width // 2, channels)).astype(np.float32)
    return tuple(result.numpy() for result in step(tf.constant(images), tf.constant(weights)))


@pytest.mark.parametrize("ties", [False, True], ids=["distinct", "ties"])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_gradient_is_the_same(shape: str, ties: bool) -> None:
    import keras

    images = np.random.default_rng(0).normal(size=SHAPES[shape]).astype(np.float32)
    if ties:
        images = np.maximum(np.round(images), 0)
    plain, quick = keras.layers.MaxPooling2D(2), keras.layers.MaxPooling2D(2)
    quicken_pooling([quick])
    for expected, got in zip(outputs_and_gradient(plain, images), outputs_and_gradient(quick, images), strict=True):
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize(
    ("settings", "quick"),
    [
        ({}, True),
        ({"pool_size": 3}, False),
        ({"strides": 1}, False),
        ({"padding": "same"}, False),
        ({"data_format": "channels_first"}, False),
    ],
)
def test_only_plain_pooling_is_changed(settings: dict[str, Any], quick: bool) -> None:
    import keras

    layer = keras.layers.MaxPooling2D(**{"pool_size": 2, **settings})
    quicken_pooling([layer, keras.layers.AveragePooling2D(2), keras.layers.Flatten()])
    assert (layer.call is pooling()) == quick

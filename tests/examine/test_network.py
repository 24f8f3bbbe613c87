"""The compiled update of many weights: the same step, only quicker."""

from __future__ import annotations

import pytest

from grader.examine import network
from grader.examine.network import COMPILED_OPTIMIZERS, Network

CASES = {name: {} for name in sorted(COMPILED_OPTIMIZERS)} | {
    "SGD": {"momentum": 0.9, "nesterov": True},
    "Adam": {"clipnorm": 1.0, "use_ema": True, "ema_overwrite_frequency": 2},
    "RMSprop": {"centered": True, "gradient_accumulation_steps": 2, "global_clipnorm": 1.0},
}


@pytest.mark.parametrize("name", CASES)
def test_a_compiled_update_makes_the_same_step(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import keras
    import numpy as np
    import tensorflow as tf

    def steps(many: int) -> list[np.ndarray]:
        monkeypatch.setattr(network, "MANY_WEIGHTS", many)
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(5), keras.layers.Dense(2)])
        rate = keras.optimizers.schedules.ExponentialDecay(0.01, 2, 0.5)
        model.compile(getattr(keras.optimizers, name)(rate, **CASES[name]))
        model.optimizer.build(model.trainable_variables)
        made = Network.__new__(Network)
        made.model = model
        update = made._updating()
        assert isinstance(update, tf.types.experimental.GenericFunction) == (many == 0)
        rng = np.random.default_rng(2)
        for _ in range(4):
            update([tf.constant(rng.normal(size=weight.shape), tf.float32) for weight in model.trainable_weights])
        return [weight.numpy() for weight in model.trainable_weights]

    for plain, compiled in zip(steps(10**9), steps(0), strict=True):
        np.testing.assert_allclose(compiled, plain, rtol=1e-4, atol=1e-6)

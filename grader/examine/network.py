"""A rebuilt network with compiled functions: one training step, scoring, and re-estimating what BatchNorm remembers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .pooling import quicken_pooling
from .prefix import find_prefix
from .rebuild import MisfitError, build_traced, compile_model, give_values
from .tasks import Decision, TrainingTask

MANY_WEIGHTS = 8_000_000  # below, compiling takes longer than it saves
COMPILED_OPTIMIZERS = frozenset({"SGD", "RMSprop", "Adam", "AdamW", "Adagrad", "Adamax", "Nadam"})


class ImpossibleError(Exception):
    """Not even one step can be made; the message is Keras' own text."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.type = type(error).__name__


@dataclass(frozen=True)
class Images:
    """Images (n, h, w, c) with value = stored * scale + offset, and one integer label each."""

    stored: npt.NDArray[Any]
    labels: npt.NDArray[np.int64]
    scale: float
    offset: float
    passes: Sequence[int] = ()


def set_up(seed: int) -> None:
    """Make TensorFlow deterministic and single-threaded, with nothing left of an earlier use; first before the process' first operation."""
    import keras
    import tensorflow as tf

    keras.backend.clear_session()  # names are counted from the start again: errors tell them

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.set_visible_devices([], "GPU")
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what Keras and TensorFlow raise about a network, its loss and its labels into `ImpossibleError`."""
    import tensorflow as tf

    try:
        yield
    except (
        MisfitError,
        ValueError,
        TypeError,
        AttributeError,
        LookupError,
        ArithmeticError,
        NotImplementedError,
        tf.errors.OpError,
    ) as error:
        raise ImpossibleError(error) from error


class Network:
    """The rebuilt network with compiled functions for a training step, for scoring, and for re-estimating BatchNorm statistics.

    Where its first layers are frozen, they are applied once to each image, `model` is what follows, and images to score come from
    `prepared`; without `split` the whole network is trained all the same. `whole` is the network from its images on, in any case.
    """

    def __init__(self, task: TrainingTask, seed: int, data: Images, *, split: bool = True) -> None:
        import tensorflow as tf

        self._one_hot = task.one_hot
        built = build_traced(task.model, seed, task.size)
        self.model = self.whole = built.model
        if task.start is not None:
            give_values(self.model, task.start.pairs)
        self._prefix = find_prefix(task.model, built, len(data.stored)) if split else None
        self._data = self.prepared(data)
        if self._prefix is not None:
            self.model = self._prefix.after
        quicken_pooling(all_layers(self.model))
        compile_model(self.model, task.compiled)
        self.model.optimizer.build(self.model.trainable_variables)
        self._update = self._updating()
        size = self._data.stored.shape[1:]
        stored = tf.TensorSpec((None, *size), self._data.stored.dtype)
        wanted = tf.TensorSpec((None, task.one_hot) if task.one_hot else (None,), tf.float32)
        # Without autograph, as in Keras' own loops: it takes a second of a worker's start, and leaves files in the temporary folder.
        self._step = tf.function(self._train_step, input_signature=[stored, wanted], autograph=False).get_concrete_function()
        self._predict = tf.function(
            lambda images: self.model(images, training=False),
            input_signature=[tf.TensorSpec((None, *size), tf.float32)],
            autograph=False,
        )
        self._calibrate = self._calibration(stored)

    def prepared(self, images: Images) -> Images:
        """Return images as `step` and `outputs` want them: what the frozen first layers make of them, or the images themselves."""
        if self._prefix is None:
            return images
        return Images(self._prefix.features(images.stored, images.scale, images.offset), images.labels, 1.0, 0.0, images.passes)

    def _values(self, stored: Any) -> Any:
        import tensorflow as tf

        return tf.cast(stored, tf.float32) * self._data.scale + self._data.offset

    def _train_step(self, stored: Any, labels: Any) -> tuple[Any, Any]:
        import tensorflow as tf

        images = self._values(stored)
        with tf.GradientTape() as tape:
            outputs = self.model(images, training=True)
            loss = self.model.compute_loss(x=images, y=labels, y_pred=outputs, training=True)
        weights = self.model.trainable_weights
        if weights:
            self._update(tape.gradient(loss, weights))
        return loss, outputs

    def _updating(self) -> Callable[[Any], None]:
        """Return what applies gradients; for many weights compiled, since an optimizer's dozen passes over them then become one."""
        import tensorflow as tf

        optimizer, weights = self.model.optimizer, self.model.trainable_weights

        def update(gradients: Any) -> None:
            optimizer.apply(gradients, weights)

        if type(optimizer).__name__ not in COMPILED_OPTIMIZERS or sum(math.prod(weight.shape) for weight in weights) < MANY_WEIGHTS:
            return update
        compiled: Callable[[Any], None] = tf.function(update, autograph=False, jit_compile=True)
        return compiled

    def step(self, chosen: npt.NDArray[np.intp]) -> tuple[float, npt.NDArray[np.float32]]:
        """Make one optimizer step on the chosen training images; return the loss before it and the outputs."""
        import tensorflow as tf

        labels = self._data.labels[chosen]
        encoded = np.eye(self._one_hot, dtype=np.float32)[labels] if self._one_hot else labels.astype(np.float32)
        loss, outputs = self._step(tf.constant(self._data.stored[chosen]), tf.constant(encoded))
        return float(loss), outputs.numpy()

    def outputs(self, images: Images, chosen: slice) -> npt.NDArray[np.float32]:
        """Return the network's outputs for some images, at most 50 at a time."""
        stored = images.stored[chosen]
        parts = []
        for start in range(0, len(stored), 50):
            values = stored[start : start + 50].astype(np.float32) * np.float32(images.scale) + np.float32(images.offset)
            parts.append(self._predict(values).numpy())
        return np.concatenate(parts)

    def calibrate(self, batches: Sequence[npt.NDArray[np.intp]]) -> None:
        """Re-estimate the BatchNorm statistics over training batches: after few steps the moving averages lag behind the network."""
        if self._calibrate is not None:
            self._calibrate([self._data.stored[chosen] for chosen in batches])

    def _calibration(self, stored: Any) -> Callable[[list[npt.NDArray[Any]]], None] | None:
        import keras
        import tensorflow as tf

        layers = list(all_layers(self.model))
        moving = [layer for layer in layers if isinstance(layer, keras.layers.BatchNormalization) and layer.trainable]
        if not moving:
            return None
        # With momentum 0 the moving averages become those of the last batch; dropout would only blur them.
        kept = [(layer, "momentum", layer.momentum) for layer in moving]
        kept += [(layer, "rate", layer.rate) for layer in layers if isinstance(layer, keras.layers.Dropout)]
        for layer, name, _ in kept:
            setattr(layer, name, 0.0)
        forward = tf.function(lambda batch: self.model(self._values(batch), training=True), input_signature=[stored], autograph=False)
        forward.get_concrete_function()
        for layer, name, value in kept:
            setattr(layer, name, value)
        variables = [variable for layer in moving for variable in (layer.moving_mean, layer.moving_variance)]

        def run(batches: list[npt.NDArray[Any]]) -> None:
            sums = [np.zeros(variable.shape, np.float64) for variable in variables]
            for batch in batches:
                forward(tf.constant(batch))
                sums = [total + variable.numpy() for total, variable in zip(sums, variables, strict=True)]
            for total, variable in zip(sums, variables, strict=True):
                variable.assign((total / len(batches)).astype(np.float32))

        return run


def all_layers(model: Any) -> Iterator[Any]:
    """Yield the layers of a model and of the models nested in it."""
    for layer in model.layers:
        yield layer
        if hasattr(layer, "layers"):
            yield from all_layers(layer)


def predicted_labels(outputs: npt.NDArray[np.float32], decision: Decision) -> npt.NDArray[np.int64]:
    """Return the label that each row of outputs means."""
    if decision.threshold is None:
        best: npt.NDArray[np.int64] = np.argmax(outputs, axis=1)
        return best
    labels: npt.NDArray[np.int64] = np.where(outputs.reshape(-1) > decision.threshold, decision.above, decision.below)
    return labels

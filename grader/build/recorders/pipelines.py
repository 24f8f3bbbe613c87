"""Draws batches from whatever a submission calls a pipeline, one epoch after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from .arrays import Array

Batch = tuple[Array, Array | None, bool]  # images, labels, whether it was a single unbatched image
_ARRAY_BATCH = 32
_WIDEST_LABEL = 1000


class NotAPipelineError(TypeError):
    """The object yields nothing that can be drawn."""


class Epochs:
    """The epochs of one pipeline. An epoch of unknown or endless length ends once `expected` images were drawn."""

    def __init__(self, pipeline: Any, expected: int) -> None:
        self._pipeline = pipeline
        self._expected = max(expected, 1)
        self._stream: Iterator[Any] | None = None  # for what can be iterated only once
        self.length = _length(pipeline)

    def draw(self) -> Iterator[Batch]:
        """Yield the batches of the next epoch; nothing where the pipeline has run out. Raises what the pipeline raises, and ValueError."""
        images = 0
        for item in self._items():
            batch = _read(item)
            yield batch
            images += len(batch[0])
            if self.length is None and images >= self._expected:
                return

    def _items(self) -> Iterable[Any]:
        import keras  # noqa: PLC0415 - the child has it loaded

        pipeline = self._pipeline
        arrays = _as_arrays(pipeline)
        if arrays is not None:
            return _slices(*arrays)
        if isinstance(pipeline, keras.utils.PyDataset):
            # As `fit` does it: by index, then a signal that the epoch is over. Iterating over these never ends.
            return _indexed(pipeline, self.length)
        if isinstance(pipeline, (str, bytes, dict)) or not hasattr(pipeline, "__iter__"):
            raise NotAPipelineError(f"{type(pipeline).__name__} yields no batches; expected an iterator, a dataset or a Sequence")
        if self._stream is None:
            stream: Iterator[Any] = iter(pipeline)
            if stream is not pipeline:
                return stream
            self._stream = stream
        return self._stream


def _length(pipeline: Any) -> int | None:
    try:
        length = len(pipeline)
    except (TypeError, AttributeError, OverflowError, ValueError):  # no length, unknown or endless
        return None
    return length if isinstance(length, int) and 0 <= length < 10**9 else None


def _indexed(pipeline: Any, length: int | None) -> Iterator[Any]:
    index = 0
    while length is None or index < length:
        yield pipeline[index]
        index += 1
    pipeline.on_epoch_end()


def _as_arrays(pipeline: Any) -> tuple[Array, Array] | None:
    """Return (images, labels) where the pipeline is simply a pair of arrays of one length."""
    if not isinstance(pipeline, (tuple, list)) or len(pipeline) != 2:
        return None
    images, labels = pipeline
    if not (hasattr(images, "shape") and hasattr(labels, "shape")):
        return None
    if len(images.shape) < 3 or len(labels.shape) == 0 or images.shape[0] != labels.shape[0]:
        return None
    return _numbers(images), _numbers(labels)


def _slices(images: Array, labels: Array) -> Iterator[tuple[Array, Array]]:
    for first in range(0, len(images), _ARRAY_BATCH):
        yield images[first : first + _ARRAY_BATCH], labels[first : first + _ARRAY_BATCH]


def _read(item: Any) -> Batch:
    """Return a batch as arrays. Raises ValueError saying what is wrong with it."""
    parts = tuple(item) if isinstance(item, (tuple, list)) else (item,)
    if not parts or isinstance(item, dict):
        raise ValueError(f"a batch must be (images, labels); it is {type(item).__name__}")
    images = _numbers(parts[0])
    labels = _numbers(parts[1]) if len(parts) > 1 and parts[1] is not None else None
    single = images.ndim <= 3 and (labels is None or labels.ndim == 0 or len(labels) != len(images))
    if single:
        images, labels = images[np.newaxis], None if labels is None else labels[np.newaxis]
    if images.ndim not in {3, 4}:
        raise ValueError(f"a batch of images must have four axes (images, height, width, channels); its shape is {images.shape}")
    if labels is not None:
        if labels.ndim not in {1, 2} or (labels.ndim == 2 and labels.shape[1] > _WIDEST_LABEL):
            raise ValueError(f"labels must have one or two axes; their shape is {labels.shape}")
        if len(labels) != len(images):
            raise ValueError(f"a batch holds {len(images)} images but {len(labels)} labels")
    return images, labels, single


def _numbers(value: Any) -> Array:
    if type(value).__name__ in {"RaggedTensor", "SparseTensor"}:
        raise ValueError(f"a batch must be a dense array; it is a {type(value).__name__}, e.g. images of different sizes")
    if hasattr(value, "numpy") and callable(value.numpy):
        value = value.numpy()
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"a batch must hold numbers; it holds {array.dtype}")
    return array

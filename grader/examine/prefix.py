"""Splits a network where training begins to matter: what comes before is computed once per image and kept in the cache, by content."""

from __future__ import annotations

import hashlib
import math
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.contracts.base import digest
from grader.datasets.cache import PRIVATE, FileRecord, Manifest, cache_root, explained, hash_file, make_manifest, obtain

from .canonical import CanonicalCall, CanonicalModel, Tensor
from .rebuild import Built

VERSION = 1
BATCH = 25  # images at a time
MOST_BYTES = 1 << 30  # of the features of one set of training images; for more the whole network is trained
KEPT_BYTES = 3 << 30  # of all sets together; those not used for longest are removed first
IN_USE = 3600.0  # seconds after its last use in which a set is not removed


@dataclass(frozen=True)
class Prefix:
    """The part of a network that training leaves as it is, and the part that is trained on what it gives."""

    before: Any  # keras.Model from images to features
    after: Any  # keras.Model from features to outputs
    identity: str  # digest of the first part's structure, without its weights

    def features(self, stored: npt.NDArray[Any], scale: float, offset: float) -> npt.NDArray[np.float32]:
        """Return the features (n, ...) of images with value = stored * scale + offset."""
        shape = (len(stored), *self.before.output.shape[1:])
        entry = cache_root() / "features" / self._key(stored, scale, offset)

        def fill(folder: Path) -> Manifest:
            path = folder / "features.npy"
            made = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
            for start, values in self._computed(stored, scale, offset):
                made[start : start + len(values)] = values
            made.flush()
            record = FileRecord(path=path.name, split="features", class_name="", sha256=hash_file(path), bytes=path.stat().st_size)
            return make_manifest("features", entry.name, f"prefix {VERSION}", [record])

        obtain(entry, fill, mode=PRIVATE)  # of hidden images too: for their owner alone
        with explained(entry):
            os.utime(entry)
            found: npt.NDArray[np.float32] = np.load(entry / "features.npy", mmap_mode="r", allow_pickle=False)
        _tidy(entry.parent)
        return found

    def _key(self, stored: npt.NDArray[Any], scale: float, offset: float) -> str:
        content = hashlib.sha256()
        for array in (*self.before.get_weights(), stored):
            content.update(np.ascontiguousarray(array).data)
        about = [VERSION, version("tensorflow"), version("keras"), self.identity, str(stored.dtype), list(stored.shape), scale, offset]
        return digest([about, content.hexdigest()])

    def _computed(self, stored: npt.NDArray[Any], scale: float, offset: float) -> Iterator[tuple[int, npt.NDArray[np.float32]]]:
        import tensorflow as tf

        signature = [tf.TensorSpec((None, *stored.shape[1:]), stored.dtype)]
        forward = tf.function(
            lambda images: self.before(tf.cast(images, tf.float32) * scale + offset, training=False),
            input_signature=signature,
            autograph=False,
        )
        for start in range(0, len(stored), BATCH):
            yield start, forward(tf.constant(stored[start : start + BATCH])).numpy()


def find_prefix(canonical: CanonicalModel, built: Built, images: int) -> Prefix | None:
    """Return the parts of a network that has frozen layers before all that training moves or that draws at random; None for all others.

    None also where the features of so many images would be too large. Frozen layers after the border are passed through as ever.
    """
    import keras

    fixed = _fixed(canonical, built)
    taken = {tensor for number, call in enumerate(canonical.calls) if number not in fixed for tensor in _tensors(call)}
    taken |= {output for output in canonical.outputs if output.call is None or output.call in fixed}
    border = {tensor for tensor in taken if tensor.call is None or tensor.call in fixed}
    if len(border) != 1:
        return None
    (cut,) = border
    if cut.call is None or cut in canonical.outputs:
        return None
    needed = _needed(canonical, cut.call)
    if not any(getattr(built.applied[number], "weights", ()) for number in needed):
        return None
    tensor = built.results[cut.call][cut.output]
    calls = [(number, canonical.calls[number]) for number in sorted(needed)]
    plain = [[number, call.model_dump(mode="json"), canonical.layers[call.layer].model_dump(mode="json")] for number, call in calls]
    before = keras.Model(built.model.inputs, tensor)
    if 4 * math.prod((images, *before.output.shape[1:])) > MOST_BYTES:
        return None
    return Prefix(before, keras.Model(tensor, built.model.outputs[0]), digest([plain, cut.call, cut.output]))


def _fixed(canonical: CanonicalModel, built: Built) -> set[int]:
    """Return the calls that give the same for the same image in every training step."""
    fixed: set[int] = set()
    for number, call in enumerate(canonical.calls):
        inputs = (tensor.call is None or tensor.call in fixed for tensor in _tensors(call))
        if all(inputs) and _unmoving(built.applied[number]):
            fixed.add(number)
    return fixed


def _unmoving(applied: Any) -> bool:
    layers = getattr(applied, "layers", None)
    if layers is not None:
        return all(map(_unmoving, layers))
    if not hasattr(applied, "weights"):
        return True  # an operation on tensors
    draws = len(applied.variables) > len(applied.weights)  # the state of a random generator
    adds_to_loss = getattr(applied, "activity_regularizer", None) is not None
    return not draws and not adds_to_loss and not (applied.weights and applied.trainable)


def _needed(canonical: CanonicalModel, call: int) -> set[int]:
    needed, waiting = set(), [call]
    while waiting:
        number = waiting.pop()
        if number not in needed:
            needed.add(number)
            waiting += [tensor.call for tensor in _tensors(canonical.calls[number]) if tensor.call is not None]
    return needed


def _tensors(call: CanonicalCall) -> Iterator[Tensor]:
    for argument in call.arguments:
        if isinstance(argument, Tensor):
            yield argument
        elif isinstance(argument, tuple):
            yield from (item for item in argument if isinstance(item, Tensor))


def _tidy(folder: Path) -> None:
    """Remove the sets that were not used for longest, until the rest is small enough."""
    with explained(folder):
        folder.chmod(PRIVATE)
        entries = sorted((path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")), key=_last_used)
    sizes = {path: sum(file.stat().st_size for file in path.iterdir()) for path in entries}
    total = sum(sizes.values())
    for path in entries:
        if total <= KEPT_BYTES or time.time() - _last_used(path) < IN_USE:
            return
        shutil.rmtree(path, ignore_errors=True)
        total -= sizes[path]


def _last_used(path: Path) -> float:
    return path.stat().st_mtime

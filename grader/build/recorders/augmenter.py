"""Records what an augmenter makes of the grader's test images: once per case, many times each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ...contracts.artifacts import Artifact, AugmentedCase, AugmenterPayload, Job
from ...contracts.base import Scalar
from ...contracts.protocol import AugmenterCall
from ..arguments import call_with
from ..errors import call_error
from ..harmless import harmless
from .arrays import Array, ImageFile
from .describe import describe

_SETTINGS = ("horizontal_flip", "vertical_flip", "rotation_range", "width_shift_range", "height_shift_range", "fill_mode")


def record(call: AugmenterCall, function: Callable[..., Any], job: Job) -> Artifact:
    """Call `function` once per case and apply what it gives back; no payload where that is no augmenter.

    A case that raises costs only itself, but where every case does, the exception is the call's.
    """
    images = np.load(job.test_images, allow_pickle=False).astype(np.float32)
    rows: list[AugmentedCase] = []
    failures: list[Exception] = []
    returned = ""
    for number, case in enumerate(call.cases):
        try:
            augmenter = call_with(function, dict(zip(call.parameters, case, strict=True)))
            returned = describe(augmenter)
            apply = _application(augmenter)
            if apply is None:
                return Artifact(call=call.id, returned=returned)
            file = ImageFile(Path(job.artifacts, f"{call.id}-{number}.npy"))
            for _ in range(call.times):
                file.append(apply(images))
            file.close()
            described = {"scale": file.scale, "offset": file.offset, "settings": _settings(augmenter)}
            rows.append(AugmentedCase(augmenter_class=returned, images=file.path.name, **described))
        except Exception as problem:  # whatever the student's function or augmenter raises
            failures.append(problem)
            rows.append(AugmentedCase(error=call_error(problem)))
    if failures and len(failures) == len(rows):
        raise failures[0]
    return Artifact(call=call.id, returned=returned, payload=AugmenterPayload(cases=tuple(rows)))


def _application(augmenter: Any) -> Callable[[Array], Array] | None:
    """Return what applies an augmenter to a batch as training does, or None where it is none."""
    import keras  # noqa: PLC0415 - the child has it loaded

    if isinstance(augmenter, keras.Layer):
        return lambda images: _batch(augmenter(images, training=True), images)
    if callable(getattr(augmenter, "flow", None)) and callable(getattr(augmenter, "random_transform", None)):
        return lambda images: _batch(next(augmenter.flow(images, batch_size=len(images), shuffle=False)), images)
    return None


def _batch(value: Any, images: Array) -> Array:
    batch: Array = np.asarray(value, dtype=np.float32)
    if batch.ndim != 4 or len(batch) != len(images):
        raise ValueError(f"an augmenter must give back as many images as it gets, {images.shape}; it gives {batch.shape}")
    return batch


def _settings(augmenter: Any) -> dict[str, Scalar]:
    """Return an ImageDataGenerator's own word on its settings, for wording only."""
    found: dict[str, Scalar] = {}
    for name in _SETTINGS:
        value = getattr(augmenter, name, None)
        if isinstance(value, str):
            found[name] = harmless(value, 100)
        elif isinstance(value, bool | int | float):
            found[name] = value
    return found

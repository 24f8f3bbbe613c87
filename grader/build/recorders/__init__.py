"""One recorder per kind of call; runs inside the child. A recorder calls the function and returns an `Artifact`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...contracts.artifacts import Artifact, Job
from . import augmenter, batches, callback, folders, loop, model, parse, table, tensor

RECORDERS: dict[str, Callable[[Any, Callable[..., Any], Job], Artifact]] = {
    "model": model.record,
    "tensor": tensor.record,
    "callback": callback.record,
    "batches": batches.record,
    "table": table.record,
    "parse": parse.record,
    "folders": folders.record,
    "loop": loop.record,
    "augmenter": augmenter.record,
}

__all__ = ["RECORDERS"]

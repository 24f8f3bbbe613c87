"""Records a tensor that a function picked from a model: as the output of a model that begins where that one begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...contracts.artifacts import Artifact, Job, TensorPayload
from ...contracts.protocol import TensorCall
from .chain import call_chained, result
from .describe import describe
from .model import payload_of


def record(call: TensorCall, function: Callable[..., Any], job: Job) -> Artifact:
    """Call `function`; no payload where it gave back something else than a tensor. Raises ValueError for a tensor of another model."""
    import keras  # noqa: PLC0415 - the child has it loaded

    value = call_chained(call, function, job)
    payload = None
    if isinstance(value, keras.KerasTensor):
        model = result(next(iter(call.takes.values())), job)
        payload = TensorPayload(model=payload_of(keras.Model(model.inputs, value)))
    return Artifact(call=call.id, returned=describe(value), payload=payload)

"""Records a Keras model as its own config tells it. Of the object itself only weights are asked: another config is another model."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...contracts.artifacts import Artifact, Job, ModelPayload
from ...contracts.protocol import ModelCall
from ..harmless import harmless
from .chain import call_chained
from .describe import describe
from .weights import write_weights


def record(call: ModelCall, function: Callable[..., Any], job: Job) -> Artifact:
    """Call `function` and return its model's config and compile config; no payload where it gave back something else.

    Where a pretrained file was handed out, weights are written down as well.
    """
    import keras  # noqa: PLC0415 - the child has it loaded

    value = call_chained(call, function, job)
    payload = payload_of(value) if isinstance(value, keras.Model) else None
    if payload is not None and job.base is not None:
        path = Path(job.artifacts, f"{call.id}-weights.npy")
        payload = payload.model_copy(update={"layers": write_weights(value, path), "weights": path.name})
    return Artifact(call=call.id, returned=describe(value), payload=payload)


def payload_of(model: Any) -> ModelPayload:
    """Return what `model` says of itself."""
    config, compile_config, problem = None, None, ""
    try:
        config = json.loads(model.to_json())
    except Exception as error:  # whatever Keras or a student's get_config raises
        problem = f"{type(error).__name__}: {error}"
    try:
        compile_config = _plain(model.get_compile_config())
    except Exception as error:
        # Compiled, but with something that no JSON describes: the reader refuses this key.
        compile_config = {"unserialisable": harmless(f"{type(error).__name__}: {error}", 2000)}
    return ModelPayload(
        model_class=_class_name(model),
        config=config if isinstance(config, dict) else None,
        compile_config=compile_config,
        unserialisable=harmless(problem, 8000),
    )


def _class_name(model: Any) -> str:
    kind = type(model)
    own = not kind.__module__.startswith("keras.")
    return harmless(f"{kind.__module__}.{kind.__qualname__}" if own else kind.__name__, 300)


def _plain(config: Any) -> dict[str, Any] | None:
    if not config:  # Keras: an empty dict where the model was not compiled
        return None
    plain = json.loads(json.dumps(config, default=_scalar))
    return plain if isinstance(plain, dict) else None


def _scalar(value: Any) -> Any:
    import numpy as np  # noqa: PLC0415

    if isinstance(value, (np.generic, np.ndarray)) and value.size == 1:
        return value.item()
    return harmless(repr(value), 300)

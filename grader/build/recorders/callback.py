"""Records after which epochs a callback asks a training to stop. What it does here is self-reported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...contracts.artifacts import Artifact, CallbackPayload, Job, ToldCase
from ...contracts.given import Figures
from ...contracts.protocol import CallbackCall
from ..arguments import call_with
from ..errors import call_error
from .describe import describe

_SHORT = {"accuracy": "acc", "val_accuracy": "val_acc"}


def record(call: CallbackCall, function: Callable[..., Any], job: Job) -> Artifact:  # noqa: ARG001 - every recorder gets the job
    """Make a callback for every case; no payload where it is none. A case that raises costs only itself."""
    import keras  # noqa: PLC0415 - the child has it loaded

    rows: list[ToldCase] = []
    returned = ""
    for case in call.cases:
        try:
            callback = call_with(function, {})
            returned = describe(callback)
            if not isinstance(callback, keras.callbacks.Callback):
                return Artifact(call=call.id, returned=returned)
            rows.append(ToldCase(stopped=tuple(_told(callback, case))))
        except Exception as problem:  # whatever the student's callback raises
            rows.append(ToldCase(error=call_error(problem)))
    return Artifact(call=call.id, returned=returned, payload=CallbackPayload(cases=tuple(rows)))


def _told(callback: Any, case: Figures) -> list[bool]:
    """Return for each epoch whether the callback then asked to stop, as `fit` would have seen it."""
    import keras  # noqa: PLC0415

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    callback.set_model(model)
    callback.on_train_begin({})
    stopped = []
    for epoch, figures in enumerate(zip(*case.values(), strict=True)):
        logs = dict(zip(case, figures, strict=True))
        logs |= {short: logs[name] for name, short in _SHORT.items() if name in logs}
        model.stop_training = False
        callback.on_epoch_begin(epoch, {})
        callback.on_epoch_end(epoch, logs)
        stopped.append(bool(model.stop_training))
    return stopped

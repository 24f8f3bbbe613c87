"""Runs in the child: loads the submission, makes the calls in the protocol's order, writes one artifact per call.

Nothing here is trusted by anyone: a student's code shares the process and may change all of it. So it is kept simple, and a failure of
its own is told as the call's.
"""

from __future__ import annotations

import linecache
import os
import sys
import time
import types
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..contracts.artifacts import Artifact, CallError, Job
from ..contracts.protocol import Call
from ..contracts.submission import HANDED_OUT
from .errors import FILE_NAME, call_error
from .recorders import RECORDERS
from .request import IMPORT_ERROR

MODULE_NAME = "submission"
MAX_JSON_BYTES = 16 << 20


def run(job: Job, calls: Sequence[str]) -> None:
    """Import the submission and make `calls`; what goes wrong is written down, never raised."""
    artifacts = Path(job.artifacts)
    by_id = {call.id: call for call in job.protocol.calls}
    try:
        module = load(job.source, {**job.folders, "weights": job.base.weights if job.base else "no-weights-are-handed-out.h5"})
    except BaseException as problem:  # SystemExit and KeyboardInterrupt are the student's as well
        _write(artifacts / IMPORT_ERROR, call_error(problem).model_dump_json())
        return
    for call_id in calls:
        (artifacts / f"{call_id}.started").touch()
        artifact = make_call(by_id[call_id], module, job)
        _write(artifacts / f"{call_id}.json", artifact.model_dump_json())


def load(source: str, handed_out: Mapping[str, str]) -> types.ModuleType:
    """Return the submission as an imported module named `submission`, with its lines known to tracebacks."""
    linecache.cache[FILE_NAME] = (len(source), None, source.splitlines(keepends=True), FILE_NAME)
    module = types.ModuleType(MODULE_NAME)
    module.__file__ = FILE_NAME
    sys.modules[MODULE_NAME] = module
    module.__dict__.update({name: handed_out[which] for which, name in HANDED_OUT.items() if which in handed_out})
    exec(compile(source, FILE_NAME, "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - what this whole package is for
    return module


def make_call(call: Call, module: types.ModuleType, job: Job) -> Artifact:
    """Make one call through its recorder and return the artifact."""
    begun = time.monotonic()
    try:
        function = _function(module, job.functions[call.id])
        record = RECORDERS[call.kind]
        artifact = record(call, function, job)
    except BaseException as problem:  # SystemExit and KeyboardInterrupt are the student's as well
        artifact = Artifact(call=call.id, error=call_error(problem))
    return artifact.model_copy(update={"seconds": round(time.monotonic() - begun, 3)})


def _function(module: types.ModuleType, name: str) -> Callable[..., Any]:
    function = getattr(module, name, None)
    if function is None:
        raise NameError(f"the file defines no `{name}` when it is imported")
    if not callable(function):
        raise TypeError(f"`{name}` is no function but {type(function).__name__}")
    return function  # type: ignore[no-any-return]


def _write(path: Path, text: str) -> None:
    if len(text) > MAX_JSON_BYTES:
        problem = CallError(
            type="ValueError", message=f"what the function gave back takes {len(text) >> 20} MB to describe; at most {MAX_JSON_BYTES >> 20}"
        )
        text = Artifact(call=path.stem, error=problem).model_dump_json()
    draft = path.with_suffix(".part")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, path)  # noqa: PTH105 - atomic: a half-written artifact is none

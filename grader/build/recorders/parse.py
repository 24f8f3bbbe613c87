"""Calls a function that reads a table of images, once per table, and writes down the two arrays that it gives back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ...contracts.artifacts import Artifact, Job, ParsedTable, ParsePayload
from ...contracts.protocol import ParseCall
from ..arguments import call_with
from ..errors import call_error
from ..harmless import harmless
from .describe import describe

_LARGEST = 64 << 20  # values of one array: several times what the largest table holds


def record(call: ParseCall, function: Callable[..., Any], job: Job) -> Artifact:
    """Call `function` with each table's path; after the first, an exception or another result costs its own table only."""
    first = call_with(function, {call.parameter: job.files[f"{call.files[0]}.csv"]})
    returned = describe(first)
    if not isinstance(first, (tuple, list)) or len(first) != 2:
        return Artifact(call=call.id, returned=returned)
    tables = [_table(first, Path(job.artifacts), f"{call.id}-{call.files[0]}")]
    for name in call.files[1:]:
        try:
            tables.append(_table(call_with(function, {call.parameter: job.files[f"{name}.csv"]}), Path(job.artifacts), f"{call.id}-{name}"))
        except Exception as problem:  # whatever the student's function raises
            tables.append(ParsedTable(error=call_error(problem)))
    return Artifact(call=call.id, returned=returned, payload=ParsePayload(tables=tuple(tables)))


def _table(value: Any, folder: Path, stem: str) -> ParsedTable:
    pair = value if isinstance(value, (tuple, list)) and len(value) == 2 else None
    if pair is None:
        return ParsedTable(returned=describe(value))
    (images, images_kind), (labels, labels_kind) = (
        _save(part, folder / f"{stem}-{which}.npy") for part, which in zip(pair, ("images", "labels"), strict=True)
    )
    return ParsedTable(returned=describe(value), images=images, labels=labels, images_kind=images_kind, labels_kind=labels_kind)


def _save(part: Any, path: Path) -> tuple[str | None, str]:
    """Write numbers as they are; return the file's name, None for what holds no numbers, and what it is."""
    if hasattr(part, "numpy") and callable(part.numpy):
        part = part.numpy()
    if not isinstance(part, np.ndarray):
        return None, describe(part)
    kind = harmless(f"array of {'text' if part.dtype.kind in 'US' else part.dtype}", 300)
    if part.dtype.kind not in "fiub" or part.size > _LARGEST:
        return None, kind
    np.save(path, part, allow_pickle=False)
    return path.name, kind

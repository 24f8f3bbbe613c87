"""Records what a function answers to a table of cases. The expected values stay on the trusted side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...contracts.artifacts import Artifact, Job, TablePayload, TableRow
from ...contracts.base import Scalar
from ...contracts.given import Value
from ...contracts.protocol import TableCall
from ..arguments import call_with
from ..errors import call_error
from ..harmless import harmless
from .describe import describe

_LARGEST_INTEGER = 2**63


def record(call: TableCall, function: Callable[..., Any], job: Job) -> Artifact:
    """Call `function` once per case; a case that raises is a row with its error."""
    cases = job.cases.get(call.id, call.cases)
    rows = tuple(_row(function, dict(zip(call.parameters, case, strict=False))) for case in cases)
    returned = rows[0].value_type if rows else ""
    return Artifact(call=call.id, returned=returned, payload=TablePayload(rows=rows))


def _row(function: Callable[..., Any], arguments: dict[str, Value]) -> TableRow:
    try:
        value = call_with(function, {name: _argument(value) for name, value in arguments.items()})
        return TableRow(value=_scalar(value), value_type=describe(value))
    except Exception as problem:  # one bad case costs only itself; SystemExit ends the call
        return TableRow(error=call_error(problem))


def _argument(value: Value) -> Any:
    """Return a case's value as Python has it: a history as a dictionary of lists, the function's own to change."""
    return {key: list(figures) for key, figures in value.items()} if isinstance(value, dict) else value


def _scalar(value: Any) -> Scalar:
    """Return `value` as JSON has it: NumPy and TensorFlow scalars as numbers; None for what is no scalar."""
    if hasattr(value, "numpy") and callable(value.numpy):
        value = value.numpy()
    if hasattr(value, "item") and getattr(value, "size", 0) == 1:
        value = value.item()
    if isinstance(value, str):
        return harmless(value, 300)
    if isinstance(value, bool):
        return bool(value)
    if isinstance(value, int):
        return int(value) if abs(value) < _LARGEST_INTEGER else None
    return float(value) if isinstance(value, float) else None

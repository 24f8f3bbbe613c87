"""What every contract shares: immutable pydantic models that refuse unknown keys, and a place in a file."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import BaseModel, ConfigDict

Scalar = bool | int | float | str | None


class Frozen(BaseModel):
    """An immutable value on one of the pipeline's arrows; unknown keys are refused."""

    # Validators are built at first use: a command that needs five contracts does not wait for a hundred.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


def complete_models() -> None:
    """Build the validators of all contracts imported so far: for a process that others are forked from, which then need not."""
    waiting: list[type[Frozen]] = [Frozen]
    while waiting:
        model = waiting.pop()
        model.model_rebuild()
        waiting += model.__subclasses__()


class Place(Frozen):
    """Where in the submitted file something stands. `line` counts within the cell for a notebook, else within the file; both from 1."""

    file: str
    line: int | None = None
    cell: int | None = None

    def __str__(self) -> str:
        parts = [self.file]
        if self.cell is not None:
            parts.append(f"cell {self.cell}")
        if self.line is not None:
            parts.append(f"line {self.line}")
        return ", ".join(parts)


def digest(value: Any) -> str:
    """Return the SHA-256 (hex) of a pydantic model, JSON value, text or bytes; equal values give equal digests on every machine."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if not isinstance(value, str):
        value = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(value.encode()).hexdigest()

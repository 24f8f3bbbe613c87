"""Reads the code cells and the metadata of a notebook, of format 3 or 4. Plain JSON: loading nbformat would cost more than all the rest."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from grader.contracts.errors import SubmissionError
from grader.words import Table

from .decoding import clean

WORDS = Table(
    "submission.notebook",
    {
        "save": "Open it in Jupyter or Colab and save it again.",
        "too-deep": "{name} is nested too deeply to be a notebook.",
        "damaged": "{name} is a damaged notebook: its JSON breaks off or is wrong ({error}).",
        "no-json": "{name} is called a notebook, but it is no JSON.",
        "python-or-save": "If it is Python, name it .py. Otherwise open it in Jupyter or Colab and save it again.",
        "no-notebook": "{name} is JSON, but no notebook.",
        "no-cells": "{name} is JSON, but no notebook: it has no list of cells.",
    },
)


@dataclass(frozen=True)
class CodeCell:
    """One code cell. `number` counts code cells, from 1, as `In [n]` does after running all of them."""

    number: int
    text: str


@dataclass(frozen=True)
class Notebook:
    """What matters of a notebook."""

    cells: tuple[CodeCell, ...]
    exercise: str | None  # metadata.grader.exercise


def read_notebook(text: str, name: str) -> Notebook:
    """Return the code cells of a notebook's JSON. Raises `SubmissionError` where it is no notebook."""
    try:
        data = json.loads(text)
    except RecursionError as error:
        raise SubmissionError(WORDS["too-deep"].format(name=name), hint=WORDS["save"]) from error
    except ValueError as error:
        if text.lstrip()[:1] == "{":
            raise SubmissionError(WORDS["damaged"].format(name=name, error=error), hint=WORDS["save"]) from error
        raise SubmissionError(WORDS["no-json"].format(name=name), hint=WORDS["python-or-save"]) from error
    if not isinstance(data, dict):
        raise SubmissionError(WORDS["no-notebook"].format(name=name), hint=WORDS["save"])
    cells = data.get("cells")
    if not isinstance(cells, list):
        cells = _cells_of_format_3(data)
    if cells is None:
        raise SubmissionError(WORDS["no-cells"].format(name=name), hint=WORDS["save"])
    code = [source for cell in cells if isinstance(cell, dict) and (source := _code(cell)) is not None]
    return Notebook(tuple(CodeCell(i, clean(source)) for i, source in enumerate(code, 1)), _exercise(data))


def _cells_of_format_3(data: dict[str, Any]) -> list[Any] | None:
    sheets = data.get("worksheets")
    if not isinstance(sheets, list):
        return None
    return [
        cell for sheet in sheets if isinstance(sheet, dict) for cell in sheet.get("cells") or [] if isinstance(sheet.get("cells"), list)
    ]


def _code(cell: dict[str, Any]) -> str | None:
    if cell.get("cell_type") != "code":
        return None
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        return "".join(part for part in source if isinstance(part, str))
    return source if isinstance(source, str) else ""


def _exercise(data: dict[str, Any]) -> str | None:
    value: Any = data
    for key in ("metadata", "grader", "exercise"):
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else None

"""Compares what a function made of a table with what the table holds, and recognises the usual ways to get it wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.contracts.artifacts import ParsedTable, ParsePayload
from grader.contracts.data_facts import ParsedArray, ParsedFacts, ParseFacts
from grader.contracts.protocol import ParseCall
from grader.contracts.submission import Submission
from grader.datasets import Arrays
from grader.examine.canonical import Problem
from grader.examine.settings import printable

from .files import Unreadable, open_array

Numbers = npt.NDArray[Any]
PIXELS = 784


def parse_facts(
    call: ParseCall, payload: ParsePayload, folder: Path, tables: dict[str, Arrays], submission: Submission
) -> ParseFacts | Problem:
    """Return the facts about each table; `folder` holds the arrays that the child wrote."""
    if len(payload.tables) != len(call.files):
        return Problem(status="refused", id="unreadable-result", sentence="What was read from the tables cannot be understood.")
    found = []
    for name, parsed in zip(call.files, payload.tables, strict=True):
        facts = ParsedFacts(file=name, rows=len(tables[name]), returned=printable(parsed.returned))
        if parsed.error is not None:
            told = {"error": printable(parsed.error.message, 4000), "error_type": printable(parsed.error.type)}
            found.append(facts.model_copy(update=told | {"place": submission.place(parsed.error.line)}))
            continue
        try:
            found.append(_compared(facts, parsed, folder, tables[name]))
        except Unreadable as error:
            return Problem(status="refused", id="unreadable-result", sentence=f"The arrays that came back cannot be read: {error}.")
    return ParseFacts(tables=tuple(found))


def _compared(facts: ParsedFacts, parsed: ParsedTable, folder: Path, table: Arrays) -> ParsedFacts:
    if not parsed.images_kind:
        return facts
    parts = []
    for which, kind, file in (("images", parsed.images_kind, parsed.images), ("labels", parsed.labels_kind, parsed.labels)):
        array = np.asarray(open_array(folder, file)) if file is not None else None
        values = _what(array, table, which) if array is not None else "other"
        shape = tuple(array.shape) if array is not None else None
        parts.append(ParsedArray.model_validate({"kind": printable(kind), "shape": shape, "values": values}))
    return facts.model_copy(update={"images": parts[0], "labels": parts[1]})


def _what(array: Numbers, table: Arrays, which: str) -> str:
    """Return what an array holds: the table's images or labels, or which mistake explains it."""
    count, pixels, labels = len(table), table.images.reshape(len(table), PIXELS), table.labels
    with_label = np.concatenate([labels[:, np.newaxis], pixels], axis=1)
    if which == "images" and array.shape == table.images.shape:
        for name, wanted in (("equal", table.images), ("transposed", table.images.transpose(0, 2, 1)), ("scaled", table.images / 255)):
            if _same(array, wanted):
                return name
        if _same(array.reshape(count, PIXELS), with_label[:, :PIXELS]):
            return "label-among-pixels"
    if which == "labels" and array.shape == labels.shape and _same(array, labels):
        return "equal"
    if array.size == pixels.size and _same(array.reshape(pixels.shape), pixels):
        return "pixels"
    if array.size == count and _same(array.reshape(-1), labels):
        return "labels"
    if array.size == with_label.size and _same(array.reshape(with_label.shape), with_label):
        return "label-among-pixels"
    if (
        array.ndim
        and len(array) == count + 1
        and any(array[1:].size == wanted.size and _same(array[1:].reshape(wanted.shape), wanted) for wanted in (pixels, labels, with_label))
    ):
        return "header-row"
    return "other"


def _same(array: Numbers, wanted: Numbers) -> bool:
    return array.shape == wanted.shape and bool(np.allclose(array, wanted, rtol=0, atol=1e-3))

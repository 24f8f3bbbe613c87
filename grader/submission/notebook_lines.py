"""Finds the line of an .ipynb file at which a line of one of its cells stands: where a code review shows a remark."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')

# A string with the line, from 1, on which it begins.
_Placed = tuple[str, int]


def file_line(notebook: str, cell: int, line: int) -> int | None:
    """Return the line of the notebook's JSON, from 1, that holds line `line` of its `cell`-th code cell; None where it is not found."""
    try:
        data = _value(_tokens(notebook))
        cells = [one for one in data["cells"] if json.loads(one["cell_type"][0]) == "code"]
        parts = cells[cell - 1]["source"]
    except (AttributeError, IndexError, KeyError, RuntimeError, StopIteration, TypeError, ValueError):
        return None  # no notebook of today's format; whoever reads it has said so
    if isinstance(parts, tuple):
        return int(parts[1])
    before = 0
    for text, at in parts:
        value = json.loads(text)
        before += value.count("\n")
        if line <= before + (not value.endswith("\n")):
            return int(at)
    return None


def _tokens(text: str) -> Iterator[_Placed]:
    line, seen = 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", seen, match.start())
        seen = match.start()
        yield match.group(), line


def _value(tokens: Iterator[_Placed]) -> Any:
    """Return the next value: objects and arrays as such, everything else as its own text with its line."""
    token = next(tokens)
    if token[0] == "{":
        return dict(_members(tokens))
    if token[0] == "[":
        return list(_elements(tokens))
    if token[0] in "]},:":
        raise ValueError(token[0])
    return token


def _members(tokens: Iterator[_Placed]) -> Iterator[tuple[str, Any]]:
    while (token := next(tokens))[0] != "}":
        if token[0] != ",":
            next(tokens)  # the colon
            yield json.loads(token[0]), _value(tokens)


def _elements(tokens: Iterator[_Placed]) -> Iterator[Any]:
    for token in tokens:
        if token[0] == "]":
            return
        if token[0] == "{":
            yield dict(_members(tokens))
        elif token[0] == "[":
            yield list(_elements(tokens))
        elif token[0] != ",":
            yield token

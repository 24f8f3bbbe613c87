"""Edits text at the positions of syntax nodes, keeping every line's number."""

from __future__ import annotations

import ast
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Edit:
    """Replace `start`..`end` (line from 1, column in UTF-8 bytes, as `ast` counts) by `text`, which has as many line breaks."""

    start: tuple[int, int]
    end: tuple[int, int]
    text: str


def start_of(node: ast.stmt | ast.expr | ast.keyword) -> tuple[int, int]:
    """Return where a node begins, decorators included."""
    decorators = getattr(node, "decorator_list", None)
    return (decorators[0].lineno if decorators else node.lineno, node.col_offset)


def end_of(node: ast.stmt | ast.expr | ast.keyword) -> tuple[int, int]:
    """Return where a parsed node ends."""
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return node.end_lineno, node.end_col_offset


def replacement(node: ast.stmt | ast.expr | ast.keyword, text: str) -> Edit:
    """Return the edit that puts one line of text in a node's place."""
    return Edit(start_of(node), end_of(node), text)


def placeholder(node: ast.stmt) -> Edit:
    """Return the edit that puts a statement without effect in a statement's place, over as many lines."""
    start, end = start_of(node), end_of(node)
    breaks = end[0] - start[0]
    return Edit(start, end, f"(None{chr(10) * breaks})" if breaks else "pass")


def apply(text: str, edits: list[Edit]) -> str:
    """Return the text with all edits done; of two that overlap, the one that begins first (and is longest) counts."""
    if not edits:
        return text
    lines = text.encode().split(b"\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    data = b"\n".join(lines)
    pieces: list[bytes] = []
    at = 0
    for edit in sorted(edits, key=lambda e: (e.start, (-e.end[0], -e.end[1]))):
        begin = starts[edit.start[0] - 1] + edit.start[1]
        if begin < at:
            continue
        pieces += [data[at:begin], edit.text.encode()]
        at = starts[edit.end[0] - 1] + edit.end[1]
    pieces.append(data[at:])
    return b"".join(pieces).decode()


def extract(text: list[bytes], node: ast.stmt | ast.expr, edits: list[Edit]) -> str:
    """Return the text of one statement or expression, of a text in lines, with the edits inside it done."""
    start, end = start_of(node), end_of(node)
    lines = text[start[0] - 1 : end[0]]
    lines[-1] = lines[-1][: end[1]]
    lines[0] = lines[0][start[1] :]

    def moved(at: tuple[int, int]) -> tuple[int, int]:
        return at[0] - start[0] + 1, at[1] - (start[1] if at[0] == start[0] else 0)

    inside = [Edit(moved(e.start), moved(e.end), e.text) for e in edits if start <= e.start and e.end <= end]
    return apply(b"\n".join(lines).decode(), inside)

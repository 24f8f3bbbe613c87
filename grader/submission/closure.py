"""Cuts a reduced source further down to what some of its functions need, so that each can be run, and known again, by itself."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from . import edits
from .selection import removals, select
from .statements import analyse


def closure(source: str, functions: Sequence[str]) -> str:
    """Return the statements of a submission's `source` that `functions` need, under their own line numbers.

    Where a function writes to a global name, functions may work through each other, and the source is returned whole.
    """
    tree = ast.parse(source)
    if any(isinstance(node, ast.Global) for node in ast.walk(tree)):
        return source
    selection = select(analyse(tree.body), list(functions))
    cuts, lines = removals(selection)
    text = edits.apply(source, cuts)
    kept = "\n".join(line.rstrip() if number in lines else "" for number, line in enumerate(text.split("\n"), 1)).rstrip("\n") + "\n"
    try:
        compile(kept, "submission", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return source
    return kept

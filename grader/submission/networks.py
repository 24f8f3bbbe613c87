"""Which published network a submission builds on, told from the names in its text."""

from __future__ import annotations

import ast
from collections.abc import Mapping


def named_network(source: str, networks: Mapping[str, str]) -> str:
    """Return the one of `networks` (name -> what its builder is called in Keras) that is called first, else named first, else the first."""
    tree = ast.parse(source)
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for nodes in (called, list(ast.walk(tree))):
        places = {name: place for name, builder in networks.items() if (place := _place(nodes, builder)) is not None}
        if places:
            return min(places, key=lambda name: places[name])
    return next(iter(networks))


def _place(nodes: list[ast.AST] | list[ast.expr], builder: str) -> tuple[int, int] | None:
    return min(((node.lineno, node.col_offset) for node in nodes if _names(node, builder)), default=None)  # type: ignore[attr-defined]


def _names(node: ast.AST, builder: str) -> bool:
    if isinstance(node, ast.alias):
        return node.name == builder
    return builder in (getattr(node, "id", None), getattr(node, "attr", None)) and isinstance(node, ast.Name | ast.Attribute)

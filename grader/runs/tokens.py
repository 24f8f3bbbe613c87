"""What of a source is left when names, comments, layout and imports are taken away: what two copies still share."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

OWN = "name"  # stands for every name that the file itself gives
_LAYOUT = {"(", ")", ",", ":", ";"}  # what a formatter adds and removes
_SKIPPED = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


@dataclass(frozen=True)
class Token:
    """A word of the source, and its line there, from 1."""

    text: str
    line: int


Piece = tuple[Token, ...]  # a function, a class, or all other statements together


def pieces(source: str) -> list[Piece]:
    """Return a source as its functions and classes and, last, the statements around them; empty where it is no Python."""
    try:
        tree = ast.parse(source)
        words = list(_words(source, tree))
    except (SyntaxError, tokenize.TokenError, ValueError, RecursionError):
        return []
    owner = {}
    for number, node in enumerate(tree.body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            owner.update(dict.fromkeys(range(node.lineno, (node.end_lineno or node.lineno) + 1), number))
    found: dict[int, list[Token]] = {}
    for word in words:
        found.setdefault(owner.get(word.line, len(tree.body)), []).append(word)
    return [tuple(found[number]) for number in sorted(found)]


def _words(source: str, tree: ast.Module) -> Iterator[Token]:
    own = _own_places(source, tree)
    dropped = _dropped_lines(tree)
    defined = False
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        line, column = token.start
        if token.type in _SKIPPED or token.string in _LAYOUT or line in dropped:
            continue
        if (line, column) in own or defined:
            yield Token(OWN, line)
        elif token.type == tokenize.STRING:
            yield Token(_plain(token.string), line)
        else:
            yield Token(token.string, line)
        defined = token.string in ("def", "class")


def _own_places(source: str, tree: ast.Module) -> set[tuple[int, int]]:
    """Return where the names stand that the file gives itself: variables and parameters, not what it imports."""
    nodes = list(ast.walk(tree))
    bound = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    bound |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    bound |= {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    lines = io.StringIO(source).readlines()
    found = set()
    for node in nodes:
        if isinstance(node, ast.arg) or (isinstance(node, ast.Name) and node.id in bound):
            before = lines[node.lineno - 1].encode()[: node.col_offset]  # the tree counts bytes, the tokens characters
            found.add((node.lineno, len(before.decode())))
    return found


def _dropped_lines(tree: ast.Module) -> set[int]:
    """Return the lines of imports and of texts that are nobody's value, such as docstrings."""
    found: set[int] = set()
    for node in ast.walk(tree):
        text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        if text or isinstance(node, ast.Import | ast.ImportFrom):
            assert isinstance(node, ast.stmt)
            found.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return found


def _plain(string: str) -> str:
    """Return a text in one way of quoting it."""
    try:
        return repr(ast.literal_eval(string))
    except (ValueError, SyntaxError):  # an f-string, before Python 3.12
        return string

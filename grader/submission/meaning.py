"""What a source says, as a digest: the same for sources that differ only in what no run of them can show."""

from __future__ import annotations

import ast
import re

from grader.contracts.base import digest

# What lets code look at its own text, lines or names: then all of these may count.
_REFLECTIVE = re.compile(
    r"\b(inspect|traceback|linecache|tokenize|dis|ast|logging|warnings|sys|gc|locals|globals|vars|dir|eval|exec|"
    r"__doc__|__code__|__file__|__closure__|f_\w+|co_\w+|tb_\w+)\b"
)


def meaning(source: str) -> str:
    """Return a digest of what a source says.

    Comments, layout, texts that nobody reads (docstrings), names of variables inside functions, and the order in which functions are
    defined one after the other do not count; in a source that may look at itself, only comments, layout and line numbers do not.
    """
    tree = ast.parse(source)
    if _REFLECTIVE.search(source):
        return digest(ast.dump(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            _drop_docstring(node)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            _rename_variables(node)
    return digest(ast.dump(ast.Module(body=_in_order(tree.body), type_ignores=[])))


def _drop_docstring(function: ast.FunctionDef) -> None:
    first = function.body[0]
    if (
        len(function.body) > 1
        and isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    ):
        del function.body[0]


def _rename_variables(function: ast.FunctionDef) -> None:
    """Number the variables of a function in the order in which they occur; a name that also means something else stays."""
    nodes = list(ast.walk(function))
    if any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) for node in nodes[1:]):
        return  # one name may mean several things
    if any(isinstance(node, ast.Lambda) for node in nodes) and any(isinstance(node, ast.NamedExpr) for node in nodes):
        return
    fixed: set[str] = set()
    bound: dict[str, None] = {}
    for node in nodes:
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                bound[name] = None
            case ast.comprehension(target=target):  # outside of it, the same name may be a global one
                fixed.update(inner.id for inner in ast.walk(target) if isinstance(inner, ast.Name))
            case ast.arg(arg=name):
                fixed.add(name)
            case ast.alias(name=name, asname=asname):
                fixed.add((asname or name).partition(".")[0])
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                fixed.update(names)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                fixed.add(name)
            case ast.MatchMapping(rest=str(name)):
                fixed.add(name)
    numbers = {name: f"${number}" for number, name in enumerate(name for name in bound if name not in fixed)}
    for node in nodes:
        if isinstance(node, ast.Name):
            node.id = numbers.get(node.id, node.id)


def _in_order(statements: list[ast.stmt]) -> list[ast.stmt]:
    """Return the statements, of a row of plain functions each sorted by name: defining one has no effect on the next."""
    ordered: list[ast.stmt] = []
    row: list[ast.FunctionDef] = []
    for statement in statements:
        if isinstance(statement, ast.FunctionDef) and _plain(statement) and statement.name not in {other.name for other in row}:
            row.append(statement)
            continue
        ordered += [*sorted(row, key=lambda function: function.name), statement]
        row = []
    return [*ordered, *sorted(row, key=lambda function: function.name)]


def _plain(function: ast.FunctionDef) -> bool:
    """Return whether defining a function computes nothing."""
    arguments = function.args
    values = [*arguments.defaults, *(value for value in arguments.kw_defaults if value is not None)]
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    annotated = function.returns is not None or any(one is not None and one.annotation is not None for one in every)
    return not function.decorator_list and not annotated and all(isinstance(value, ast.Constant) for value in values)

"""What each top-level statement binds, changes and uses: the facts that selection follows."""

from __future__ import annotations

import ast
import copy
import symtable
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

from grader.contracts.errors import SubmissionError
from grader.words import Table

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Block = ast.If | ast.Try | ast.TryStar | ast.With | ast.AsyncWith | ast.For | ast.AsyncFor | ast.While | ast.Match
_BLOCKS = (ast.If, ast.Try, ast.TryStar, ast.With, ast.AsyncWith, ast.For, ast.AsyncFor, ast.While, ast.Match)
MAX_STATEMENTS = 5000
_LOOPS = (ast.For, ast.AsyncFor, ast.While)

WORDS = Table(
    "submission.statements",
    {
        "too-many": "The file holds {count} statements outside of functions; at most {most} are read.",
        "hand-in": "Hand in the file that holds your functions.",
    },
)


@dataclass
class Unit:
    """A statement without a block, or the header of a block with the units inside it."""

    node: ast.stmt
    parent: Unit | None = None
    inside: list[Unit] = field(default_factory=list)
    binds: set[str] = field(default_factory=set)  # global names that it makes
    changes: set[str] = field(default_factory=set)  # names whose objects it changes: X.append(...), X[...] = ...
    now: set[str] = field(default_factory=set)  # global names used while it runs
    later: set[str] = field(default_factory=set)  # global names used by the functions that it defines
    binds_later: set[str] = field(default_factory=set)  # `global` names bound by the functions that it defines
    calls: set[str] = field(default_factory=set)  # plain names called while it runs
    not_run: str = ""  # why it is never run

    @property
    def block(self) -> bool:
        """Whether it is a header with units inside."""
        return isinstance(self.node, _BLOCKS)

    @property
    def loop(self) -> bool:
        """Whether it is a loop, which is kept or left out as a whole."""
        return isinstance(self.node, _LOOPS)

    @property
    def line(self) -> int:
        """Where it starts."""
        return self.node.lineno

    def ancestors(self) -> Iterator[Unit]:
        """Yield the blocks around it, innermost first."""
        unit = self.parent
        while unit is not None:
            yield unit
            unit = unit.parent

    def elifs(self) -> Iterator[Unit]:
        """Yield the `elif` branches of an `if`, whose headers stay where it stays."""
        for unit in self.inside:
            if unit.elif_branch:
                yield unit
                yield from unit.elifs()

    @property
    def elif_branch(self) -> bool:
        """Whether it is an `elif`: it stands in the column of its `if`."""
        return (
            isinstance(self.node, ast.If)
            and self.parent is not None
            and isinstance(self.parent.node, ast.If)
            and self.node.col_offset == self.parent.node.col_offset
        )

    def assigns_inside(self) -> bool:
        """Whether an expression in it assigns (`:=`), so that it may use a name that it makes."""
        return any(isinstance(node, ast.NamedExpr) for node in ast.walk(self.node))

    def walk(self) -> Iterator[Unit]:
        """Yield it and the units inside it, in order."""
        stack = [self]
        while stack:
            unit = stack.pop()
            yield unit
            stack.extend(reversed(unit.inside))


def analyse(body: list[ast.stmt]) -> list[Unit]:
    """Return the units of a module's statements. Raises `SubmissionError` for a file far larger than any homework."""
    count, waiting = 0, [*body]
    while waiting:
        count += 1
        waiting.extend(children(node) if isinstance(node := waiting.pop(), _BLOCKS) else ())
    if count > MAX_STATEMENTS:
        raise SubmissionError(WORDS["too-many"].format(count=count, most=MAX_STATEMENTS), hint=WORDS["hand-in"])
    return [_unit(node, None) for node in body]


def _unit(node: ast.stmt, parent: Unit | None) -> Unit:
    unit = Unit(node, parent)
    own: ast.stmt = node
    if isinstance(node, _BLOCKS):
        own = header(node)
        unit.inside = [_unit(child, unit) for child in children(node)]
    _add_names(unit, own)
    return unit


def children(node: ast.stmt) -> list[ast.stmt]:
    """Return the statements directly inside a block."""
    found: list[ast.stmt] = [*getattr(node, "body", [])]
    for handler in getattr(node, "handlers", []):
        found += handler.body
    for case in getattr(node, "cases", []):
        found += case.body
    return [*found, *getattr(node, "orelse", []), *getattr(node, "finalbody", [])]


def header(node: Block) -> ast.stmt:
    """Return a copy of a block with nothing in it."""
    bare = copy.copy(node)
    empty: list[ast.stmt] = [ast.copy_location(ast.Pass(), node)]
    if isinstance(bare, ast.Match):
        bare.cases = [copy.copy(case) for case in bare.cases]
        for case in bare.cases:
            case.body = empty
        return bare
    bare.body = empty
    if not isinstance(bare, ast.With | ast.AsyncWith):
        bare.orelse = []
    if isinstance(bare, ast.Try | ast.TryStar):
        bare.finalbody = []
        bare.handlers = [copy.copy(handler) for handler in bare.handlers]
        for handler in bare.handlers:
            handler.body = empty
        if not bare.handlers:
            bare.finalbody = empty
    return bare


class _ScopesApart(ast.NodeTransformer):
    """Makes generators of comprehensions: from Python 3.12 on (PEP 709), only these keep their loop variables in a scope of their own."""

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp) -> ast.AST:
        return self.generic_visit(ast.GeneratorExp(node.elt, node.generators))

    def visit_SetComp(self, node: ast.SetComp) -> ast.AST:
        return self.visit_ListComp(node)

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        return self.generic_visit(ast.GeneratorExp(ast.Tuple([node.key, node.value], ast.Load()), node.generators))


def _add_names(unit: Unit, node: ast.stmt) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            top = symtable.symtable(ast.unparse(_ScopesApart().visit(copy.deepcopy(node))), "submission", "exec")
        except (SyntaxError, ValueError, RecursionError):  # `ast.unparse` has its limits
            names = [found for found in ast.walk(node) if isinstance(found, ast.Name)]
            unit.binds |= {name.id for name in names if isinstance(name.ctx, ast.Store)}
            unit.later |= {name.id for name in names if isinstance(name.ctx, ast.Load)}
            return
    for symbol in top.get_symbols():
        name = symbol.get_name()
        if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace():
            unit.binds.add(name)
        if symbol.is_referenced():
            unit.now.add(name)
    for table in top.get_children():
        _add_scope(unit, table, runs_now=True)
    if isinstance(node, ast.Delete):
        unit.binds.clear()
    for found in executed(node):
        if isinstance(found, ast.Call) and isinstance(found.func, ast.Name):
            unit.calls.add(found.func.id)
        elif isinstance(found, ast.AugAssign) and isinstance(found.target, ast.Name):
            unit.now.add(found.target.id)
    unit.changes = {name for target in _targets(node) if (name := _root(target))}


def _add_scope(unit: Unit, table: symtable.SymbolTable, *, runs_now: bool) -> None:
    runs_now = runs_now and (table.get_type() != "function" or table.get_name() == "genexpr")
    for symbol in table.get_symbols():
        if not symbol.is_global():
            continue
        if symbol.is_referenced():
            (unit.now if runs_now else unit.later).add(symbol.get_name())
        if symbol.is_assigned() or symbol.is_imported():
            (unit.binds if runs_now else unit.binds_later).add(symbol.get_name())
    for child in table.get_children():
        _add_scope(unit, child, runs_now=runs_now)


def _targets(node: ast.stmt) -> list[ast.expr]:
    """Return the objects that a statement changes in place, as expressions."""
    if isinstance(node, ast.Expr):
        call = node.value
        return [call.func] if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) else []
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = [*node.targets]
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        targets = [node.target]
    flat: list[ast.expr] = []
    while targets:
        target = targets.pop()
        if isinstance(target, ast.Tuple | ast.List):
            targets += target.elts
        elif isinstance(target, ast.Attribute | ast.Subscript):
            flat.append(target)
    return flat


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def executed(node: ast.stmt) -> Iterator[ast.AST]:
    """Yield the nodes that run when the statement itself runs: not the bodies of functions, but their decorators and defaults."""
    stack: list[ast.AST] = [node]
    while stack:
        found = stack.pop()
        yield found
        if isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef):
            stack += [*found.decorator_list, *found.args.defaults, *(d for d in found.args.kw_defaults if d is not None)]
        elif isinstance(found, ast.Lambda):
            stack += [*found.args.defaults, *(d for d in found.args.kw_defaults if d is not None)]
        else:
            stack.extend(ast.iter_child_nodes(found))

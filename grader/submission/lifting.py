"""Lifts what a notebook without functions does at its top level into the functions that an exercise calls. Runs nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from grader.contracts.protocol import BatchesCall, Call, ModelCall, TensorCall
from grader.contracts.submission import Finding, FoundFunction
from grader.words import Table

from .edits import Edit, extract, placeholder
from .parsing import Parsed
from .paths import LOADERS
from .statements import Definition, Unit
from .wanted import Training, Wanted, last_training, method
from .wanted import base as wanted_base
from .wanted import batches as wanted_batches
from .wanted import cut as wanted_cut
from .wanted import model as wanted_model

INDENT = "    "
LIFTED = LOADERS | {"load_weights"}  # what reads files, where it is lifted into a function
MAX_PLACES = 6  # named in a note
_SHOWS = frozenset({"summary", "get_config", "to_json", "count_params"})

WORDS = Table(
    "submission.lifting",
    {
        "lifted": "There is no function `{name}`, so the grader made one of 1 statement outside of functions: {places}.",
        "several-lifted": "There is no function `{name}`, so the grader made one of {number} statements outside of functions: {places}.",
        "cell": "cell {cell}, {lines}",
        "line": "line {lines}",
        "lines": "lines {lines}",
        "and-more": "{places} and {number} more",
    },
)


@dataclass(frozen=True)
class Lift:
    """Statements that become the body of a function, what it takes, and what it returns."""

    call: Call
    units: tuple[Unit, ...]
    returns: tuple[ast.expr, ...]
    used: Unit  # the statement that uses what is returned, or makes the last of it
    needs: frozenset[str]  # names that the rest of the file must provide
    parameters: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The function's name: the exercise's own."""
        return self.call.function[0]

    @property
    def shown(self) -> tuple[Unit, ...]:
        """The statements that it is made of: where it only picks something, the one that does."""
        return self.units or (self.used,)


def lift(calls: Sequence[Call], units: list[Unit], answers: Mapping[str, str] | None = None) -> list[Lift]:
    """Return what can be lifted for `calls`, of which those in `answers` (call -> name) are functions of the file."""
    answers = answers or {}
    training = last_training(units)
    parsers = [answers[call.id] for call in calls if call.kind == "parse" and call.id in answers]
    wanted: dict[str, Wanted] = {}
    for call in calls:
        if isinstance(call, BatchesCall) and (found := wanted_batches(call, units, training, parsers)):
            wanted[call.id] = found
    wanted |= _chain(calls, units, training)
    lifted = []
    for call in calls:
        if call.id in answers or call.id not in wanted:
            continue
        this = wanted[call.id]
        taken, needs = _slice(units, this)
        if taken or this.given:
            used = units[min(this.index, len(units) - 1)]
            lifted.append(Lift(call, tuple(taken), this.values, used, frozenset(needs), tuple(this.given)))
    return lifted


def _chain(calls: Sequence[Call], units: list[Unit], training: Training | None) -> dict[str, Wanted]:
    """Return what the calls for models want: the trained model or, where they hand on to one another, the parts that it is made of."""
    whole = wanted_model(units, training)
    models = [call for call in calls if isinstance(call, ModelCall)]
    if whole is None or not models:
        return {}
    tensor = next((call for call in calls if isinstance(call, TensorCall)), None)
    if tensor is None:
        return {models[0].id: whole}
    taken, _ = _slice(units, whole)
    pretrained = wanted_base(whole, taken)
    if pretrained is None:
        return {models[-1].id: whole}
    network = str(getattr(pretrained.values[0], "id", ""))
    features = wanted_cut(units, whole, taken, network)
    given = {network: len(units)}
    picked = features.values[0]
    given[picked.id if isinstance(picked, ast.Name) else list(models[-1].takes)[-1]] = features.index
    found = {models[0].id: pretrained, tensor.id: features}
    if len(given) == len(models[-1].takes):
        found[models[-1].id] = replace(whole, given=given)
    return found


def _slice(units: list[Unit], wanted: Wanted) -> tuple[list[Unit], set[str]]:
    """Return the statements that make the wanted values, in their order, and the names that they need from elsewhere.

    Goes backwards from the point where the values are used. A statement that makes a name anew ends the search for earlier ones, and so
    does the point from which on a name is given.
    """
    needed = {node.id for value in wanted.values for node in ast.walk(value) if isinstance(node, ast.Name)}
    helpers = {unit.node.name for unit in units if isinstance(unit.node, Definition)}
    imported = {name for unit in units if isinstance(unit.node, ast.Import | ast.ImportFrom) for name in unit.binds}
    taken: list[Unit] = []
    for index in reversed(range(wanted.index)):
        unit = units[index]
        needed -= {name for name, made in wanted.given.items() if index < made}
        if isinstance(unit.node, Definition | ast.Import | ast.ImportFrom) or unit.not_run:
            continue
        leaves = [leaf for leaf in unit.walk() if not leaf.not_run]
        makes = {name for leaf in leaves for name in leaf.binds}
        if not (makes & needed or (_changes(unit, leaves, helpers) - imported) & needed):
            continue
        taken.append(unit)
        if not unit.block:
            needed -= makes
        for leaf in leaves:
            needed |= leaf.now | leaf.later
    made_inside = {name for unit in taken for leaf in unit.walk() for name in leaf.binds}
    return taken[::-1], (needed - made_inside | _before_made(taken[::-1], made_inside)) - wanted.given.keys()


def _before_made(taken: list[Unit], made_inside: set[str]) -> set[str]:
    """Return the names that a statement uses before one of the lifted statements makes them: the file must provide them after all."""
    made: set[str] = set()
    early: set[str] = set()
    for unit in taken:
        for leaf in unit.walk():
            early |= (leaf.now & made_inside) - made - (leaf.binds if leaf.block or leaf.assigns_inside() else set())
            made |= leaf.binds
    return early


def _changes(unit: Unit, leaves: list[Unit], helpers: set[str]) -> set[str]:
    """Return the names whose objects a statement changes: by a method, an attribute, through a loop's variable, or in a helper."""
    changed: set[str] = set()
    for leaf in leaves:
        call = leaf.node.value if isinstance(leaf.node, ast.Expr) else None
        if isinstance(call, ast.Call) and method(call) in _SHOWS:
            continue
        changed |= leaf.changes
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in helpers:
            changed |= {argument.id for argument in call.args if isinstance(argument, ast.Name)}
    for leaf in unit.walk():
        if isinstance(leaf.node, ast.For) and changed & leaf.binds:
            changed |= {node.id for node in ast.walk(leaf.node.iter) if isinstance(node, ast.Name)}
    return changed


def body(lifted: Lift, text: list[bytes], edits: list[Edit]) -> Iterator[tuple[str, int]]:
    """Yield the function's text in pieces of whole lines, with the line of `text` (the file, in lines) that each comes from."""
    yield f"def {lifted.name}({', '.join(lifted.parameters)}):", lifted.shown[0].line
    for unit in lifted.units:
        own = [*edits, *(placeholder(node) for node in _cut(unit))]
        yield _indented(extract(text, unit.node, own), unit.node), unit.line
    values = [extract(text, value, edits) if getattr(value, "lineno", None) else ast.unparse(value) for value in lifted.returns]
    joined = ", ".join(values)
    yield f"{INDENT}return " + (f"({joined})" if "\n" in joined else joined), lifted.used.line


def found_function(lifted: Lift, parsed: Parsed) -> FoundFunction:
    """Return the contract's view of a lifted function."""
    return FoundFunction(name=lifted.name, parameters=lifted.parameters, place=parsed.place(lifted.shown[0].line))


def note(lifted: Lift, parsed: Parsed) -> Finding:
    """Return the note that says which statements became the function."""
    places = [parsed.place(unit.line) for unit in lifted.shown]
    listed: dict[int | None, list[str]] = {}
    for place in list(dict.fromkeys(places))[:MAX_PLACES]:
        listed.setdefault(place.cell, []).append(str(place.line))
    texts = [_lines(cell, lines) for cell, lines in listed.items()]
    where = "; ".join(texts)
    if len(set(places)) > MAX_PLACES:
        where = WORDS["and-more"].format(places=where, number=len(set(places)) - MAX_PLACES)
    message = WORDS["lifted" if len(places) == 1 else "several-lifted"].format(name=lifted.name, number=len(places), places=where)
    return Finding(id="lifted", severity="note", message=message, place=places[0], function=lifted.name)


def _lines(cell: int | None, lines: list[str]) -> str:
    told = WORDS["line" if len(lines) == 1 else "lines"].format(lines=", ".join(lines))
    return WORDS["cell"].format(cell=cell, lines=told) if cell else told


def _cut(unit: Unit) -> list[ast.stmt]:
    """Return the statements inside a lifted block that are not run."""
    return [leaf.node for leaf in unit.walk() if leaf is not unit and leaf.not_run and not (leaf.parent and leaf.parent.not_run)]


def _indented(text: str, node: ast.stmt) -> str:
    """Return a statement's text as it stands in a function's body; what lies inside of a long text stays where it is."""
    inside = {
        line - node.lineno
        for found in ast.walk(node)
        if isinstance(found, ast.JoinedStr) or (isinstance(found, ast.Constant) and isinstance(found.value, str))
        for line in range(found.lineno + 1, (found.end_lineno or found.lineno) + 1)
    }
    return "\n".join(line if number in inside or not line else INDENT + line for number, line in enumerate(text.split("\n")))

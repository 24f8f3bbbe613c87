"""Lifts what a notebook without functions does at its top level into the functions that an exercise calls. Runs nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from grader.contracts.protocol import Call
from grader.contracts.submission import Finding, FoundFunction

from .edits import Edit, extract, placeholder
from .parsing import Parsed
from .paths import LOADERS, said
from .side_effects import called
from .statements import Definition, Unit, executed

INDENT = "    "
_FITS = frozenset({"fit", "fit_generator"})
_MAKES_MODEL = frozenset({"Sequential", "Model"})
_MAKES_BATCHES = LOADERS | {"flow", "flow_from_dataframe"}
LIFTED = LOADERS | {"load_weights"}  # what reads files, where it is lifted into a function
MAX_PLACES = 6  # named in a note
_SHOWS = frozenset({"summary", "get_config", "to_json", "count_params"})


@dataclass(frozen=True)
class Lift:
    """Statements that become the body of a function, and what it returns."""

    call: Call
    units: tuple[Unit, ...]
    returns: tuple[ast.expr, ...]
    used: Unit  # the statement that uses what is returned, or makes the last of it
    needs: frozenset[str]  # names that the rest of the file must provide

    @property
    def name(self) -> str:
        """The function's name: the exercise's own."""
        return self.call.function[0]


@dataclass(frozen=True)
class _Wanted:
    """Expressions whose values at some point of the file are wanted."""

    index: int  # of the first statement that no longer counts
    values: tuple[ast.expr, ...]


@dataclass
class _Training:
    """What the last training of a file uses."""

    index: int
    model: ast.expr
    batches: list[ast.expr] = field(default_factory=list)


def lift(calls: Sequence[Call], units: list[Unit]) -> list[Lift]:
    """Return what can be lifted for calls that no function of the file answers."""
    training = _last_training(units)
    lifted = []
    for call in calls:
        wanted = None
        if call.kind == "model":
            wanted = _model(units, training)
        elif call.kind == "batches":
            wanted = _batches(units, training)
        if wanted is not None:
            taken, needs = _slice(units, wanted)
            if taken:
                used = units[min(wanted.index, len(units) - 1)]
                lifted.append(Lift(call, tuple(taken), wanted.values, used, frozenset(needs)))
    return lifted


def _calls(unit: Unit) -> Iterator[ast.Call]:
    for leaf in unit.walk():
        own = executed(leaf.node) if not leaf.block else ()
        yield from (node for node in own if isinstance(node, ast.Call))


def _method(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _last_training(units: list[Unit]) -> _Training | None:
    found = None
    for index, unit in enumerate(units):
        if isinstance(unit.node, Definition):
            continue
        for call in _calls(unit):
            if _method(call) not in _FITS:
                continue
            keywords = {keyword.arg: keyword.value for keyword in call.keywords}
            training = next(iter(call.args), None) or keywords.get("x") or keywords.get("generator")
            validation = keywords.get("validation_data")
            arrays = len(call.args) > 1 or "y" in keywords
            if training is None or (arrays and validation is None):
                continue  # `train_datagen.fit(images)`, which is no training
            assert isinstance(call.func, ast.Attribute)
            batches = [training, validation] if validation is not None and not arrays else []
            found = _Training(index, call.func.value, batches)
    return found


def _model(units: list[Unit], training: _Training | None) -> _Wanted | None:
    """Return the model that is trained last; without a training, the last one that is compiled, or made."""
    if training is not None and isinstance(training.model, ast.Name):
        return _Wanted(training.index, (training.model,))
    made: tuple[int, str] | None = None
    compiled: tuple[int, str] | None = None
    for index, unit in enumerate(units):
        if isinstance(unit.node, Definition):
            continue
        for call in _calls(unit):
            if _method(call) == "compile" and isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
                compiled = (index, call.func.value.id)
        for leaf in unit.walk():
            match leaf.node:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call) if called(call) in _MAKES_MODEL:
                    made = (index, name)
    found = compiled or made
    return None if found is None else _Wanted(found[0] + 1, (ast.Name(found[1], ast.Load()),))


def _batches(units: list[Unit], training: _Training | None) -> _Wanted | None:
    """Return the two pipelines of the last training; without one, those whose names say what they are."""
    if training is not None and training.batches:
        return _Wanted(training.index, tuple(training.batches))
    names: dict[str, str] = {}
    for unit in units:
        for leaf in unit.walk():
            if isinstance(leaf.node, Definition) or not any(called(call) in _MAKES_BATCHES for call in _calls(leaf)):
                continue
            for name in sorted(leaf.binds):
                if said(name):
                    names[said(name)] = name
    if len(names) < 2:
        return None
    values = tuple(ast.Name(names[which], ast.Load()) for which in ("training", "validation"))
    return _Wanted(len(units), values)


def _slice(units: list[Unit], wanted: _Wanted) -> tuple[list[Unit], set[str]]:
    """Return the statements that make the wanted values, in their order, and the names that they need from elsewhere.

    Goes backwards from the point where the values are used. A statement that makes a name anew ends the search for earlier ones.
    """
    needed = {node.id for value in wanted.values for node in ast.walk(value) if isinstance(node, ast.Name)}
    helpers = {unit.node.name for unit in units if isinstance(unit.node, Definition)}
    imported = {name for unit in units if isinstance(unit.node, ast.Import | ast.ImportFrom) for name in unit.binds}
    taken: list[Unit] = []
    for unit in reversed(units[: wanted.index]):
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
    return taken[::-1], needed - made_inside | _before_made(taken[::-1], made_inside)


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
        if isinstance(call, ast.Call) and _method(call) in _SHOWS:
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
    first = lifted.units[0].line
    yield f"def {lifted.name}():", first
    for unit in lifted.units:
        own = [*edits, *(placeholder(node) for node in _cut(unit))]
        yield _indented(extract(text, unit.node, own), unit.node), unit.line
    values = [extract(text, value, edits) if getattr(value, "lineno", None) else ast.unparse(value) for value in lifted.returns]
    joined = ", ".join(values)
    yield f"{INDENT}return " + (f"({joined})" if "\n" in joined else joined), lifted.used.line


def found_function(lifted: Lift, parsed: Parsed) -> FoundFunction:
    """Return the contract's view of a lifted function."""
    return FoundFunction(name=lifted.name, parameters=(), place=parsed.place(lifted.units[0].line))


def note(lifted: Lift, parsed: Parsed) -> Finding:
    """Return the note that says which statements became the function."""
    places = [parsed.place(unit.line) for unit in lifted.units]
    listed: dict[int | None, list[str]] = {}
    for place in list(dict.fromkeys(places))[:MAX_PLACES]:
        listed.setdefault(place.cell, []).append(str(place.line))
    texts = [(f"cell {cell}, " if cell else "") + f"line{'s' * (len(lines) > 1)} {', '.join(lines)}" for cell, lines in listed.items()]
    more = f" and {len(set(places)) - MAX_PLACES} more" if len(set(places)) > MAX_PLACES else ""
    what = f"{len(places)} statement{'s' * (len(places) > 1)}"
    message = f"There is no function `{lifted.name}`, so the grader made one of {what} outside of functions: {'; '.join(texts)}{more}."
    return Finding(id="lifted", severity="note", message=message, place=places[0], function=lifted.name)


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

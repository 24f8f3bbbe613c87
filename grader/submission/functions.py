"""Finds the functions that an exercise asks for, says whether they were begun, and what is wrong with their heads."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from difflib import get_close_matches

from grader.contracts.protocol import AugmenterCall, Call, CallbackCall, ModelCall, ParseCall, TableCall, TensorCall
from grader.contracts.submission import Finding, FoundFunction
from grader.words import Table
from grader.words.places import within

from .parsing import Parsed
from .side_effects import dotted
from .statements import Definition, Unit

_NOT_IMPLEMENTED = ("Raise(exc=Name(id='NotImplementedError'", "Raise(exc=Call(func=Name(id='NotImplementedError'")
_EMPTY = frozenset({"", "Pass()", "Return(value=Constant(value=None))", "Return()"})


WORDS = Table(
    "submission.functions",
    {
        "async": "`{name}` is an `async def`: calling it gives a coroutine, not a result. Write `def`.",
        "needs-argument": "`{name}` needs 1 argument ({arguments}), but is called as `{call}`.",
        "needs-arguments": "`{name}` needs {number} arguments ({arguments}), but is called as `{call}`.",
        "takes-none": "`{name}` takes no arguments, but is called as `{call}`.",
        "takes-argument": "`{name}` takes 1 argument, but is called as `{call}`.",
        "takes-arguments": "`{name}` takes {number} arguments, but is called as `{call}`.",
        "defined-again": "`{name}` is defined {number} times (before: {earlier}); the last one, in {place}, counts.",
        "missing": "There is no function `{name}` in {file}.",
        "missing-both": "There is no function `{name}` (or {others}) in {file}.",
        "in-broken-cell": "It seems to stand in {place}, which has a syntax error.",
        "rename": "You have `{name}` in {place}: rename it.",
        "other-exercise": "The file defines functions of {exercises}: is this the right exercise?",
        "other-exercises": "The file defines functions of {exercises} and {last}: is this the right exercise?",
    },
)


@dataclass(frozen=True)
class Signature:
    """What a function can be called with."""

    names: tuple[str, ...]
    required: int
    most: int | None  # None: any number


@dataclass(frozen=True)
class Named:
    """A name of the file that may answer a call, and the last statement that makes it."""

    name: str
    unit: Unit
    signature: Signature | None


def definitions(units: list[Unit]) -> dict[str, Unit]:
    """Return for each name that a definition or an assignment makes the last such statement."""
    found: dict[str, Unit] = {}
    for top in units:
        for unit in top.walk():
            if isinstance(unit.node, Definition):
                found[unit.node.name] = unit
            elif isinstance(unit.node, ast.Assign | ast.AnnAssign) and unit.node.value is not None:
                found.update(dict.fromkeys(unit.binds, unit))
    return found


def callables(known: dict[str, Unit]) -> set[str]:
    """Return the names that are functions or classes, as far as can be told, and no mere variables."""
    return {name for name, unit in known.items() if isinstance(unit.node, Definition) or signature(unit.node, known) is not None}


def find(call: Call, known: dict[str, Unit]) -> Named | None:
    """Return what answers a call: the first accepted name that the file defines, in its last definition."""
    name = next((name for name in call.function if name in known), None)
    return None if name is None else Named(name, known[name], signature(known[name].node, known))


def signature(node: ast.stmt | ast.expr, known: dict[str, Unit], depth: int = 0) -> Signature | None:
    """Return what a definition, lambda, alias or `partial` can be called with; None where that cannot be told."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return _of_arguments(node.args)
    if isinstance(node, ast.ClassDef):
        inits = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
        if inits:
            return _of_arguments(inits[-1].args, skip=1)
        return None if node.bases else Signature((), 0, 0)
    if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        return signature(node.value, known, depth)
    if isinstance(node, ast.Name) and node.id in known and depth < 10:
        return signature(known[node.id].node, known, depth + 1)
    if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] == "partial" and node.args and depth < 10:
        whole = signature(node.args[0], known, depth + 1)
        if whole is None or any(isinstance(a, ast.Starred) for a in node.args):
            return None
        given = len(node.args) - 1
        bound = {keyword.arg for keyword in node.keywords}
        left = tuple(name for name in whole.names[given:] if name not in bound)
        required = sum(name not in bound for name in whole.names[given : whole.required])
        return Signature(left, required, None if whole.most is None else len(left))
    return None


def _of_arguments(arguments: ast.arguments, skip: int = 0) -> Signature:
    positional = [*arguments.posonlyargs, *arguments.args]
    required = max(0, len(positional) - len(arguments.defaults) - skip)
    required += sum(default is None for default in arguments.kw_defaults)
    names = tuple(a.arg for a in [*positional[skip:], *arguments.kwonlyargs])
    return Signature(names, required, None if arguments.vararg or arguments.kwarg else len(names))


def passed(call: Call) -> tuple[str, ...]:
    """Return the names of the arguments that the grader passes."""
    if isinstance(call, TableCall | AugmenterCall):
        return call.parameters
    if isinstance(call, ParseCall):
        return (call.parameter,)
    if isinstance(call, CallbackCall):
        return ()
    if isinstance(call, TensorCall):
        return (*call.takes,)
    if isinstance(call, ModelCall):
        given = (call.given.parameter,) if call.given is not None else ()
        file = (call.pretrained.parameter,) if call.pretrained is not None else ()
        return (*file, *given, *call.takes, *call.arguments)
    return (*call.arguments,)


def head_findings(call: Call, named: Named, parsed: Parsed, *, own_paths: bool = False) -> list[Finding]:
    """Return what is wrong with a function's head: `async`, or parameters that do not fit the call.

    With `own_paths` it may take fewer folders than the grader has: it reads the others from the file.
    """
    asked = call.function[0]
    place = parsed.place(named.unit.line)
    findings = []
    if isinstance(named.unit.node, ast.AsyncFunctionDef):
        message = WORDS["async"].format(name=named.name)
        findings.append(Finding(id="async-function", severity="error", message=message, place=place, function=asked))
    given = passed(call)
    head = {"name": named.name, "call": f"{asked}({', '.join(given)})"}
    has = named.signature
    if has is not None and has.required > len(given):
        wants = {"number": has.required, "arguments": ", ".join(has.names[: has.required])}
        message = WORDS["needs-argument" if has.required == 1 else "needs-arguments"].format(**head, **wants)
        findings.append(Finding(id="wrong-parameters", severity="error", message=message, place=place, function=asked))
    elif has is not None and has.most is not None and has.most < len(given) and call.kind != "model" and not own_paths:
        takes = {0: "takes-none", 1: "takes-argument"}.get(has.most, "takes-arguments")
        message = WORDS[takes].format(**head, number=has.most)
        findings.append(Finding(id="wrong-parameters", severity="error", message=message, place=place, function=asked))
    return findings


def duplicates(call: Call, named: Named, units: list[Unit], parsed: Parsed) -> list[Finding]:
    """Return a note where a function is defined more than once."""
    every = [unit for top in units for unit in top.walk() if isinstance(unit.node, Definition) and unit.node.name == named.name]
    earlier = [unit for unit in every if unit is not named.unit and unit.parent is None]
    if not earlier or named.unit.parent is not None:
        return []
    place = parsed.place(named.unit.line)
    lines = ", ".join(within(parsed.place(unit.line)) for unit in earlier[:5])
    message = WORDS["defined-again"].format(name=named.name, number=len(earlier) + 1, earlier=lines, place=within(place))
    return [Finding(id="duplicate-definition", severity="note", message=message, place=place, function=call.function[0])]


def found_function(named: Named, parsed: Parsed, starter: dict[str, str]) -> FoundFunction:
    """Return the contract's view of a function; `starter` holds the normalised bodies of the handed-out ones."""
    node = named.unit.node
    untouched = isinstance(node, Definition) and unattempted(node, starter.get(named.name, ""))
    names = named.signature.names if named.signature else ()
    return FoundFunction(name=named.name, parameters=names, place=parsed.place(named.unit.line), unattempted=untouched)


def bodies(source: str) -> dict[str, str]:
    """Return the normalised body of each function of a starter."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return {}
    return {node.name: "\n".join(_normalised(node)) for node in tree.body if isinstance(node, Definition)}


def unattempted(node: Definition, starter: str) -> bool:
    """Whether a body does nothing, or holds nothing but statements of the starter's (comments and docstrings do not count)."""
    body = _normalised(node)
    return set(body) <= _EMPTY or set(body) <= set(starter.split("\n")) or all(line.startswith(_NOT_IMPLEMENTED) for line in body)


def _normalised(node: Definition) -> list[str]:
    statements = node.body
    if isinstance(node, ast.ClassDef) and any(isinstance(inner, Definition) for inner in statements):
        return [line for inner in statements if isinstance(inner, Definition) for line in _normalised(inner)]
    return [ast.dump(s).replace("\n", " ") for s in statements if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]


def missing(call: Call, parsed: Parsed, known: dict[str, Unit], others: list[str]) -> Finding:
    """Return the finding for a function that is not there. `others` names exercises whose functions the file defines."""
    asked = call.function[0]
    also = ", ".join(f"`{name}`" for name in call.function[1:])
    message = WORDS["missing-both" if also else "missing"].format(name=asked, others=also, file=parsed.file)
    place = None
    broken = next((p for p, text in parsed.broken if any(f"def {name}" in text for name in call.function)), None)
    close = next((c for name in call.function for c in get_close_matches(name, known, 1, 0.8)), None)
    if broken is not None:
        place = broken
        message += " " + WORDS["in-broken-cell"].format(place=within(broken))
    elif close is not None:
        place = parsed.place(known[close].line)
        message += " " + WORDS["rename"].format(name=close, place=within(place))
    elif others:
        several = {"exercises": ", ".join(others[:-1]) or others[0], "last": others[-1]}
        message += " " + WORDS["other-exercises" if len(others) > 1 else "other-exercise"].format(**several)
    return Finding(id="missing-function", severity="error", message=message, place=place, function=asked)

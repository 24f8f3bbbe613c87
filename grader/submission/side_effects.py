"""Says which statements are never run, and why: training, downloads, deleting, plotting, what exists only elsewhere."""

from __future__ import annotations

import ast
from collections import defaultdict
from functools import cache

from grader.course.vocabulary import vocabulary
from grader.words import Table

from .statements import Definition, Unit, executed

WORDS = Table(
    "submission.not-run",
    {
        "main-block": "it runs only when the file is started as a program",
        "not-needed": "no asked function needs it",
        "awaits": "it awaits something outside of a function",
        "called-by-the-grader": "it calls `{name}`, which the grader calls itself",
        "calls": "it calls `{name}`, which {effect}",
        "relative-import": "a relative import works only inside a package",
        "course-only": "`{module}` exists only in a notebook's or the course's own environment",
    },
)
EFFECTS = Table("submission.effects", {effect: effect for effect in vocabulary().not_run})  # of a call, as the list of calls has them


class SideEffects:
    """Knows the file's imports and functions, so that `from os import system as s` and helpers that train are seen through."""

    def __init__(self, units: list[Unit], asked: frozenset[str], run: frozenset[str] = frozenset()) -> None:
        """`asked` holds the functions that the grader itself calls, `run` methods that are harmless because they are lifted into one."""
        self.asked = asked
        self.run = run
        every = [unit for top in units for unit in top.walk()]
        self.imports = import_paths([unit.node for unit in every])
        self.by_function = self._of_functions([u.node for u in every if isinstance(u.node, Definition)])
        for unit in every:
            unit.not_run = self._reason(unit)
            if isinstance(unit.node, ast.Import):
                unit.binds -= {(a.asname or a.name).split(".")[0] for a in unit.node.names if course_only_reason(a.name)}
        for unit in reversed(every):  # an `elif` cannot be taken out alone
            if unit.elif_branch and unit.not_run and unit.parent is not None:
                unit.parent.not_run = unit.not_run

    def _reason(self, unit: Unit) -> str:
        node = unit.node
        if isinstance(node, ast.If) and _is_main_test(node.test):
            return WORDS["main-block"]
        if isinstance(node, ast.Delete | ast.Raise | ast.Assert):
            return WORDS["not-needed"]
        if isinstance(node, ast.Import | ast.ImportFrom):
            return _import_reason(node)
        if isinstance(node, ast.AsyncFor | ast.AsyncWith):
            return WORDS["awaits"]
        return self._of_nodes(_own_nodes(unit)) or ""

    def _of_nodes(self, nodes: list[ast.AST]) -> str:
        for node in nodes:
            if isinstance(node, ast.Await):
                return WORDS["awaits"]
            if isinstance(node, ast.Call):
                if reason := self.of_call(node):
                    return reason
                if isinstance(node.func, ast.Name):
                    name = node.func.id
                    if name in self.asked:
                        return WORDS["called-by-the-grader"].format(name=name)
                    if name in self.by_function:
                        return WORDS["calls"].format(name=name, effect=self.by_function[name])
        return ""

    def of_call(self, call: ast.Call) -> str:
        """Return what a call does that is not done here; empty for a harmless one."""
        path = dotted(call.func)
        if called(call) in self.run:
            return ""
        names = [path, resolve(path, self.imports)] if path else []
        if isinstance(call.func, ast.Attribute):
            names.append(f"?.{call.func.attr}")  # a method of anything
        effect = next((effect for name in names if (effect := _lookup(name))), "")
        return EFFECTS[effect] if effect else ""

    def _of_functions(self, definitions: list[ast.stmt]) -> dict[str, str]:
        """Return what calling each function of the file would do, through the functions that it calls."""
        known: dict[str, str] = {}
        callers: dict[str, list[str]] = defaultdict(list)
        for node in definitions:
            assert isinstance(node, Definition)
            for found in ast.walk(node):
                if isinstance(found, ast.Call):
                    if (why := self.of_call(found)) and node.name not in known:
                        known[node.name] = why
                    if isinstance(found.func, ast.Name):
                        callers[found.func.id].append(node.name)
        waiting = list(known)
        while waiting:
            name = waiting.pop()
            for caller in callers[name]:
                if caller not in known:
                    known[caller] = known[name]
                    waiting.append(caller)
        return known


def _own_nodes(unit: Unit) -> list[ast.AST]:
    if not unit.block:
        return list(executed(unit.node))
    inside = {id(child.node) for child in unit.inside}
    nodes: list[ast.AST] = []
    stack: list[ast.AST] = [unit.node]
    while stack:
        node = stack.pop()
        nodes.append(node)
        stack.extend(child for child in ast.iter_child_nodes(node) if id(child) not in inside and not isinstance(child, ast.Lambda))
    return nodes


def _is_main_test(test: ast.expr) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(test))


def _import_reason(node: ast.Import | ast.ImportFrom) -> str:
    if isinstance(node, ast.ImportFrom):
        if node.level:
            return WORDS["relative-import"]
        return course_only_reason(node.module or "")
    reasons = [course_only_reason(alias.name) for alias in node.names]
    return reasons[0] if all(reasons) else ""


def course_only_reason(module: str) -> str:
    """Return why a module of the course's own environment or of an editor is left out; empty for any other."""
    known = vocabulary().course_only
    parts = module.split(".")
    if any(".".join(parts[: i + 1]) in known for i in range(len(parts))):
        return WORDS["course-only"].format(module=module)
    return ""


def import_paths(nodes: list[ast.stmt]) -> dict[str, str]:
    """Return what each imported name stands for, as a dotted path, wherever in the statements it is imported."""
    paths: dict[str, str] = {}
    for top in nodes:
        for node in ast.walk(top):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    name = alias.asname or alias.name.split(".")[0]
                    paths[name] = alias.name if alias.asname else name
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for alias in node.names:
                    paths[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return paths


def called(call: ast.Call) -> str:
    """Return the last name of what is called: `flow` for `ImageDataGenerator().flow(...)`."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else dotted(call.func)


def dotted(node: ast.expr) -> str:
    """Return `a.b.c` for such an expression, else an empty text."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def resolve(path: str, imports: dict[str, str]) -> str:
    """Return a dotted path with its first name replaced by what was imported under it."""
    root, dot, rest = path.partition(".")
    return imports.get(root, root) + dot + rest


def _lookup(name: str) -> str:
    exact, modules = _table()
    parts = name.split(".")
    if len(parts) == 1:
        return exact.get(name, "")
    for i in range(len(parts) - 1, 0, -1):
        if why := modules.get(".".join(parts[:i])):
            return why
    method = exact.get("." + parts[-1])
    if method:
        return method
    if parts[0] == "?":  # anything's method: only entries for methods fit
        return ""
    suffixes = (".".join(parts[-1 - i :]) for i in range(1, len(parts)))
    return next((exact[suffix] for suffix in suffixes if suffix in exact), "") or _from_module(parts)


def _from_module(parts: list[str]) -> str:
    """Plain names in the list also stand for the function where it is reached through its module (`urllib.request.urlretrieve`)."""
    exact, _ = _table()
    last = parts[-1]
    return exact.get(last, "") if last not in {"open", "input", "exit", "quit", "display"} else ""


@cache
def _table() -> tuple[dict[str, str], dict[str, str]]:
    """Return the reasons by exact entry, and by module."""
    entries = [(entry, why) for why, listed in vocabulary().not_run.items() for entry in listed]
    return (
        {entry: why for entry, why in entries if not entry.endswith(".*")},
        {entry.removesuffix(".*"): why for entry, why in entries if entry.endswith(".*")},
    )

"""Keeps the statements that the called functions need, by following names; says why each other one is left out. Runs nothing."""

from __future__ import annotations

import ast
import builtins
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field

from grader.contracts.submission import HANDED_OUT
from grader.words import Table

from .edits import Edit, placeholder, start_of
from .statements import Definition, Unit

WORDS = Table(
    "submission.selection",
    {
        "not-needed": "no asked function needs it",
        "not-made": "it needs `{name}` (line {line}), which is not made here",
        "too-early": "it uses `{name}` before that is defined",
        "nowhere": "it uses `{name}`, which is defined nowhere",
    },
)
KNOWN = (
    frozenset(dir(builtins))
    | {*HANDED_OUT.values()}
    | {"__name__", "__file__", "__doc__", "__builtins__", "__spec__", "__loader__", "__package__"}
)


@dataclass
class Selection:
    """What is kept, and what could not be had."""

    units: list[Unit]
    needed: set[str] = field(default_factory=set)
    kept: set[int] = field(default_factory=set)  # id of each kept unit
    unavailable: dict[str, Unit] = field(default_factory=dict)  # needed name -> the statement that would make it and is not run
    undefined: set[str] = field(default_factory=set)  # needed, and made nowhere
    replaced: dict[int, int] = field(default_factory=dict)  # id of an early definition -> line of the one that replaces it

    def keeps(self, unit: Unit) -> bool:
        """Whether a statement, or something inside it, is kept."""
        return id(unit) in self.kept


def select(units: list[Unit], roots: list[str]) -> Selection:
    """Return the statements that the functions named in `roots` need. Sets `not_run` on those that need something that is not there."""
    selection = Selection(units)
    leaves = [leaf for top in units for leaf in top.walk()]
    for leaf in leaves:
        if leaf.not_run:
            for inner in leaf.walk():
                inner.not_run = inner.not_run or leaf.not_run
    _drop_early_definitions(leaves, selection)
    _forward(leaves)
    makers: dict[str, list[Unit]] = defaultdict(list)
    failed: dict[str, Unit] = {}
    changers: dict[str, list[Unit]] = defaultdict(list)
    stars = [leaf for leaf in leaves if _is_star(leaf) and not leaf.not_run]
    for leaf in leaves:
        if id(leaf) in selection.replaced:
            continue
        for name in leaf.binds:
            if leaf.not_run:
                failed[name] = leaf
            else:
                makers[name].append(leaf)
        for name in leaf.changes:
            if not leaf.not_run:
                changers[name].append(leaf)
    for leaf in leaves:  # a function called for its `global` names
        if not leaf.not_run and isinstance(leaf.node, ast.Expr):
            for name in _global_names(leaf, makers):
                makers[name].append(leaf)
    set_by_calls = {name for leaf in leaves for name in leaf.binds_later}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name in selection.needed:
            continue
        selection.needed.add(name)
        made = makers.get(name, [])
        if made and not all(isinstance(m.node, ast.Import | ast.ImportFrom) for m in made):
            made = made + changers.get(name, [])
        if not made and name not in KNOWN:
            if name in failed:
                selection.unavailable[name] = failed[name]
            elif stars:
                made = stars
            elif name not in set_by_calls:
                selection.undefined.add(name)
        for unit in made:
            _keep(unit, selection, waiting)
    for top in units:  # a future statement may only stand first
        if not (isinstance(top.node, ast.ImportFrom) and top.node.module == "__future__"):
            if selection.keeps(top):
                break
        else:
            selection.kept.add(id(top))
    return selection


def _keep(unit: Unit, selection: Selection, waiting: list[str]) -> None:
    if id(unit) in selection.kept:
        return
    loops = [ancestor for ancestor in (unit, *unit.ancestors()) if ancestor.loop]
    whole = loops[-1] if loops else unit
    family = [*whole.walk()] if loops else [unit]
    for ancestor in (unit, *whole.ancestors()):
        family += [ancestor, *ancestor.elifs()]
    for member in family:
        if id(member) not in selection.kept and not member.not_run:
            selection.kept.add(id(member))
            waiting.extend(member.now | member.later)


def _is_star(leaf: Unit) -> bool:
    return isinstance(leaf.node, ast.ImportFrom) and any(alias.name == "*" for alias in leaf.node.names)


def _global_names(leaf: Unit, makers: dict[str, list[Unit]]) -> set[str]:
    """Return the names that the functions called by a statement bind with `global`."""
    found: set[str] = set()
    seen: set[str] = set()
    waiting = list(leaf.calls)
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for maker in makers.get(name, []):
            if isinstance(maker.node, ast.FunctionDef):
                found |= maker.binds_later
                waiting.extend(maker.later)
    return found


def _drop_early_definitions(leaves: list[Unit], selection: Selection) -> None:
    """Mark definitions that a later one of the same name replaces, unless something in between already uses them."""
    last: dict[str, tuple[int, Unit]] = {}
    used_at: dict[str, list[int]] = defaultdict(list)
    for index, leaf in enumerate(leaves):
        for name in leaf.now:
            used_at[name].append(index)
    for index, leaf in enumerate(leaves):
        if not isinstance(leaf.node, Definition) or leaf.parent is not None:
            continue
        name = leaf.node.name
        if name in last:
            earlier_index, earlier = last[name]
            uses = used_at[name]
            if not any(not leaves[used].not_run for used in uses[bisect_right(uses, earlier_index) : bisect_right(uses, index)]):
                selection.replaced[id(earlier)] = leaf.line
        last[name] = (index, leaf)


def _forward(leaves: list[Unit]) -> None:
    """Walk through the file as Python would, and give up every statement that uses what is not there at that point."""
    bound_anywhere = {name for leaf in leaves for name in leaf.binds}
    failed: dict[str, Unit] = {}
    there: dict[str, Unit | None] = dict.fromkeys(KNOWN)
    star = False
    for leaf in leaves:
        if leaf.parent is not None and leaf.parent.not_run:
            leaf.not_run = leaf.not_run or leaf.parent.not_run
        if not leaf.not_run:
            own = leaf.binds if leaf.block or leaf.assigns_inside() else frozenset()
            missing = next((name for name in sorted(_uses(leaf, there)) if not (star or name in there or name in own)), "")
            if missing:
                leaf.not_run = _missing_reason(missing, failed, bound_anywhere)
        if leaf.not_run:
            for name in leaf.binds:
                failed[name] = leaf
            continue
        star = star or _is_star(leaf)
        there.update(dict.fromkeys(leaf.binds, leaf))
        if leaf.calls and isinstance(leaf.node, ast.Expr):
            for name in leaf.calls:
                maker = there.get(name)
                there.update(dict.fromkeys(maker.binds_later if maker else (), leaf))


def _missing_reason(name: str, failed: dict[str, Unit], bound_anywhere: set[str]) -> str:
    if name in failed:
        return WORDS["not-made"].format(name=name, line=failed[name].line)
    return WORDS["too-early" if name in bound_anywhere else "nowhere"].format(name=name)


def _uses(leaf: Unit, there: dict[str, Unit | None]) -> set[str]:
    """Return the names that a statement uses when it runs, through the functions that it calls."""
    found = set(leaf.now)
    seen: set[str] = set()
    waiting = list(leaf.calls)
    while waiting:
        name = waiting.pop()
        maker = there.get(name)
        if name in seen or maker is None or not isinstance(maker.node, ast.FunctionDef):
            continue
        seen.add(name)
        found |= maker.later
        waiting.extend(maker.later)
    return found


def removals(selection: Selection) -> tuple[list[Edit], set[int]]:
    """Return the edits that take out what is not kept inside kept lines, and the lines that stay; all others are to be blanked."""
    lines: set[int] = set()
    edits: list[Edit] = []
    dropped: list[Unit] = []
    for top in selection.units:
        if selection.keeps(top):
            lines.update(_lines(top))
            edits += _inside(top, selection)
        else:
            dropped.append(top)
    # A dropped statement that shares a line with a kept one (`import os; run()`) cannot be blanked: it is replaced.
    for order in (dropped, dropped[::-1]):
        for unit in order:
            if any(line in lines for line in _ends(unit)) and (edit := placeholder(unit.node)) not in edits:
                edits.append(edit)
                lines.update(_lines(unit))
    return edits, lines


def _lines(unit: Unit) -> range:
    return range(start_of(unit.node)[0], (unit.node.end_lineno or unit.line) + 1)


def _ends(unit: Unit) -> tuple[int, int]:
    span = _lines(unit)
    return span[0], span[-1]


def _inside(unit: Unit, selection: Selection) -> list[Edit]:
    edits: list[Edit] = []
    for inner in unit.inside:
        if selection.keeps(inner):
            edits += _inside(inner, selection)
        elif not isinstance(inner.node, ast.Pass | ast.Break | ast.Continue):
            edits.append(placeholder(inner.node))
    return edits

"""Finds the values of a file without functions that an exercise asks for: what its last training trains, and on what. Runs nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from grader.contracts.protocol import BatchesCall

from .paths import LOADERS, said
from .side_effects import called
from .statements import Definition, Unit, executed

_FITS = frozenset({"fit", "fit_generator"})
_MAKES_MODEL = frozenset({"Sequential", "Model"})
_MAKES_BATCHES = LOADERS | {"flow", "flow_from_dataframe"}


@dataclass(frozen=True)
class Wanted:
    """Expressions whose values at some point of the file are wanted, and names that stand for what a function is given."""

    index: int  # of the first statement that no longer counts
    values: tuple[ast.expr, ...]
    given: Mapping[str, int] = field(default_factory=dict)  # parameter -> index of the first statement that finds it made


@dataclass
class Training:
    """What the last training of a file uses."""

    index: int
    model: ast.expr
    batches: list[ast.expr] = field(default_factory=list)
    arrays: list[ast.expr] = field(default_factory=list)  # of a training on arrays: a pair of each, as an expression


def calls_of(unit: Unit) -> Iterator[ast.Call]:
    """Yield the calls that run when a statement runs."""
    for leaf in unit.walk():
        own = executed(leaf.node) if not leaf.block else ()
        yield from (node for node in own if isinstance(node, ast.Call))


def method(call: ast.Call) -> str:
    """Return the name of the method that is called; "" for a function."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def last_training(units: list[Unit]) -> Training | None:
    """Return what the last training outside of functions uses."""
    found = None
    for index, unit in enumerate(units):
        if isinstance(unit.node, Definition):
            continue
        for call in calls_of(unit):
            if method(call) not in _FITS:
                continue
            keywords = {keyword.arg: keyword.value for keyword in call.keywords}
            training = next(iter(call.args), None) or keywords.get("x") or keywords.get("generator")
            validation = keywords.get("validation_data")
            labels = call.args[1] if len(call.args) > 1 and method(call) == "fit" else keywords.get("y")
            arrays = len(call.args) > 1 or "y" in keywords
            if training is None or (arrays and validation is None):
                continue  # `train_datagen.fit(images)`, which is no training
            assert isinstance(call.func, ast.Attribute)
            found = Training(index, call.func.value)
            if validation is not None and not arrays:
                found.batches = [training, validation]
            elif validation is not None and labels is not None:
                found.arrays = [ast.Tuple([training, labels], ast.Load()), validation]
    return found


def model(units: list[Unit], training: Training | None) -> Wanted | None:
    """Return the model that is trained last; without a training, the last one that is compiled, or made."""
    if training is not None and isinstance(training.model, ast.Name):
        return Wanted(training.index, (training.model,))
    made: tuple[int, str] | None = None
    compiled: tuple[int, str] | None = None
    for index, unit in enumerate(units):
        if isinstance(unit.node, Definition):
            continue
        for call in calls_of(unit):
            if method(call) == "compile" and isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
                compiled = (index, call.func.value.id)
        for leaf in unit.walk():
            match leaf.node:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call) if called(call) in _MAKES_MODEL:
                    made = (index, name)
    found = compiled or made
    return None if found is None else Wanted(found[0] + 1, (ast.Name(found[1], ast.Load()),))


def batches(call: BatchesCall, units: list[Unit], training: Training | None, parsers: Sequence[str]) -> Wanted | None:
    """Return the two pipelines of the last training; without one, those whose names say what they are.

    Of an exercise whose function is given arrays, these take the names under which the file keeps what one of `parsers` returned.
    """
    given: dict[str, int] | None = {}
    if "training_images" in call.arguments.values():
        given = _arrays(call, units, parsers)
    if given is None:
        return None
    if training is not None and (training.batches or (training.arrays and given)):
        return Wanted(training.index, tuple(training.batches or training.arrays), given)
    names: dict[str, str] = {}
    for unit in units:
        for leaf in unit.walk():
            if isinstance(leaf.node, Definition) or not any(called(call) in _MAKES_BATCHES for call in calls_of(leaf)):
                continue
            for name in sorted(leaf.binds):
                if said(name):
                    names[said(name)] = name
    if len(names) < 2:
        return None
    values = tuple(ast.Name(names[which], ast.Load()) for which in ("training", "validation"))
    return Wanted(len(units), values, given)


def _arrays(call: BatchesCall, units: list[Unit], parsers: Sequence[str]) -> dict[str, int] | None:
    """Return the names of the arrays that the file reads, in the order of the call's parameters, each with the statement after it."""
    pairs: dict[str, tuple[list[str], int]] = {}
    for index, unit in enumerate(units):
        match unit.node:
            case ast.Assign(targets=[ast.Tuple(elts=[ast.Name(id=images), ast.Name(id=labels)])], value=ast.Call() as read):
                if called(read) in parsers:
                    which = said(images) or said(ast.unparse(read)) or ("validation" if "training" in pairs else "training")
                    pairs[which] = [images, labels], index + 1
    if len(pairs) < 2:
        return None
    found = {}
    for array in call.arguments.values():
        which, _, kind = array.partition("_")
        names, index = pairs[which]
        found[names[kind == "labels"]] = index
    return found if len(found) == len(call.arguments) else None


def base(whole: Wanted, taken: Sequence[Unit]) -> Wanted | None:
    """Return the pretrained network that the `taken` statements build on: the last one made without its top.

    What is done to it up to the training counts: it may be frozen after its output was picked.
    """
    for unit in reversed(taken):
        for leaf in unit.walk():
            match leaf.node:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as made) if any(
                    keyword.arg == "include_top" for keyword in made.keywords
                ):
                    return Wanted(whole.index, (ast.Name(name, ast.Load()),))
    return None


def cut(units: list[Unit], whole: Wanted, taken: Sequence[Unit], network: str) -> Wanted:
    """Return the tensor of the pretrained network that the rest of the model stands on: its whole output where none is picked."""
    layers = {network}
    picks: list[Unit] = []
    for unit in taken:
        match unit.node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_layer(value, network):
                layers.add(name)
        if isinstance(unit.node, ast.Assign) and any(_is_output(node, layers, network) for node in ast.walk(unit.node.value)):
            picks.append(unit)
    given = {network: len(units)}
    if not picks:
        return Wanted(whole.index, (ast.Attribute(ast.Name(network, ast.Load()), "output", ast.Load()),), given)
    index = next(index for index, unit in enumerate(units) if unit is picks[-1])
    node = picks[-1].node
    assert isinstance(node, ast.Assign)
    match node:
        case ast.Assign(targets=[ast.Name() as target], value=value) if _is_output(value, layers, network):
            return Wanted(index + 1, (target,), given)
    inside = next(found for found in ast.walk(node.value) if _is_output(found, layers, network))
    assert isinstance(inside, ast.expr)
    return Wanted(index, (inside,), given)


def _is_layer(node: ast.AST, network: str) -> bool:
    """Whether it is a layer of a network: `network.get_layer(...)`, `network.layers[...]`."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="get_layer")):
            return name == network
        case ast.Subscript(value=ast.Attribute(value=ast.Name(id=name), attr="layers")):
            return name == network
    return False


def _is_output(node: ast.AST, layers: set[str], network: str) -> bool:
    """Whether it is the output of a network, or of one of its layers."""
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr="output"):
            return name in layers
        case ast.Attribute(value=value, attr="output"):
            return _is_layer(value, network)
    return False

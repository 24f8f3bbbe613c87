"""Fills a function's parameters from what the protocol offers: by name first, then by position."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def call_with(function: Callable[..., Any], offered: Mapping[str, Any]) -> Any:
    """Call `function` with as much of `offered` (parameter -> value, in the exercise's order) as it takes, and return what it returns.

    A function with fewer parameters gets what it names. Raises TypeError for one that asks for more, with the parameter's name.
    """
    positional, keywords = fill(function, offered)
    return function(*positional, **keywords)


def fill(function: Callable[..., Any], offered: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Return positional and keyword arguments for `function`."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # builtins without a signature
        return list(offered.values()), {}
    kinds = {parameter.kind for parameter in parameters}
    named = {p.name: offered[p.name] for p in parameters if p.name in offered and p.kind is not inspect.Parameter.POSITIONAL_ONLY}
    rest = {name: value for name, value in offered.items() if name not in named}
    # Where some names are the exercise's, a parameter with a default is the student's own; where none is, position is all there is.
    takers = [p for p in parameters if p.kind in _POSITIONAL and p.name not in named and (not named or p.default is p.empty)]
    by_position = dict(zip((p.name for p in takers), rest.values(), strict=False))
    left = dict(list(rest.items())[len(by_position) :])
    values = by_position | named
    missing = [
        p.name
        for p in parameters
        if p.default is p.empty and p.name not in values and p.kind in (*_POSITIONAL, inspect.Parameter.KEYWORD_ONLY)
    ]
    if missing:
        gets = ", ".join(offered) or "no arguments"
        raise TypeError(f"`{getattr(function, '__name__', 'it')}` asks for {', '.join(missing)}; the exercise calls it with {gets}")
    if left and inspect.Parameter.VAR_POSITIONAL in kinds and not named:
        return [*by_position.values(), *left.values()], {}
    if left and inspect.Parameter.VAR_KEYWORD in kinds:
        values |= left
    only_positional = [p.name for p in parameters if p.kind is inspect.Parameter.POSITIONAL_ONLY and p.name in values]
    return [values.pop(name) for name in only_positional], values

"""How a rule of diagnosis speaks: templates of its words as data, filled with what it measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from grader.words import Table


class Explanation(NamedTuple):
    """A stable id and a sentence; expected and found where they say more than the criterion's."""

    id: str
    sentence: str
    expected: str = ""
    found: str = ""


class Template(NamedTuple):
    """The words of a cause, with placeholders for what was measured; "" where the criterion's own expected or found says it."""

    sentence: str
    expected: str = ""
    found: str = ""


def table(name: str, templates: Mapping[str, Template], **phrases: str) -> Table:
    """Return the words of causes as a table to translate; `phrases`: parts of sentences, by id."""
    flat = dict(phrases)
    for cause, template in templates.items():
        flat |= {key: text for key, text in zip(_keys(cause), template, strict=True) if text}
    return Table(name, flat)


def explained(words: Table, cause: str, **values: Any) -> Explanation:
    """Return a cause in words, filled from what was measured."""
    return Explanation(cause, *(words.get(key, "").format(**values) for key in _keys(cause)))


def _keys(cause: str) -> tuple[str, str, str]:
    return cause, f"{cause}-expected", f"{cause}-found"

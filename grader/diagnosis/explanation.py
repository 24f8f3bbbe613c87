"""How a rule of diagnosis speaks: templates of its words as data, filled with what it measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


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


def explained(sentences: Mapping[str, Template], cause: str, **values: Any) -> Explanation:
    """Return a cause in words, filled from what was measured."""
    return Explanation(cause, *(part.format(**values) for part in sentences[cause]))

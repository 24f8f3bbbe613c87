"""Sentences that are kept in English, in evidence or in a run, and read in the language that is spoken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from string import Formatter

from . import Table


class Sentences(Table):
    """Templates whose English sentence is what is kept: it is recognised again where somebody reads it."""

    def kept(self, key: str, **told: object) -> str:
        """Return a sentence as it is kept."""
        return self.english[key].format(**told)

    def spoken(self, sentence: str) -> str:
        """Return a kept sentence in the language that is spoken; one that is not known, as it is."""
        for key, pattern in self._patterns.items():
            if match := pattern.fullmatch(sentence):
                return self[key].format(**match.groupdict())
        return sentence

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        return {key: re.compile("".join(_pieces(text)), re.DOTALL) for key, text in self.english.items()}


def _pieces(template: str) -> Iterator[str]:
    named: set[str] = set()
    for literal, name, _, _ in Formatter().parse(template):
        yield re.escape(literal)
        if name is not None:
            yield f"(?P={name})" if name in named else f"(?P<{name}>.+)"
            named.add(name)

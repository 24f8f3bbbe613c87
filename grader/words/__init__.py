"""Templates of what students read, each with a stable id, and the languages that they are read in.

A module keeps its templates in a `Table` beside the code that fills them; a translation is one YAML file in this folder, found by its
language code, which maps the table's name and the id to a template. What a translation lacks is said in English.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from grader.contracts.errors import UsageError

ENGLISH = "en"
FOLDER = Path(__file__).parent
TABLES: dict[str, Table] = {}  # by name: every table of the modules imported so far

_command = ENGLISH  # what this process speaks, in every thread
_here: ContextVar[Mapping[str, Any] | str | None] = ContextVar("language", default=None)


class Table(Mapping[str, str]):
    """Templates by id. Reading one gives it in the language that is spoken."""

    def __init__(self, name: str, english: Mapping[str, str]) -> None:
        self.name = name
        self.english = {str(key): text for key, text in english.items()}  # of a status, its value
        TABLES[name] = self

    def __getitem__(self, key: str) -> str:
        english = self.english[key]
        return str(_words(_spoken()).get(self.name, {}).get(key, english))

    def __iter__(self) -> Iterator[str]:
        return iter(self.english)

    def __len__(self) -> int:
        return len(self.english)

    def __or__(self, other: Mapping[str, str]) -> dict[str, str]:
        """Return the templates of both, those of `other` first, in the language that is spoken now."""
        return {**self, **other}


def languages() -> tuple[str, ...]:
    """Return the codes of the languages that there are, English first."""
    return (ENGLISH, *sorted(path.stem for path in FOLDER.glob("*.yaml")))


def language() -> str:
    """Return the code of the language that is spoken."""
    spoken = _spoken()
    return spoken if isinstance(spoken, str) else str(spoken.get("language", ""))


def asked(code: str | None = None) -> str:
    """Return the language that is asked for: `code`, else GRADER_LANGUAGE, else English. Raises `UsageError` for one that there is not."""
    code = code or os.environ.get("GRADER_LANGUAGE") or ENGLISH
    if code not in languages():
        raise UsageError(f"There is no translation into {code!r}.", hint=f"There is: {', '.join(languages())}.")
    return code


def speak(code: str) -> Callable[[], None]:
    """Speak a language in the whole process, until what is returned is called. Raises `UsageError` for one that there is not."""
    global _command
    before, _command = _command, asked(code)

    def again() -> None:
        global _command  # noqa: PLW0603
        _command = before

    return again


@contextmanager
def speaking(spoken: str | Mapping[str, Any]) -> Iterator[None]:
    """Speak another language inside the `with`: a code, or what a translation file holds."""
    token = _here.set(spoken)
    try:
        yield
    finally:
        _here.reset(token)


def of_concept(concept: str) -> Mapping[str, Any]:
    """Return what is translated of an idea's card: `title`, `card` and, where nothing checks it, `unchecked`."""
    found = _translation(_spoken()).get("concepts", {}).get(concept, {})
    assert isinstance(found, dict)
    return found


def of_exercise(exercise: str) -> Mapping[str, Any]:
    """Return what is translated of an exercise's own texts: `title`, and `criteria` by id."""
    found = _translation(_spoken()).get("exercises", {}).get(exercise, {})
    assert isinstance(found, dict)
    return found


def read(path: Path) -> Mapping[str, Any]:
    """Return what a translation file holds."""
    import yaml  # noqa: PLC0415 (English needs none)

    found = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    return found if isinstance(found, dict) else {}


def _spoken() -> Mapping[str, Any] | str:
    return _here.get() or _command


def _words(spoken: Mapping[str, Any] | str) -> Mapping[str, Any]:
    found = _translation(spoken).get("words", {})
    assert isinstance(found, dict)
    return found


def _translation(spoken: Mapping[str, Any] | str) -> Mapping[str, Any]:
    if not isinstance(spoken, str):
        return spoken
    return {} if spoken == ENGLISH else _packaged(spoken)


@cache
def _packaged(code: str) -> Mapping[str, Any]:
    return read(FOLDER / f"{code}.yaml") if code in languages() else {}

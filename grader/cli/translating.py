"""Translations: every text that there is to translate, the file that a translator fills in, and what is wrong with a filled one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from string import Formatter
from typing import Any

import yaml

from grader import course, diagnosis, judge, submission, words
from grader.cli import check, ci, concepts, hint, magic, output, outputs, progress, start, static, watch
from grader.cli import exercises as listing
from grader.contracts.errors import AuthorError
from grader.course import catalogue
from grader.course.concepts import concepts as ideas
from grader.course.documents import Document, Key
from grader.course.translated import TEXTS
from grader.report import class_words, page_words, wording
from grader.runs import attempts, attention, gradebook, override, policy, times
from grader.words import isolation, marks, places, reasons, troubles

# Importing them makes every table known.
SPEAKING = (
    *(judge, diagnosis, submission, wording, page_words, class_words, isolation, marks, places, reasons, troubles),
    *(catalogue, attempts, attention, gradebook, override, policy, times),
    *(check, ci, concepts, hint, listing, output, outputs, magic, progress, start, static, watch),
)
CARD = ("title", "card", "unchecked")
_LISTED = 12  # valid names in a hint

Problem = tuple[Key, str, str]  # where, what is wrong, what is valid


def template(language: str, known: Mapping[str, Any]) -> str:
    """Return a translation file with every text: as `known` (what a translation file holds) has it, else in English."""
    spoken, of_exercises, of_concepts = (known.get(key, {}) for key in ("words", "exercises", "concepts"))
    filled = {
        "language": language,
        "words": {
            name: {key: spoken.get(name, {}).get(key, text) for key, text in table.english.items()}
            for name, table in sorted(words.TABLES.items())
        },
        "exercises": {name: _filled(texts, of_exercises.get(name, {})) for name, texts in exercises().items()},
        "concepts": {name: _filled(texts, of_concepts.get(name, {})) for name, texts in cards().items()},
    }
    return yaml.safe_dump(filled, allow_unicode=True, sort_keys=False, width=140)


def exercises() -> dict[str, dict[str, Any]]:
    """Return what authors wrote of each exercise: its title, and the texts of its criteria.

    A profile's criterion that reads otherwise than the native one of its id stands under `id@profile`.
    """
    found: dict[str, dict[str, Any]] = {}
    for name in course.names():
        native = course.load(name)
        texts = {str(one["id"]): _texts(one) for one in native.criteria}
        for profile in native.profiles[1:]:
            for one in course.load(name, profile).criteria:
                if texts.get(str(one["id"])) != _texts(one):
                    texts[f"{one['id']}@{profile}"] = _texts(one)
        found[name] = {"title": native.title, "criteria": texts}
    return found


def cards() -> dict[str, dict[str, str]]:
    """Return what is to be translated of each idea's card; its example is Python in every language."""
    return {name: {key: text for key in CARD if (text := getattr(one, key)) is not None} for name, one in ideas().concepts.items()}


def mistakes(document: Document) -> list[AuthorError]:
    """Return every mistake in a translation file, in the order of its lines."""
    found = sorted(_problems(document.data), key=lambda problem: document.line(*problem[0]))
    return [document.error(message, *at, hint=hint) for at, message, hint in found]


def _problems(data: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _unknown((), data, ("language", "words", "exercises", "concepts"))
    if not isinstance(data.get("language"), str):
        yield ("language",), "`language` must be the code of a language", "For example: language: de"
    yield from _section(("words",), data.get("words"), {name: table.english for name, table in words.TABLES.items()})
    yield from _section(("exercises",), data.get("exercises"), exercises())
    yield from _section(("concepts",), data.get("concepts"), cards())


def _section(at: Key, own: Any, english: Mapping[str, Any]) -> Iterator[Problem]:
    """Compare what is translated with what there is, key by key, down to the texts."""
    if own is None:
        return
    if not isinstance(own, dict):
        yield at, f"`{at[-1]}` must be a mapping", ""
        return
    yield from _unknown(at, own, tuple(english))
    for key, value in own.items():
        wanted = english.get(key)
        if isinstance(wanted, dict):
            yield from _section((*at, key), value, wanted)
        elif isinstance(wanted, list):
            yield from _hints((*at, key), value, wanted)
        elif isinstance(wanted, str):
            yield from _text((*at, key), value, "" if key == "title" or at[0] == "concepts" else wanted)


def _unknown(at: Key, own: Mapping[str, Any], valid: tuple[str, ...]) -> Iterator[Problem]:
    for key in own:
        if key not in valid:
            close = get_close_matches(str(key), valid, 1)
            listed = ", ".join(valid[:_LISTED]) + (f", … ({len(valid)} in all)" if len(valid) > _LISTED else "")
            hint = f"Did you mean {close[0]!r}?" if close else f"There is: {listed}."
            yield (*at, key), f"there is nothing called {key!r} to translate", hint


def _hints(at: Key, own: Any, english: list[str]) -> Iterator[Problem]:
    if not isinstance(own, list) or not all(isinstance(hint, str) and hint for hint in own) or len(own) != len(english):
        yield at, f"expected a list of {len(english)} hints", "A translation has as many tiers as the rubric."


def _text(at: Key, own: Any, english: str) -> Iterator[Problem]:
    if not isinstance(own, str) or not own:
        yield at, "expected a text", ""
        return
    if not english:
        return
    valid = fields(english)
    try:
        used = fields(own)
    except ValueError as error:
        yield at, f"is no valid template: {error}", "A brace that is meant as such is written twice: {{ or }}."
        return
    there = ", ".join(sorted(valid)) or "none"
    for field in sorted(used - valid):
        yield at, f"unknown placeholder {field}", f"There is: {there}."
    for field in sorted(valid - used):
        yield at, f"the placeholder {field} is missing", f"There is: {there}."


def fields(text: str) -> set[str]:
    """Return the placeholders of a template as they are written: `{rate:g}`. Raises `ValueError` for what is no template."""
    return {
        "{" + name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "") + "}"
        for _, name, spec, conversion in Formatter().parse(text)
        if name is not None
    }


def _texts(criterion: Mapping[str, Any]) -> dict[str, Any]:
    return {key: criterion[key] for key in TEXTS if criterion.get(key)}


def _filled(texts: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _filled(text, own.get(key, {})) if isinstance(text, dict) else own.get(key, text) for key, text in texts.items()}


def covered(data: Mapping[str, Any]) -> tuple[int, int]:
    """Return how many texts a translation file has, and how many there are."""
    there = {"words": {name: table.english for name, table in words.TABLES.items()}, "exercises": exercises(), "concepts": cards()}
    return _count({key: data.get(key) or {} for key in there}), _count(there)


def _count(texts: Any) -> int:
    return sum(map(_count, texts.values())) if isinstance(texts, dict) else 1

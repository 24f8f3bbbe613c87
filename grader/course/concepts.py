"""The ideas of the course: a card each, and where each one is checked. Loads `concepts.yaml`, which explains its keys."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from grader.contracts.base import Frozen
from grader.contracts.errors import AuthorError, UsageError
from grader.contracts.protocol import Identifier

from .catalogue import WORDS, load, names
from .documents import Document, load_document

_FILE = Path(__file__).with_name("concepts.yaml")
Text = Annotated[str, Field(min_length=1)]
Checks = dict[str, tuple[str, ...]]


class Concept(Frozen):
    """One idea of the course. `card`: plain text with `code` between backticks; `prints`: what the example prints."""

    id: Identifier
    week: Annotated[int, Field(ge=1, le=4)]
    title: Text
    card: Text
    example: Text
    prints: Text
    also: Checks = Field(default_factory=dict)  # exercise -> criteria whose main idea is another
    comes_with: Identifier | None = None  # the exercise that will check it
    unchecked: Text | None = None  # why no criterion does
    experiment: Text | None = None  # file::function of a test, or a benchmark's file
    no_experiment: Text | None = None  # why there is none

    @property
    def needs_tensorflow(self) -> bool:
        """Whether the example imports TensorFlow or Keras."""
        return "keras" in self.example or "tensorflow" in self.example


class Catalogue(Frozen):
    """Every concept by its id, in the course's order."""

    concepts: dict[str, Concept]

    def find(self, name: str) -> Concept:
        """Return the concept of this id. Raises `UsageError` with the closest id."""
        if name not in self.concepts:
            near = closest(name, self.concepts)
            guess = WORDS["guess"].format(name=near) if near else ""
            raise UsageError(WORDS["no-concept"].format(name=name, guess=guess), hint=WORDS["listed"])
        return self.concepts[name]


def load_concepts(path: Path = _FILE) -> tuple[Catalogue, Document]:
    """Read a file of concepts. Raises `AuthorError` with file and line of the first mistake."""
    document = load_document(path)
    listed = document.data.get("concepts")
    if not isinstance(listed, dict) or len(document.data) != 1:
        raise document.error("expected one key, `concepts`, a mapping from each concept's id to its card")
    found = {}
    for name, item in listed.items():
        if not isinstance(item, dict):
            raise document.error("a concept is a mapping with `week`, `title`, `card`, `example` and `prints`", "concepts", name)
        try:
            concept = Concept.model_validate({"id": name, **item})
        except ValidationError as error:
            first = error.errors()[0]
            where = " → ".join(map(str, first["loc"]))
            raise document.error(f"{where}: {first['msg']}", "concepts", name, *first["loc"]) from error
        if (concept.experiment is None) == (concept.no_experiment is None):
            raise document.error("needs either `experiment` or `no_experiment`", "concepts", name)
        found[name] = concept
    return Catalogue(concepts=found), document


@cache
def concepts() -> Catalogue:
    """Return the course's own concepts."""
    return load_concepts()[0]


@cache
def concept_ids() -> frozenset[str]:
    """Return the ids alone."""
    return frozenset(concepts().concepts)


def closest(name: str, known: Mapping[str, object] | frozenset[str]) -> str:
    """Return the id that `name` most likely meant: one spelled alike, or the first that contains it; else an empty string."""
    near = get_close_matches(name, sorted(known), 1) or [
        other for other in sorted(known) if name.lower() in other or name in other.split("-")
    ]
    return next(iter(near), "")


@cache
def checks() -> Mapping[str, Checks]:
    """Return for each concept which criteria of which exercises check it. Raises `AuthorError` where a row points nowhere."""
    catalogue, document = load_concepts()
    criteria = {name: {str(c.get("id")): c.get("concept") for c in load(name).criteria} for name in names()}
    found: dict[str, Checks] = {}
    for concept in catalogue.concepts.values():
        for exercise, also in concept.also.items():
            if exercise not in criteria:
                raise document.error(
                    f"there is no exercise {exercise!r}{_meant(exercise, criteria)}", "concepts", concept.id, "also", exercise
                )
            for number, one in enumerate(also):
                if one not in criteria[exercise]:
                    meant = _meant(one, criteria[exercise])
                    raise document.error(f"{exercise} has no criterion {one!r}{meant}", "concepts", concept.id, "also", exercise, number)
        by_exercise = {
            exercise: tuple(c for c, idea in listed.items() if idea == concept.id or c in concept.also.get(exercise, ()))
            for exercise, listed in criteria.items()
        }
        found[concept.id] = {exercise: listed for exercise, listed in by_exercise.items() if listed}
    return found


def why_unchecked(concept: Concept) -> str:
    """Return why no criterion checks a concept, or an empty string where one does. Raises `AuthorError` where nothing says why."""
    if checks()[concept.id]:
        return ""
    if concept.unchecked is not None:
        return concept.unchecked
    if concept.comes_with is not None:
        return f"Checked by the exercise {concept.comes_with}, which is not built yet."
    raise AuthorError(f"concepts.yaml: nothing checks {concept.id!r}, and neither `comes_with` nor `unchecked` says why.")


def _meant(name: str, known: Mapping[str, object]) -> str:
    near = closest(name, known)
    return f" (did you mean {near!r}?)" if near else ""

"""What authors wrote of an exercise, in the language that is spoken: its title, and each criterion's title, hints and message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader import words

from .catalogue import Exercise, load_file, root
from .concepts import Concept
from .profiles import NATIVE

TEXTS = ("title", "message", "note", "hints")  # of a criterion


def title_of(exercise: Exercise) -> str:
    """Return the exercise's title."""
    found = words.of_exercise(exercise.name).get("title")
    return str(found) if found is not None and exercise.title == _packaged(exercise.name, NATIVE).title else exercise.title


def texts_of(exercise: Exercise, criterion: Mapping[str, Any]) -> dict[str, Any]:
    """Return the texts of a criterion that are translated.

    Only what reads in English as it does in the packaged rubric: a rubric of one's own, or a profile, may ask for something else.
    """
    of_criteria = words.of_exercise(exercise.name).get("criteria", {})
    found: dict[str, Any] = {}
    for profile, key in ((NATIVE, criterion["id"]), (exercise.profile, f"{criterion['id']}@{exercise.profile}")):
        own = of_criteria.get(key)
        if own:
            english = next((one for one in _packaged(exercise.name, profile).criteria if one["id"] == criterion["id"]), {})
            found |= {text: own[text] for text in TEXTS if text in own and criterion.get(text) == english.get(text)}
    return found


def card_of(concept: Concept) -> Concept:
    """Return an idea of the course as it reads in the language that is spoken; its example is Python in every language."""
    return concept.model_copy(update=dict(words.of_concept(concept.id)))


def _packaged(name: str, profile: str) -> Exercise:
    return load_file(root() / "rubrics" / f"{name}.yaml", profile)  # a translation speaks of packaged exercises only

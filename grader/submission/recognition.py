"""Which exercise a submission is for: what the caller says, else what the file says, else what its functions leave possible."""

from __future__ import annotations

import re
from collections.abc import Iterable

from grader.contracts.base import Place
from grader.contracts.errors import UsageError
from grader.contracts.submission import Finding
from grader.course import Exercise, load, names
from grader.words import Table
from grader.words.places import placed

_HEADER = re.compile(r"\s*#\s*exercise\s*:\s*([\w-]+)\s*$", re.IGNORECASE)
_HEADER_LINES = 20

WORDS = Table(
    "submission.recognition",
    {
        "guessed": "{file} does not say which exercise it is for; its functions are those of {exercise}. Write `{line}` on top.",
        "several": "{file} does not say which exercise it is for, and its functions fit several: {listed}.",
        "none": "{file} does not say which exercise it is for, and defines none of the asked functions. The exercises are: {listed}.",
        "say-which": "Say which with `--exercise NAME`, or write `# exercise: NAME` on the first line.",
    },
)


def header(texts: Iterable[tuple[int | None, str]], file: str) -> tuple[str, Place] | None:
    """Return the name after `# exercise:` in the first lines of a text (cell number, text), and where it stands."""
    for cell, text in texts:
        for number, line in enumerate(text.split("\n", _HEADER_LINES)[:_HEADER_LINES], 1):
            if match := _HEADER.fullmatch(line):
                return match[1], Place(file=file, line=number, cell=cell)
    return None


def named_exercise(name: str, place: Place | None) -> Exercise:
    """Load the exercise that a file names. Raises `UsageError` that says where it is named."""
    try:
        return load(name)
    except UsageError as error:
        if place is None:
            raise
        raise UsageError(f"{placed(place)}: {error.message}", error.hint) from error


def suggest(defined: set[str], file: str, profile: str) -> tuple[Exercise, Finding]:
    """Return the one exercise that the defined functions leave possible. Raises `UsageError` where they leave none or several."""
    matches = {name: _answered(load(name, profile), defined) for name in names() if profile in load(name).profiles}
    best = [name for name, answered in matches.items() if answered and not any(answered < other for other in matches.values())]
    if len(best) == 1:
        exercise = load(best[0])
        line = f"# exercise: {exercise.name}"
        message = WORDS["guessed"].format(file=file, exercise=exercise.name, line=line)
        return exercise, Finding(id="exercise-guessed", severity="note", message=message)
    listed = ", ".join(best or matches)
    raise UsageError(WORDS["several" if best else "none"].format(file=file, listed=listed), WORDS["say-which"])


def other_exercises(exercise: Exercise, defined: set[str]) -> list[str]:
    """Return the exercises that ask for functions which the file defines and `exercise` does not ask for, best first."""
    own = {name for call in exercise.protocol.calls for name in call.function}
    counted = [(len(_answered(load(name), defined - own)), name) for name in names() if name != exercise.name]
    return [name for count, name in sorted(counted, key=lambda c: (-c[0], c[1])) if count][:2]


def _answered(exercise: Exercise, defined: set[str]) -> frozenset[str]:
    """Return the first names of the calls that the file answers."""
    return frozenset(call.function[0] for call in exercise.protocol.calls if defined & set(call.function))

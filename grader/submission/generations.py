"""Recognises the generation of the assignment that a file answers, by the functions that it defines and their parameters."""

from __future__ import annotations

from grader.contracts.submission import Finding
from grader.course import Exercise, load
from grader.course.profiles import FREE_FORM, NATIVE, OWN_PATHS
from grader.words import Table

from . import functions
from .lifting import lift
from .parsing import Parsed
from .statements import Definition, Unit

WITHOUT_PARAMETERS = ("train_val_datasets", "create_pre_trained_model")  # in 2024 they read global variables
OTHER_PROFILE = "other-profile"  # the finding's id
ONLY_2024 = "create_augmentation_model"
ONLY_2022 = "create_train_val_dirs"

WORDS = Table(
    "submission.generations",
    {
        "free-form": "This looks like a free-form notebook: {why}. To have it graded as that: `--profile {profile}`.",
        "of-year": "This looks like the assignment of {year}: {why}. To have it graded as that: `--profile {profile}`.",
        "no-arguments": "`{name}` takes no arguments",
        "defines": "it defines `{name}`",
        "outside-of-functions": "the network is built outside of functions, and there is no `{name}`",
        "defines-all": "it defines all that this one asks for, and no `{name}`",
    },
)


def other_generation(exercise: Exercise, units: list[Unit], known: dict[str, Unit], parsed: Parsed) -> list[Finding]:
    """Return the note that tells which profile fits the file better than the exercise's present one; none where it fits."""
    found = _signs(exercise, units, known) or _fitting(exercise, known, parsed)
    if found is None or found[0] == exercise.profile or found[0] not in exercise.profiles:
        return []
    profile, why = found
    told = {"why": why, "profile": profile, "year": profile.removeprefix("official-")}
    message = WORDS["free-form" if profile == FREE_FORM else "of-year"].format(**told)
    return [Finding(id=OTHER_PROFILE, severity="note", message=message)]


def _signs(exercise: Exercise, units: list[Unit], known: dict[str, Unit]) -> tuple[str, str] | None:
    """Return the profile that a single sign gives away, and the sign."""
    for name in WITHOUT_PARAMETERS:
        unit = known.get(name)
        has = functions.signature(unit.node, known) if unit is not None and isinstance(unit.node, Definition) else None
        if has is not None and has.most == 0:
            return "official-2024", WORDS["no-arguments"].format(name=name)
    if ONLY_2024 in known:
        return "official-2024", WORDS["defines"].format(name=ONLY_2024)
    if ONLY_2022 in known:
        return "official-2022", WORDS["defines"].format(name=ONLY_2022)
    built = [call for call in exercise.protocol.calls if call.kind in {"model", "batches"} and functions.find(call, known) is None]
    models = [call for call in built if call.kind == "model"]
    if models and len(built) == sum(call.kind in {"model", "batches"} for call in exercise.protocol.calls) and lift(models, units):
        return FREE_FORM, WORDS["outside-of-functions"].format(name=models[0].function[0])
    return None


def _fitting(exercise: Exercise, known: dict[str, Unit], parsed: Parsed) -> tuple[str, str] | None:
    """Return the first profile all of whose functions are there, under its own names, where some of the present one's are not."""
    missing = _unanswered(exercise, known, parsed)
    if not missing:
        return None
    for profile in exercise.profiles:
        if profile in {exercise.profile, NATIVE, FREE_FORM}:
            continue
        other = load(exercise.name, profile)
        if all(call.function[0] in known for call in other.protocol.calls) and not _unanswered(other, known, parsed):
            return profile, WORDS["defines-all"].format(name=missing[0])
    return None


def _unanswered(exercise: Exercise, known: dict[str, Unit], parsed: Parsed) -> list[str]:
    """Return the functions that the file does not define, or with parameters that do not fit."""
    own_paths = exercise.profile in OWN_PATHS
    return [
        call.function[0]
        for call in exercise.protocol.calls
        if (named := functions.find(call, known)) is None or functions.head_findings(call, named, parsed, own_paths=own_paths)
    ]

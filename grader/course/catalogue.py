"""Which exercises there are, and what each one measures."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from grader.contracts.errors import UsageError
from grader.contracts.protocol import Protocol
from grader.words import Table

from .documents import Document, Key, load_document
from .profiles import NATIVE, PROFILES, Merged, meant, merge, overlays

WORDS = Table(
    "catalogue",
    {
        "no-exercise": "There is no exercise {name!r}.{guess}",
        "guess": " Did you mean {name!r}?",
        "exercises": "The exercises are: {names}.",
        "no-profile": "There is no profile {profile!r}{guess}.",
        "not-of-exercise": "{exercise} has no profile {profile!r}{guess}.",
        "profiles": "{exercise} has: {names}.",
        "no-concept": "There is no concept {name!r}.{guess}",
        "listed": "`grader concepts` lists them all.",
    },
)
_PACKAGED = Path(__file__).parent / "files"
_CHECKOUT = Path(__file__).parents[2]


def root() -> Path:
    """Return the folder that holds `exercises/` and `rubrics/`: inside the wheel, or the checkout's top."""
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT


@dataclass(frozen=True)
class Exercise:
    """One exercise under one profile: its protocol, and its criteria as the author wrote them (the judge owns their meaning)."""

    name: str
    title: str
    week: int
    pass_mark: float  # share of the points
    protocol: Protocol
    criteria: list[dict[str, Any]]
    document: Document
    folder: Path  # README.md and submission.py: what a student gets
    profile: str = NATIVE
    profiles: tuple[str, ...] = (NATIVE,)  # that there are
    places: tuple[Key, ...] = ()  # of each criterion in the rubric file

    def place(self, index: int, *keys: str | int) -> Key:
        """Return where a criterion, or a part of it, stands in the rubric file."""
        return (*self.places[index], *keys)

    @property
    def rubric_path(self) -> Path:
        """The rubric file."""
        return self.document.path

    @property
    def starter(self) -> str:
        """The starter's source."""
        return (self.folder / "submission.py").read_text(encoding="utf-8")


def names() -> list[str]:
    """Return the names of all exercises, by week, then in the order of their names."""
    found = [load(path.stem) for path in (root() / "rubrics").glob("*.yaml")]
    return [exercise.name for exercise in sorted(found, key=lambda e: (e.week, e.name))]


def load(name: str, profile: str = NATIVE) -> Exercise:
    """Load an exercise by name. Raises `UsageError` for an unknown name or profile, `AuthorError` for a rubric that cannot be used."""
    path = root() / "rubrics" / f"{name}.yaml"
    known = sorted(p.stem for p in path.parent.glob("*.yaml"))
    if name not in known:
        close = get_close_matches(name, known, 1)
        guess = WORDS["guess"].format(name=close[0]) if close else ""
        raise UsageError(WORDS["no-exercise"].format(name=name, guess=guess), hint=WORDS["exercises"].format(names=", ".join(known)))
    return load_file(path, profile)


def load_from(rubrics: Path | None, name: str, profile: str = NATIVE) -> Exercise:
    """Load an exercise as a folder of rubrics has it, else the packaged one.

    Raises `UsageError` where the folder's rubric asks for other functions: submissions are read for those of the packaged one.
    """
    packaged = load(name, profile)
    own = rubrics / f"{name}.yaml" if rubrics else None
    if own is None or not own.is_file():
        return packaged
    asked = load_file(own, profile)
    if _functions(asked) != _functions(packaged):
        raise UsageError(
            f"{own} asks for other functions than the grader's own rubric of {name}.",
            hint="In rubrics of one's own, criteria, thresholds and trainings may differ, not the calls.",
        )
    return asked


def _functions(exercise: Exercise) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(call.id, call.kind, call.function) for call in exercise.protocol.calls]


@cache
def load_file(path: Path, profile: str = NATIVE) -> Exercise:
    """Load an exercise from a rubric file anywhere; its starter is looked for beside the packaged ones."""
    document = load_document(path)
    data = document.data
    allowed = {"exercise", "week", "title", "pass_mark", "protocol", "criteria", "profiles"}
    for key in data:
        if key not in allowed:
            raise document.error(f"unknown key {key!r}; valid keys are {', '.join(sorted(allowed))}", key)
    for key in ("exercise", "week", "title", "protocol", "criteria"):
        if key not in data:
            raise document.error(f"the key {key!r} is missing")
    if not (isinstance(data["criteria"], list) and data["criteria"] and all(isinstance(c, dict) for c in data["criteria"])):
        raise document.error("`criteria` must be a list of mappings", "criteria")
    if not isinstance(data["protocol"], dict):
        raise document.error("`protocol` must be a mapping with `calls`", "protocol")
    own = overlays(document)
    if profile != NATIVE and profile not in own:
        told = WORDS["no-profile" if profile not in PROFILES else "not-of-exercise"]
        there = WORDS["profiles"].format(exercise=data["exercise"], names=", ".join((NATIVE, *own)))
        raise UsageError(told.format(exercise=data["exercise"], profile=profile, guess=meant(profile, PROFILES)), hint=there)
    merged = merge(document, own.get(profile), profile)
    try:
        protocol = Protocol.model_validate({"exercise": data["exercise"], **merged.protocol})
    except ValidationError as error:
        raise protocol_error(document, merged, error) from error
    _check_references(document, merged, protocol)
    pass_mark = data.get("pass_mark", 0.6)
    if not (isinstance(pass_mark, int | float) and 0 <= pass_mark <= 1):
        raise document.error("`pass_mark` must be a share between 0 and 1", "pass_mark")
    return Exercise(
        name=str(data["exercise"]),
        title=str(data["title"]),
        week=int(data["week"]),
        pass_mark=float(pass_mark),
        protocol=protocol,
        criteria=[criterion.item for criterion in merged.criteria],
        document=document,
        folder=root() / "exercises" / str(data["exercise"]),
        profile=profile,
        profiles=(NATIVE, *own),
        places=tuple(criterion.at for criterion in merged.criteria),
    )


def protocol_error(document: Document, merged: Merged, error: ValidationError) -> Exception:
    """Turn pydantic's first complaint about the protocol half into an author's error with its line."""
    first = error.errors()[0]
    keys = [
        part
        for part in first["loc"]
        if part not in {"model", "batches", "table", "parse", "folders", "loop", "augmenter"} or part == first["loc"][-1]
    ]
    if "trainings" not in merged.protocol:  # `training` stands for the only one of `trainings`
        keys = ["training" if part == "trainings" else part for part in keys if not (part == 0 and "trainings" in keys)]
    where = " → ".join(str(part) for part in keys)
    return document.error(f"{where}: {first['msg']}", *_at(document, merged, *keys))


def _at(document: Document, merged: Merged, *keys: str | int) -> Key:
    """Return where a key of the protocol stands: in a profile's own half where that says it, else in the exercise's."""
    match keys:
        case ("calls", int(index), *rest) if index < len(merged.calls):
            return (*merged.calls[index].at, *rest)
        case (key, *rest) if (own := (*merged.overlay, "protocol", key)) in document.lines:
            return (*own, *rest)
    return ("protocol", *keys)


def _check_references(document: Document, merged: Merged, protocol: Protocol) -> None:
    def error(message: str, *keys: str | int) -> Exception:
        return document.error(message, *_at(document, merged, *keys))

    seen: set[str] = set()
    kinds = {call.id: call.kind for call in protocol.calls}
    for index, call in enumerate(protocol.calls):
        if call.id in seen:
            raise error(f"the call id {call.id!r} stands twice", "calls", index, "id")
        seen.add(call.id)
        if call.kind in ("table", "augmenter"):
            for number, case in enumerate(call.cases):
                if len(case) != len(call.parameters):
                    message = f"a case has {len(case)} values, but there are {len(call.parameters)} parameters"
                    raise error(message, "calls", index, "cases", number)
    trained: set[str] = set()
    for index, training in enumerate(protocol.trainings):
        where = ("trainings", index) if "trainings" in merged.protocol else ("training",)
        if training.id in trained:
            raise error(f"the training id {training.id!r} stands twice", *where, "id")
        trained.add(training.id)
        if training.batches is None and (protocol.data is None or protocol.image_size is None):
            raise error("a training without `batches` needs `data`, whose images it takes, and `image_size`", *where)
        for key, kind in (("model", "model"), ("batches", "batches")):
            name = getattr(training, key)
            if kinds.get(name) != kind and not (key == "batches" and name is None):
                valid = ", ".join(sorted(i for i, k in kinds.items() if k == kind)) or "none"
                raise error(f"training.{key} names no call of kind {kind!r}: {name!r}; there is: {valid}", *where, key)

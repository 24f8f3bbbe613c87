"""Profiles: what an earlier generation of an assignment asks, written as changes to an exercise's protocol and criteria."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal, TypeVar

from pydantic import Field, ValidationError

from grader.contracts.base import Frozen
from grader.contracts.protocol import Identifier, Protocol

from .documents import Document, Key

ProfileName = Literal["official-2022", "official-2024", "free-form"]
NATIVE = "native"
PROFILES: tuple[str, ...] = (NATIVE, *ProfileName.__args__)  # type: ignore[attr-defined]
FREE_FORM = "free-form"
OWN_PATHS: frozenset[str] = frozenset(
    {"official-2024", FREE_FORM}
)  # their functions read paths of the file, which stand for the grader's folders
Item = dict[str, Any]
TRAINING = {"training", "trainings"}
T = TypeVar("T", bound=Frozen)


class Changes(Frozen):
    """Changes to a list of items with an `id`: calls or criteria."""

    drop: tuple[Identifier, ...] = ()
    replace: tuple[Item, ...] = ()  # whole items, in the place of those with the same id
    add: tuple[Item, ...] = ()


class Overlay(Frozen):
    """What a profile changes. `protocol`: changes to `calls`; every other key replaces the exercise's own."""

    protocol: Item = Field(default_factory=dict)
    criteria: Changes = Changes()


@dataclass(frozen=True)
class Placed:
    """An item of the merged list, and where the author wrote it."""

    item: Item
    at: Key


@dataclass(frozen=True)
class Merged:
    """An exercise's two halves under one profile, as the author wrote them."""

    protocol: Item
    calls: list[Placed]
    criteria: list[Placed]
    overlay: Key  # () for the exercise as it is


def overlays(document: Document) -> dict[str, Overlay]:
    """Return the profiles of a rubric file beside its own. Raises `AuthorError` where one is not written as changes."""
    data = document.data.get("profiles", {})
    if not isinstance(data, dict):
        raise document.error(f"`profiles` must be a mapping; its keys are {', '.join(PROFILES[1:])}", "profiles")
    found = {}
    for name, written in data.items():
        if name not in PROFILES[1:]:
            raise document.error(
                f"unknown profile {name!r}{meant(str(name), PROFILES[1:])}; there is: {', '.join(PROFILES[1:])}", "profiles", name
            )
        found[name] = _validated(document, Overlay, written, "profiles", name)
        for key in found[name].protocol:
            valid = [*(field for field in Protocol.model_fields if field != "exercise"), "training"]
            if key not in valid:
                message = f"unknown key {key!r}{meant(key, valid)}; valid keys are {', '.join(valid)}"
                raise document.error(message, "profiles", name, "protocol", key)
    return found


def merge(document: Document, overlay: Overlay | None, name: str) -> Merged:
    """Return the exercise under a profile. Raises `AuthorError` for a change to what is not there."""
    protocol: Item = document.data["protocol"]
    calls = _placed(protocol.get("calls"), "protocol", "calls")
    criteria = _placed(document.data["criteria"], "criteria")
    if overlay is None:
        return Merged(protocol, calls, criteria, ())
    at = ("profiles", name)
    changes = _validated(document, Changes, overlay.protocol.get("calls", {}), *at, "protocol", "calls")
    calls = _changed(document, calls, changes, "call", *at, "protocol", "calls")
    criteria = _changed(document, criteria, overlay.criteria, "criterion", *at, "criteria")
    if TRAINING & overlay.protocol.keys():  # either spelling replaces the other
        protocol = {key: value for key, value in protocol.items() if key not in TRAINING}
    return Merged({**protocol, **overlay.protocol, "calls": [call.item for call in calls]}, calls, criteria, at)


def _placed(items: Any, *at: str) -> list[Placed]:
    found = enumerate(items) if isinstance(items, list) else ()
    return [Placed(item, (*at, index)) for index, item in found if isinstance(item, dict)]


def _changed(document: Document, items: list[Placed], changes: Changes, what: str, *at: str | int) -> list[Placed]:
    known = [str(placed.item.get("id")) for placed in items]
    merged = dict(zip(known, items, strict=True))
    for index, name in enumerate(changes.drop):
        if merged.pop(name, None) is None:
            raise document.error(f"there is no {what} {name!r} to drop{_choices(name, known)}", *at, "drop", index)
    for index, item in enumerate(changes.replace):
        name = str(item.get("id"))
        if name not in merged:
            raise document.error(f"there is no {what} {name!r} to replace{_choices(name, known)}", *at, "replace", index, "id")
        merged[name] = Placed(item, (*at, "replace", index))
    for index, item in enumerate(changes.add):
        name = str(item.get("id"))
        if name in merged:
            raise document.error(f"the {what} {name!r} is there already: write it under `replace`", *at, "add", index, "id")
        merged[name] = Placed(item, (*at, "add", index))
    return list(merged.values())


def _validated(document: Document, kind: type[T], written: Any, *at: str | int) -> T:
    try:
        return kind.model_validate(written)
    except ValidationError as error:
        first = error.errors()[0]
        keys = first["loc"]
        if first["type"] == "extra_forbidden":
            valid = [*(kind.model_fields if len(keys) == 1 else Changes.model_fields)]
            message = f"unknown key {str(keys[-1])!r}{meant(str(keys[-1]), valid)}; valid keys are {', '.join(valid)}"
        else:
            message = f"{' → '.join(str(key) for key in (at[-1], *keys))}: {first['msg']}"
        raise document.error(message, *at, *keys) from error


def meant(name: str, choices: Sequence[str]) -> str:
    """Return " (did you mean …?)" where a name is close to a choice."""
    close = get_close_matches(name, choices, 1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _choices(name: str, known: list[str]) -> str:
    return f"{meant(name, known)}; there is: {', '.join(known) or 'none'}"

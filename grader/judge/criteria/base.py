"""What every criterion shares: its spec, its outcome, and how facts are looked up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from string import Formatter
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from grader.contracts.base import Frozen, Place
from grader.contracts.data_facts import AnsweredCase, AugmenterFacts, BatchesFacts, FoldersFacts, ParseFacts, TableFacts
from grader.contracts.evidence import CallbackFacts, CallEvidence, Evidence, LoopFacts
from grader.contracts.network_facts import ModelFacts, Shape
from grader.contracts.protocol import Identifier
from grader.contracts.verdict import Status
from grader.words import Table

from .layer_names import KERAS_LAYERS

PLACEHOLDERS = ("function", "title", "expected", "found")  # what an author's own message may name
Text = Annotated[str, Field(min_length=1)]
COMMON = Table(
    "common",
    {
        "unknown-size": "an unknown size",
        "in-line": " in line {line}",
        "in-cell": " in cell {cell}, line {line}",
        "and": "{left} and {right}",
        "or": "{left} or {right}",
        "either": "{left}, or {right}",
        "at-least": "at least {limit}",
        "at-most": "at most {limit}",
        "training-of": "training",  # as in "the training pipeline"
        "validation-of": "validation",
        "training": "training",  # the set of images
        "validation": "validation",
        "all-right": "{number} of {number} right",
        "an-error": "an error",
        "something-else": "something else",
        "no-number": "no finite number",
        "none-returned": "None (`print` shows an answer, only `return` gives it back)",
        "nothing": "nothing",
        "no-images": "no images",
    },
)
CHANGES = Table(  # by the kinds of augmentation in the evidence
    "changes",
    {
        "flipped": "flipped {share}",
        "upside-down": "upside-down {share}",
        "moved": "moved {share}",
        "recoloured": "recoloured {share}",
    },
)
COUNTS = Table(
    "counts",
    {
        "unit": "{number:,} unit",
        "units": "{number:,} units",
        "image": "{number:,} image",
        "images": "{number:,} images",
        "file": "{number:,} file",
        "files": "{number:,} files",
        "new-file": "{number:,} new file",
        "new-files": "{number:,} new files",
        "zero-length-file": "{number:,} zero-length file",
        "zero-length-files": "{number:,} zero-length files",
        "output": "{number:,} output",
        "outputs": "{number:,} outputs",
        "epoch": "{number:,} epoch",
        "epochs": "{number:,} epochs",
        "layer": "{number:,} layer",
        "layers": "{number:,} layers",
        "kind-layer": "{number:,} {kind} layer",
        "kind-layers": "{number:,} {kind} layers",
        "no-kind-layers": "no {kind} layer",
        "parameter": "{number:,} parameter",
        "parameters": "{number:,} parameters",
        "no-parameters": "no parameter",
        "trainable-parameter": "{number:,} trainable parameter",
        "trainable-parameters": "{number:,} trainable parameters",
    },
)
Share = Annotated[float, Field(ge=0, le=1)]


def _check_message(message: str) -> str:
    try:
        fields = [name for _, name, _, _ in Formatter().parse(message) if name is not None]
    except ValueError as error:
        raise PydanticCustomError("message", "is no valid template: {why}", {"why": str(error)}) from error
    for name in fields:
        if name not in PLACEHOLDERS:
            valid = ", ".join("{" + choice + "}" for choice in PLACEHOLDERS)
            raise PydanticCustomError(
                "message", "unknown placeholder {name}; there is: {valid}", {"name": "{" + name + "}", "valid": valid}
            )
    return message


def _check_layer(name: str) -> str:
    if name not in KERAS_LAYERS:
        raise PydanticCustomError("layer", "{name} is no Keras layer", {"name": repr(name), "close": closest(name, KERAS_LAYERS)})
    return name


def closest(name: str, choices: frozenset[str] | set[str] | tuple[str, ...]) -> str:
    """Return the choice that `name` most likely meant, or an empty string."""
    from difflib import get_close_matches  # noqa: PLC0415 (only an author's mistake needs it)

    return next(iter(get_close_matches(name, sorted(choices), 1)), "")


def _one_or_many(value: object) -> object:
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


LAYER_SCHEMA: dict[str, Any] = {"title": "KerasLayer", "type": "string"}  # `schema` lists the names once and refers to them
LayerName = Annotated[str, AfterValidator(_check_layer)]
LayerNames = Annotated[
    tuple[LayerName, ...],
    Field(min_length=1),
    BeforeValidator(_one_or_many),
    WithJsonSchema({"anyOf": [LAYER_SCHEMA, {"type": "array", "items": LAYER_SCHEMA, "minItems": 1}]}),
]


class Spec(Frozen):
    """The keys that a criterion of any kind has."""

    id: Identifier
    title: Text
    points: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]  # 0: a note that costs nothing
    concept: Identifier | None = None
    hints: tuple[Text, ...] = ()  # from a nudge to nearly the answer
    requires: tuple[Identifier, ...] = ()  # criteria that must pass first
    message: Annotated[str, Field(min_length=1), AfterValidator(_check_message)] | None = None

    selectors: ClassVar[Mapping[str, str]] = {}  # key that names a call -> kind of call it must be; the first one must have returned
    self_reported: ClassVar[bool] = False  # rests on what only the student's process can say

    def complain(self) -> tuple[str, str] | None:
        """Return (key, what is wrong) where the values contradict each other."""
        return None


class Outcome(Frozen):
    """What a criterion found. `problem` is a stable id; `credit` the share of the points that is earned."""

    status: Status
    credit: float
    problem: str = ""
    message: str = ""
    expected: str = ""
    found: str = ""
    place: Place | None = None
    details: dict[str, Any] = Field(default_factory=dict)


def passed(*, note: str = "", expected: str = "", found: str = "", **details: Any) -> Outcome:
    """Return a passed outcome; `note` is a remark that costs nothing."""
    return Outcome(status=Status.PASSED, credit=1.0, message=note, expected=expected, found=found, details=details)


def failed(
    sentences: Mapping[str, str],
    problem: str,
    *,
    expected: str,
    found: str,
    place: Place | None = None,
    details: dict[str, Any] | None = None,
    **values: Any,
) -> Outcome:
    """Return a failed outcome whose sentence is filled from the values that were checked."""
    message = sentences[problem].format(expected=expected, found=found, **values)
    return Outcome(
        status=Status.FAILED,
        credit=0.0,
        problem=problem,
        message=message,
        expected=expected,
        found=found,
        place=place,
        details=details or {},
    )


def skipped(message: str, *, expected: str, found: str) -> Outcome:
    """Return an outcome that cannot be told because of something that another criterion already charges."""
    return Outcome(status=Status.SKIPPED, credit=0.0, message=message, expected=expected, found=found)


FactsT = TypeVar("FactsT", ModelFacts, BatchesFacts, TableFacts, ParseFacts, FoldersFacts, LoopFacts, AugmenterFacts, CallbackFacts)


class MissingEvidenceError(Exception):
    """The evidence lacks what the judge was promised: the grader's own fault."""


def call_of(evidence: Evidence, call: str) -> CallEvidence:
    """Return what is known of a call. Raises `MissingEvidenceError` where nothing is."""
    if call not in evidence.calls:
        raise MissingEvidenceError(f"the evidence says nothing about the call {call!r}")
    return evidence.calls[call]


def facts_of(evidence: Evidence, call: str, kind: type[FactsT]) -> FactsT:
    """Return the facts of a call that returned."""
    facts = call_of(evidence, call).facts
    if not isinstance(facts, kind):
        raise MissingEvidenceError(f"the evidence of the call {call!r} holds no {kind.__name__}")
    return facts


def facts_if_any(evidence: Evidence, call: str | None, kind: type[FactsT]) -> FactsT | None:
    """Return the facts of a call, or None where it did not return any."""
    found = evidence.calls.get(call) if call is not None else None
    return found.facts if found is not None and found.status == "returned" and isinstance(found.facts, kind) else None


def size_text(shape: Shape | None) -> str:
    """Return a shape the way the course writes it: 150×150×3."""
    if shape is None:
        return COMMON["unknown-size"]
    return "×".join("?" if side is None else str(side) for side in shape)


def count_text(number: int, noun: str, **values: str) -> str:
    """Return "1 unit", "3 units"; `noun` is an id in `COUNTS`."""
    plural = f"{noun}s"
    key = noun if number == 1 else plural if number else f"no-{plural}"
    return COUNTS[key if key in COUNTS.english else plural].format(number=number, **values)


def changes_text(changes: Mapping[str, float]) -> list[str]:
    """Return "flipped 48%" for each kind of change to the images that was seen."""
    return [CHANGES[name].format(share=f"{share:.0%}") for name, share in sorted(changes.items())]


def joined(parts: Iterable[str], how: str = "and") -> str:
    """Return "a and b", or "a or b"."""
    return reduce(lambda left, right: COMMON[how].format(left=left, right=right), parts)


def answer_text(row: AnsweredCase) -> str:
    """Return what a function answered in a case, as a sentence shows it; of what is no scalar only its class is known."""
    if row.value is not None:
        return repr(row.value)
    if row.value_type in {"", "NoneType"}:
        return COMMON["none-returned"]
    return COMMON["no-number"] if row.value_type.startswith(("int", "float")) else row.value_type


def where_text(place: Place | None) -> str:
    """Return " in line 12", " in cell 3, line 12", or nothing."""
    if place is None or place.line is None:
        return ""
    return COMMON["in-line" if place.cell is None else "in-cell"].format(cell=place.cell, line=place.line)

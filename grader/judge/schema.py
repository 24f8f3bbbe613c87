"""The JSON Schema of an exercise's YAML, so that editors complete it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from grader.contracts.base import Frozen
from grader.contracts.protocol import Call, Identifier, Protocol
from grader.course.profiles import ProfileName

from .criteria import Criterion
from .criteria.base import LAYER_SCHEMA
from .criteria.layer_names import KERAS_LAYERS

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class CallChanges(Frozen):
    """Changes to the calls: ids to drop; whole calls in the place of those with the same id; further ones."""

    drop: tuple[Identifier, ...] = ()
    replace: tuple[Call, ...] = ()
    add: tuple[Call, ...] = ()


class CriterionChanges(Frozen):
    """Changes to the criteria: ids to drop; whole criteria in the place of those with the same id; further ones."""

    drop: tuple[Identifier, ...] = ()
    replace: tuple[Criterion, ...] = ()
    add: tuple[Criterion, ...] = ()


class Profile(Frozen):
    """What an earlier generation of the assignment asks: changes to the exercise."""

    protocol: CallChanges = CallChanges()  # becomes: every key of a protocol, none of them required, `calls` as such changes
    criteria: CriterionChanges = CriterionChanges()


class ExerciseFile(Frozen):
    """One exercise: what is measured, and what it is worth."""

    exercise: str
    week: Annotated[int, Field(ge=1, le=4)]
    title: str
    pass_mark: Annotated[float, Field(ge=0, le=1)] = 0.6  # share of the points
    protocol: Protocol
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]
    profiles: dict[ProfileName, Profile] = Field(default_factory=dict)


def rubric_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a rubric file."""
    schema = ExerciseFile.model_json_schema()
    definitions = schema["$defs"]
    protocol = definitions["Protocol"]  # the file's own top level names the exercise
    protocol["properties"].pop("exercise")
    protocol["required"].remove("exercise")
    protocol["properties"]["training"] = {"anyOf": [{"$ref": "#/$defs/Training"}, {"type": "null"}]}  # the only one of `trainings`
    definitions["ProtocolChanges"] = {
        **protocol,
        "title": "ProtocolChanges",
        "required": [],
        "properties": {**protocol["properties"], "calls": {"$ref": "#/$defs/CallChanges"}},
    }
    definitions["Profile"]["properties"]["protocol"] = {"$ref": "#/$defs/ProtocolChanges"}
    for name, definition in definitions.items():
        function = definition.get("properties", {}).get("function")
        if name.endswith("Call") and function is not None:  # one name may stand without a list
            definition["properties"]["function"] = {"anyOf": [{"type": "string"}, function]}
    definitions["KerasLayer"] = {"enum": sorted(KERAS_LAYERS)}
    linked: dict[str, Any] = _link(schema)
    return {"$schema": DIALECT, **linked}


def _link(part: Any) -> Any:
    """Return the schema with every place for a layer's name referring to the one list of them."""
    if part == LAYER_SCHEMA:
        return {"$ref": "#/$defs/KerasLayer"}
    if isinstance(part, dict):
        return {key: _link(value) for key, value in part.items()}
    return [_link(value) for value in part] if isinstance(part, list) else part

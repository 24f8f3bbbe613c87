"""Loads an exercise's criteria, and tells its author everything that is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter, ValidationError

from grader.contracts.base import Frozen, digest
from grader.contracts.errors import AuthorError
from grader.contracts.protocol import Protocol, Training
from grader.contracts.verdict import CriterionVerdict
from grader.course import Exercise
from grader.course.concepts import closest as closest_concept
from grader.course.concepts import concept_ids
from grader.course.translated import texts_of

from .criteria import AccuracyCompared, BestEpoch, Criterion, GeneralizationGap, HoldoutAccuracy, OutputsEveryLayer, OutputSizes, Spec
from .criteria.base import closest
from .criteria.histories import PARAMETER as HISTORY
from .criteria.layer_names import KERAS_LAYERS

TABLE_PARAMETERS = {  # of the table that a criterion judges
    OutputSizes: {"size", "kernel", "stride", "padding"},
    BestEpoch: {HISTORY},
    GeneralizationGap: {HISTORY},
}

_ONE: TypeAdapter[Criterion] = TypeAdapter(Criterion)
KINDS: dict[str, type[Spec]] = {
    spec.model_fields["kind"].annotation.__args__[0]: spec
    for spec in Criterion.__origin__.__args__  # type: ignore[attr-defined]
}


class Rubric(Frozen):
    """The criteria of one exercise under one profile, checked."""

    exercise: str
    profile: str
    protocol: Protocol
    criteria: tuple[Criterion, ...]
    pass_mark: float  # share of the points
    digest: str  # of the criteria and the pass mark

    @property
    def max_points(self) -> float:
        """Points of all criteria."""
        return sum(criterion.points for criterion in self.criteria)

    def criterion(self, judged: CriterionVerdict | str) -> Criterion:
        """Return the criterion of this id."""
        wanted = judged if isinstance(judged, str) else judged.id
        return next(criterion for criterion in self.criteria if criterion.id == wanted)

    def training(self, criterion: HoldoutAccuracy) -> Training | None:
        """Return the training that a criterion judges."""
        return next((one for one in self.protocol.trainings if criterion.training in {None, one.id}), None)

    def trainings(self, criterion: Spec) -> tuple[Training, ...]:
        """Return every training that a criterion reads."""
        if isinstance(criterion, AccuracyCompared):
            return tuple(one for one in self.protocol.trainings if one.id in {criterion.training, criterion.other})
        only = self.training(criterion) if isinstance(criterion, HoldoutAccuracy) else None
        return (only,) if only is not None else ()

    def threshold(self, training: str) -> float | None:
        """Return the accuracy that is asked of a training for all points; None where none is."""
        asked = [one for one in self.criteria if isinstance(one, HoldoutAccuracy)]
        return max((one.at_least for one in asked if (named := self.training(one)) is not None and named.id == training), default=None)

    def calls(self, criterion: Spec) -> tuple[str, ...]:
        """Return the calls that a criterion reads; the first one it cannot do without."""
        if isinstance(criterion, AccuracyCompared):
            return tuple(training.model for training in self.trainings(criterion))
        if isinstance(criterion, HoldoutAccuracy):
            training = self.training(criterion)
            return tuple(name for name in (training.model, training.batches) if name is not None) if training is not None else ()
        return tuple(name for key in criterion.selectors if (name := getattr(criterion, key)) is not None)


def load_rubric(exercise: Exercise) -> Rubric:
    """Return an exercise's rubric under its profile. Raises `AuthorError` with file and line of the first mistake."""
    criteria, errors = _read(exercise)
    if errors:
        more = f"{len(errors) - 1} more: `grader rubric check` lists them all." if len(errors) > 1 else errors[0].hint
        raise AuthorError(errors[0].message, more)
    content = [criterion.model_dump(mode="json") for criterion in criteria]
    return Rubric(
        exercise=exercise.name,
        profile=exercise.profile,
        protocol=exercise.protocol,
        criteria=tuple(_spoken(exercise, criterion) for criterion in criteria),
        pass_mark=exercise.pass_mark,
        digest=digest({"criteria": content, "pass_mark": exercise.pass_mark, "profile": exercise.profile}),
    )


def _spoken(exercise: Exercise, criterion: Criterion) -> Criterion:
    """Return a criterion with its author's words in the language that is spoken; what it asks, and the digest, know no language."""
    item = next(item for item in exercise.criteria if item["id"] == criterion.id)
    texts = texts_of(exercise, item)
    return (
        criterion.model_copy(update={key: tuple(text) if key == "hints" else text for key, text in texts.items()}) if texts else criterion
    )


def check_rubric(exercise: Exercise) -> tuple[AuthorError, ...]:
    """Return every mistake in an exercise's criteria, in the order of the file."""
    return tuple(_read(exercise)[1])


def _read(exercise: Exercise) -> tuple[tuple[Criterion, ...], list[AuthorError]]:
    found: list[tuple[int, Criterion]] = []
    errors: list[tuple[int, AuthorError]] = []

    def report(message: str, index: int, *keys: str | int) -> None:
        place = exercise.place(index, *keys)
        errors.append((exercise.document.line(*place), exercise.document.error(message, *place)))

    for index, item in enumerate(exercise.criteria):
        try:
            found.append((index, _ONE.validate_json(json.dumps(item, default=str), strict=True)))
        except ValidationError as error:
            for message, keys in _complaints(item, error):
                report(message, index, *keys)
    ids = [str(item.get("id")) for item in exercise.criteria]
    for index, name in enumerate(ids):
        if name in ids[:index]:
            first = exercise.document.line(*exercise.place(ids.index(name), "id"))
            report(f"the id {name!r} stands twice (first on line {first})", index, "id")
    for index, criterion in found:
        for message, key in _contradictions(criterion, ids, exercise.protocol):
            report(message, index, key)
    for index in _cycle([(str(item.get("id")), item.get("requires") or []) for item in exercise.criteria]):
        report(f"{ids[index]!r} requires itself, through its `requires`", index, "requires")
    errors.sort(key=lambda pair: pair[0])
    return tuple(criterion for _, criterion in found), [error for _, error in errors]


def _complaints(item: dict[str, Any], error: ValidationError) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """Translate pydantic's complaints about one criterion: a sentence with the valid choices, and the keys it concerns."""
    spec = KINDS.get(str(item.get("kind")))
    name = f"{item['id']!r}: " if isinstance(item.get("id"), str) else ""
    for one in error.errors():
        keys = tuple(one["loc"][1:])  # the first is the kind
        key = str(keys[-1]) if keys else ""
        context = one.get("ctx", {})
        match one["type"]:
            case "union_tag_not_found":
                yield f"{name}the key 'kind' is missing; the kinds are {', '.join(sorted(KINDS))}", ()
            case "union_tag_invalid":
                yield f"{name}unknown kind {item['kind']!r}{_meant(str(item['kind']), KINDS)}; the kinds are {_list(KINDS)}", ("kind",)
            case "extra_forbidden":
                valid = list(spec.model_fields) if spec is not None and len(keys) == 1 else []
                tail = f"; valid keys are {', '.join(valid)}" if valid else ""
                yield f"{name}unknown key {key!r}{_meant(key, valid)}{tail}", keys
            case "too_short" if one["input"]:
                continue  # what stands there is wrong, and reported already
            case "missing" if isinstance(keys[-1], int):
                yield f"{name}{keys[-2]} has {keys[-1]} value(s); it needs more", keys[:-1]
            case "missing":
                yield f"{name}the key {key!r} is missing", keys[:-1]
            case "literal_error":
                yield f"{name}{key} must be {context['expected']}, not {one['input']!r}", keys
            case "layer":
                guess = f"; did you mean {context['close']!r}?" if context["close"] else f" (there are {len(KERAS_LAYERS)})"
                yield f"{name}{one['msg']}{guess}", keys
            case "message":
                yield f"{name}message: {one['msg']}", keys
            case _:
                yield f"{name}{'.'.join(str(part) for part in keys)}: {one['msg']}, not {one['input']!r}", keys


def _contradictions(criterion: Spec, ids: list[str], protocol: Protocol) -> Iterator[tuple[str, str]]:
    """Yield (message, key) for references to nothing and values that contradict each other or the protocol."""
    name = f"{criterion.id!r}: "
    calls = {call.id: call for call in protocol.calls}
    for key, kind in criterion.selectors.items():
        call = getattr(criterion, key)
        valid = [one.id for one in protocol.calls if one.kind == kind]
        if call is not None and call not in calls:
            yield f"{name}`{key}` names no call: {call!r}{_meant(call, valid)}; calls of kind {kind!r}: {_list(valid)}", key
        elif call is not None and calls[call].kind != kind:
            message = f"{name}`{key}: {call}` is a call of kind {calls[call].kind!r}; this criterion needs {kind!r}: {_list(valid)}"
            yield message, key
    for required in criterion.requires:
        if required not in ids:
            yield f"{name}requires {required!r}, which is no criterion{_meant(required, ids)}; there is: {_list(ids)}", "requires"
    if criterion.concept is not None and criterion.concept not in concept_ids():
        near = closest_concept(criterion.concept, concept_ids())
        guess = f" (did you mean {near!r}?)" if near else ""
        yield f"{name}there is no concept {criterion.concept!r}{guess}; `grader concepts` lists them all", "concept"
    complaint = criterion.complain()
    if complaint is not None:
        yield f"{name}{complaint[0]} {complaint[1]}", complaint[0]
    wanted = TABLE_PARAMETERS.get(type(criterion))
    if wanted is not None:
        table = calls.get(getattr(criterion, "of", ""))
        if table is not None and table.kind == "table" and set(table.parameters) != wanted:
            yield f"{name}needs a table whose parameters are {_list(wanted)}", "of"
    if isinstance(criterion, OutputsEveryLayer):
        model = calls.get(criterion.of)
        if model is not None and model.kind == "model" and model.given is None:
            yield f"{name}needs a call that gives its function a model: `given`", "of"
    if isinstance(criterion, AccuracyCompared):
        known = [training.id for training in protocol.trainings]
        for key in ("training", "other"):
            if getattr(criterion, key) not in known:
                yield f"{name}`{key}` names no training: {getattr(criterion, key)!r}; there is: {_list(known)}", key
    if isinstance(criterion, HoldoutAccuracy):
        trainings = {training.id: training for training in protocol.trainings}
        if not trainings:
            yield f"{name}needs `training` in the protocol, which says what the grader trains", "kind"
        elif criterion.training is None and len(trainings) > 1:
            yield f"{name}the protocol has several trainings; name one of them: `training`: {_list(trainings)}", "kind"
        elif criterion.training is not None and criterion.training not in trainings:
            meant = _meant(criterion.training, trainings)
            yield f"{name}`training` names no training: {criterion.training!r}{meant}; there is: {_list(trainings)}", "training"
        elif criterion.at_least > (stop_at := trainings[criterion.training or next(iter(trainings))].stop_at):
            yield f"{name}at_least is {criterion.at_least:g}, above stop_at, {stop_at:g}: training ends before it gets there", "at_least"


def _cycle(nodes: list[tuple[str, list[str]]]) -> list[int]:
    """Return the positions of the criteria that require themselves."""
    needs = {name: [str(other) for other in requires] for name, requires in nodes if isinstance(requires, list)}

    def reaches(start: str) -> bool:
        seen: set[str] = set()
        todo = list(needs.get(start, []))
        while todo:
            name = todo.pop()
            if name == start:
                return True
            if name not in seen:
                seen.add(name)
                todo += needs.get(name, [])
        return False

    return [index for index, (name, _) in enumerate(nodes) if reaches(name)]


def _meant(name: str, choices: Any) -> str:
    close = closest(name, tuple(choices))
    return f" (did you mean {close!r}?)" if close else ""


def _list(choices: Any) -> str:
    return ", ".join(sorted(choices)) or "none"

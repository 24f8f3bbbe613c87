"""Profiles: what an overlay changes, what it leaves alone, and what an author may get wrong in one."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml

from grader import course
from grader.contracts.base import digest
from grader.contracts.errors import AuthorError, UsageError
from grader.judge import check_rubric, load_rubric
from grader.judge.schema import rubric_schema

BASE = """exercise: trial
week: 1
title: A trial
protocol:
  data: cats-vs-dogs
  calls:
    - {id: batches, kind: batches, function: make_batches, arguments: {A: training, B: validation}}
    - {id: model, kind: model, function: make_model}
  training: {model: model, batches: batches, max_steps: 10, stop_at: 0.9}
criteria:
  - {id: order, title: T, kind: shuffled, of: batches, points: 1}
  - {id: layers, title: T, kind: layer_count, of: model, layer: Conv2D, at_least: 3, points: 2}
  - {id: learns, title: T, kind: holdout_accuracy, at_least: 0.8, points: 4, requires: [layers]}
profiles:
  official-2022:
"""
VALIDATOR = jsonschema.Draft202012Validator(rubric_schema())


def under(folder: Path, changes: str, profile: str = "official-2022") -> course.Exercise:
    path = folder / "trial.yaml"
    path.write_text(BASE + "".join(f"    {line}\n" for line in changes.splitlines()), encoding="utf-8")
    course.load_file.cache_clear()
    return course.load_file(path, profile)


# changes -> calls, criteria with points, steps of training
CHANGES = {
    "nothing": ("{}", ["batches", "model"], {"order": 1, "layers": 2, "learns": 4}, 10),
    "a criterion less": ("criteria: {drop: [order]}", ["batches", "model"], {"layers": 2, "learns": 4}, 10),
    "a criterion in the place of another": (
        "criteria:\n  replace:\n    - {id: order, title: T, kind: shuffled, of: batches, points: 5}",
        ["batches", "model"],
        {"order": 5, "layers": 2, "learns": 4},
        10,
    ),
    "a criterion more": (
        "criteria:\n  add:\n    - {id: size, title: T, kind: parameters, of: model, at_most: 9, points: 3}",
        ["batches", "model"],
        {"order": 1, "layers": 2, "learns": 4, "size": 3},
        10,
    ),
    "another call, and what it is worth": (
        "protocol: {calls: {add: [{id: other, kind: model, function: other_model}]}}\n"
        "criteria: {add: [{id: size, title: T, kind: parameters, of: other, at_most: 9, points: 3}]}",
        ["batches", "model", "other"],
        {"order": 1, "layers": 2, "learns": 4, "size": 3},
        10,
    ),
    "a call less, with everything that hangs on it": (
        "protocol: {calls: {drop: [batches]}, training: null}\ncriteria: {drop: [order, learns]}",
        ["model"],
        {"layers": 2},
        None,
    ),
    "a list of trainings for the only one": (
        "protocol: {trainings: [{id: a, model: model, batches: batches, max_steps: 30, stop_at: 0.9}]}",
        ["batches", "model"],
        {"order": 1, "layers": 2, "learns": 4},
        30,
    ),
    "another budget": (
        "protocol: {training: {model: model, batches: batches, max_steps: 20, stop_at: 0.9}}",
        ["batches", "model"],
        {"order": 1, "layers": 2, "learns": 4},
        20,
    ),
}


@pytest.mark.parametrize(("changes", "calls", "points", "steps"), CHANGES.values(), ids=CHANGES)
def test_a_profile_changes_what_it_names(
    changes: str, calls: list[str], points: dict[str, float], steps: int | None, tmp_path: Path
) -> None:
    exercise = under(tmp_path, changes)
    assert check_rubric(exercise) == ()
    rubric = load_rubric(exercise)
    training = next(iter(rubric.protocol.trainings), None)
    assert rubric.profile == exercise.profile == "official-2022"
    assert [call.id for call in rubric.protocol.calls] == calls
    assert {criterion.id: criterion.points for criterion in rubric.criteria} == points
    assert (training.max_steps if training else None) == steps
    VALIDATOR.validate(exercise.document.data)


def test_the_protocol_changes_only_where_the_profile_changes_it(tmp_path: Path) -> None:
    native = under(tmp_path, "criteria: {drop: [order]}", "native")
    criteria_only = under(tmp_path, "criteria: {drop: [order]}")
    both = under(tmp_path, "protocol: {image_size: [120, 120, 3]}")
    assert digest(native.protocol) == digest(criteria_only.protocol) != digest(both.protocol)
    assert load_rubric(native).digest != load_rubric(criteria_only).digest
    assert load_rubric(native).max_points == 7


# changes -> line counted from the profile's first, parts of the message
MISTAKES = {
    "drops no criterion": ("criteria: {drop: [oder]}", 1, ["no criterion 'oder' to drop", "did you mean 'order'", "layers"]),
    "drops no call": ("protocol:\n  calls: {drop: [split]}", 2, ["no call 'split' to drop", "batches, model"]),
    "replaces nothing": (
        "criteria:\n  replace:\n    - {id: size, title: T, kind: parameters, of: model, at_most: 9, points: 3}",
        3,
        ["no criterion 'size' to replace"],
    ),
    "adds what is there": (
        "criteria:\n  add:\n    - {id: order, title: T, kind: shuffled, of: batches, points: 1}",
        3,
        ["'order' is there already", "`replace`"],
    ),
    "a key that changes nothing": ("criteria: {remove: [order]}", 1, ["unknown key 'remove'", "drop, replace, add"]),
    "a half that does not exist": ("criterions: {}", 1, ["unknown key 'criterions'", "did you mean 'criteria'"]),
    "an unknown key of the protocol": ("protocol: {datum: faces}", 1, ["unknown key 'datum'", "did you mean 'data'"]),
    "calls as a list": ("protocol:\n  calls: [split]", 2, ["calls"]),
    "a call of no kind": (
        "protocol:\n  calls:\n    add:\n      - {id: other, kind: models, function: f}",
        4,
        ["models"],
    ),
    "training of a call that was dropped": ("protocol:\n  calls: {drop: [model]}", -5, ["training.model", "'model'"]),
    "training that cannot be": ("protocol:\n  training: {model: model, batches: batches, max_steps: 0, stop_at: 0.9}", 2, ["max_steps"]),
}


@pytest.mark.parametrize(("changes", "line", "says"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_a_profile_has_its_line(changes: str, line: int, says: list[str], tmp_path: Path) -> None:
    with pytest.raises(AuthorError) as caught:
        under(tmp_path, changes)
    assert caught.value.message.startswith(f"trial.yaml, line {BASE.count(chr(10)) + line}: ") or line < 0
    for part in says:
        assert part in caught.value.message


def test_a_criterion_that_lost_its_call_or_requirement_is_reported_where_it_stands(tmp_path: Path) -> None:
    errors = check_rubric(under(tmp_path, "protocol: {calls: {drop: [batches]}, training: null}\ncriteria: {drop: [layers]}"))
    assert [error.message.partition(": ")[0] for error in errors] == ["trial.yaml, line 11", "trial.yaml, line 13", "trial.yaml, line 13"]
    added = "criteria:\n  add:\n    - {id: size, title: T, kind: parameters, of: models, at_most: 9, points: 3}"
    (error,) = check_rubric(under(tmp_path, added))
    assert error.message.startswith(f"trial.yaml, line {BASE.count(chr(10)) + 3}: ")


def test_profiles_are_known_by_name(tmp_path: Path) -> None:
    path = tmp_path / "trial.yaml"
    path.write_text(BASE.replace("official-2022", "offical-2022") + "    {}\n", encoding="utf-8")
    with pytest.raises(AuthorError, match=r"line 15: unknown profile 'offical-2022' \(did you mean 'official-2022'\?\)"):
        course.load_file(path)


@pytest.mark.parametrize(
    ("exercise", "profile", "says", "hint"),
    [
        (
            "cats-vs-dogs",
            "offical-2022",
            "There is no profile 'offical-2022' (did you mean 'official-2022'?)",
            "cats-vs-dogs has: native, official-2022",
        ),
        ("output-shapes", "official-2022", "output-shapes has no profile 'official-2022'", "output-shapes has: native."),
    ],
)
def test_a_profile_that_there_is_not_names_those_that_there_are(exercise: str, profile: str, says: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        course.load(exercise, profile)
    assert says in caught.value.message
    assert hint in caught.value.hint


def test_the_schema_refuses_what_the_loader_refuses() -> None:
    data = yaml.safe_load(BASE + "    criteria: {drop: [order]}\n    protocol: {calls: {drop: [batches]}, image_size: [8, 8, 3]}\n")
    VALIDATOR.validate(data)
    for path, key in ((("criteria",), "remove"), (("protocol",), "datum"), (("protocol", "calls"), "remove"), ((), "criterions")):
        broken = yaml.safe_load(yaml.safe_dump(data))
        part = broken["profiles"]["official-2022"]
        for step in path:
            part = part[step]
        part[key] = []
        with pytest.raises(jsonschema.ValidationError):
            VALIDATOR.validate(broken)

"""An author's mistakes: each is found, with its line and the valid choices."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml

from grader import course
from grader.contracts.errors import AuthorError
from grader.judge import check_rubric, load_rubric
from grader.judge.criteria import JUDGES
from grader.judge.criteria.layer_names import KERAS_LAYERS
from grader.judge.rubric import KINDS
from grader.judge.schema import rubric_schema

HEAD = """exercise: trial
week: 1
title: A trial
protocol:
  data: cats-vs-dogs
  calls:
    - {id: batches, kind: batches, function: make_batches, arguments: {A: training, B: validation}}
    - {id: model, kind: model, function: make_model}
    - {id: numbers, kind: table, function: add, parameters: [a, b], cases: [[1, 2]]}
  training: {model: model, batches: batches, max_steps: 10, stop_at: 0.9}
criteria:
"""
CONVOLUTIONS = "{id: convolutions, title: T, kind: layer_count, of: model, layer: Conv2D, at_least: 3, points: 1"
VALIDATOR = jsonschema.Draft202012Validator(rubric_schema())
LEARNS = "{id: learns, title: T, kind: holdout_accuracy, points: 1"


def exercise(folder: Path, *criteria: str) -> course.Exercise:
    path = folder / "trial.yaml"
    path.write_text(HEAD + "".join(f"  - {criterion}\n" for criterion in criteria), encoding="utf-8")
    return course.load_file(path)


@pytest.mark.parametrize(
    ("criterion", "says"),
    [
        (f"{CONVOLUTIONS}, ponts: 2}}", ["unknown key 'ponts'", "did you mean 'points'", "at_most"]),
        ("{id: x, title: T, kind: layer_cuont, of: model, points: 1}", ["unknown kind 'layer_cuont'", "'layer_count'", "holdout_accuracy"]),
        ("{id: x, title: T, of: model, points: 1}", ["'kind' is missing", "layer_count"]),
        ("{id: x, kind: shuffled, of: batches, points: 1}", ["'title' is missing"]),
        ("{id: x, title: T, kind: shuffled, of: batches, points: many}", ["points", "number", "'many'"]),
        ("{id: x, title: T, kind: shuffled, of: batches, points: -1}", ["points", "greater than or equal to 0"]),
        ("{id: x, title: T, kind: shuffled, of: batches, points: true}", ["points", "number"]),
        ("{id: x, title: T, kind: split, of: batches, property: shares, points: 1}", ["property must be 'share'", "not 'shares'"]),
        ("{id: x, title: T, kind: shuffled, of: batch, points: 1}", ["`of` names no call: 'batch'", "did you mean 'batches'"]),
        ("{id: x, title: T, kind: shuffled, of: model, points: 1}", ["kind 'model'", "needs 'batches'"]),
        (
            "{id: x, title: T, kind: output_fits_labels, of: model, batches: model, classes: 2, points: 1}",
            ["`batches: model`", "needs 'batches'"],
        ),
        (f"{CONVOLUTIONS}, requires: [convolution]}}", ["requires 'convolution'", "did you mean 'convolutions'"]),
        (f"{CONVOLUTIONS}, requires: [convolutions]}}", ["requires itself"]),
        ("{id: x, title: T, kind: layer_count, of: model, layer: Conv2d, at_least: 1, points: 1}", ["no Keras layer", "'Conv2D'"]),
        ("{id: x, title: T, kind: layer_count, of: model, layer: Conv2D, points: 1}", ["needs `at_least`"]),
        ("{id: x, title: T, kind: parameters, of: model, at_least: 5, at_most: 2, points: 1}", ["above at_most"]),
        (f"{LEARNS}, at_least: 0.95}}", ["at_least is 0.95, above stop_at, 0.9"]),
        (f"{LEARNS}, at_least: 85}}", ["at_least", "less than or equal to 1"]),
        (f"{LEARNS}, at_least: 0.8, partial_from: 0.85}}", ["partial_from is 0.85, not below at_least"]),
        (f"{LEARNS}, at_least: 0.8, training: trainin}}", ["`training` names no training: 'trainin'", "did you mean 'training'"]),
        (f'{CONVOLUTIONS}, message: "{{function}} has {{count}}"}}', ["unknown placeholder {count}", "{found}"]),
        (f'{CONVOLUTIONS}, message: "{{function"}}', ["no valid template"]),
        ("{id: Bad Id, title: T, kind: shuffled, of: batches, points: 1}", ["id", "pattern"]),
        ("{id: x, title: T, kind: output_sizes, of: numbers, points: 1}", ["kernel, padding, size, stride"]),
        ("{id: x, title: T, kind: image_shape, of: batches, shape: [150, 150], points: 1}", ["shape"]),
        ("{id: x, title: T, kind: best_epoch, of: numbers, points: 1}", ["parameters are history"]),
        ("{id: x, title: T, kind: outputs_every_layer, of: model, points: 1}", ["gives its function a model", "`given`"]),
        (f"{CONVOLUTIONS}, concept: drop-out}}", ["no concept 'drop-out'", "did you mean 'dropout'", "grader concepts"]),
    ],
)
def test_a_mistake_is_reported_with_its_line_and_the_valid_choices(criterion: str, says: list[str], tmp_path: Path) -> None:
    (error,) = check_rubric(exercise(tmp_path, criterion))
    assert error.message.startswith(f"trial.yaml, line {HEAD.count(chr(10)) + 1}: ")
    for part in says:
        assert part in error.message


def test_every_mistake_is_reported_in_the_order_of_the_file(tmp_path: Path) -> None:
    broken = exercise(tmp_path, f"{CONVOLUTIONS}, ponts: 2}}", f"{CONVOLUTIONS}}}", f"{LEARNS}, at_least: 0.95, requires: [nothing]}}")
    errors = check_rubric(broken)
    assert [int(error.message.split("line ")[1].split(":")[0]) for error in errors] == [12, 13, 14, 14]
    assert "stands twice (first on line 12)" in errors[1].message
    with pytest.raises(AuthorError, match="ponts") as raised:
        load_rubric(broken)
    assert "3 more" in raised.value.hint


ONE_TRAINING = "training: {model: model, batches: batches, max_steps: 10, stop_at: 0.9}"


@pytest.mark.parametrize(
    ("trainings", "criterion", "says"),
    [
        ("[{id: a, %s}, {id: b, %s}]", f"{LEARNS}, at_least: 0.8}}", "several trainings; name one of them: `training`: a, b"),
        ("[{id: a, %s}, {id: b, %s}]", f"{LEARNS}, at_least: 0.95, training: b}}", "above stop_at"),
        ("[{id: a, %s}, {id: a, %s}]", f"{LEARNS}, at_least: 0.8}}", "line 10: the training id 'a' stands twice"),
        ("[{id: a, %s}, {id: b, %s, tires: 2}]", f"{LEARNS}, at_least: 0.8}}", "trainings → 1 → tires"),
        ("[{id: a, %s}, {id: b, model: x, %s}]", f"{LEARNS}, at_least: 0.8}}", "training.model names no call"),
    ],
)
def test_several_trainings_are_told_apart(trainings: str, criterion: str, says: str, tmp_path: Path) -> None:
    rest = "batches: batches, max_steps: 10, stop_at: 0.9"
    each = f"model: model, {rest}"
    listed = "trainings: " + (trainings % (each, rest) if "model: x" in trainings else trainings % (each, each))
    path = tmp_path / "trial.yaml"
    path.write_text(HEAD.replace(ONE_TRAINING, listed) + f"  - {criterion}\n", encoding="utf-8")
    with pytest.raises(AuthorError) as raised:
        load_rubric(course.load_file(path))
    assert says in raised.value.message


def test_one_training_is_written_alone_or_in_a_list_but_not_both(tmp_path: Path) -> None:
    path = tmp_path / "trial.yaml"
    path.write_text(HEAD.replace("  training:", "  trainings: []\n  training:") + f"  - {CONVOLUTIONS}}}\n", encoding="utf-8")
    with pytest.raises(AuthorError, match="either `training` or `trainings`"):
        course.load_file(path)
    (alone,) = exercise(tmp_path, f"{CONVOLUTIONS}}}").protocol.trainings
    assert alone.id == "training"


def test_a_cycle_of_requirements_is_refused(tmp_path: Path) -> None:
    first, second = (f"{CONVOLUTIONS.replace('convolutions', a)}, requires: [{b}]}}" for a, b in (("one", "two"), ("two", "one")))
    assert len(check_rubric(exercise(tmp_path, first, second))) == 2


@pytest.mark.parametrize("name", course.names())
def test_the_rubrics_are_without_mistakes_and_valid_under_the_schema(name: str) -> None:
    loaded = course.load(name)
    assert check_rubric(loaded) == ()
    assert load_rubric(loaded).max_points == sum(criterion["points"] for criterion in loaded.criteria)
    VALIDATOR.validate(loaded.document.data)
    for profile in loaded.profiles:
        assert check_rubric(course.load(name, profile)) == ()


def test_the_schema_refuses_what_the_loader_refuses() -> None:
    data = yaml.safe_load(HEAD + "  - {id: x, title: T, kind: shuffled, of: batches, points: 1, ponts: 2}\n")
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(data)
    del data["criteria"][0]["ponts"]
    VALIDATOR.validate(data)
    data["criteria"].append({"id": "y", "title": "T", "kind": "layer_count", "of": "model", "points": 1, "layer": ["Conv2D"]})
    VALIDATOR.validate(data)
    data["criteria"][1]["layer"] = "Conv2d"
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(data)


def test_the_digest_follows_the_criteria_only(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    digests = []
    for text in (
        f"  - {CONVOLUTIONS}}}\n",
        f"  - {CONVOLUTIONS}}} # a remark\n",
        f"  - {CONVOLUTIONS.replace('points: 1', 'points: 2')}}}\n",
    ):
        path = tmp_path / f"{len(digests)}.yaml"
        path.write_text(HEAD + text, encoding="utf-8")
        digests.append(load_rubric(course.load_file(path)).digest)
    assert digests[0] == digests[1] != digests[2]


def test_kinds_and_layer_names_are_complete() -> None:
    assert set(KINDS) == set(JUDGES)
    assert {"Conv2D", "MaxPooling2D", "Dense", "Rescaling", "InputLayer"} <= KERAS_LAYERS

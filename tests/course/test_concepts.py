"""The ideas of the course: each has a card that is short and right, an example that runs, and a place where it is checked."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.proof.experiments import load_experiments
from grader import course
from grader.contracts.errors import AuthorError, UsageError
from grader.course.concepts import Concept, checks, closest, concepts, load_concepts, why_unchecked

ROOT = Path(__file__).parents[2]
CONCEPTS = concepts().concepts
each_concept = pytest.mark.parametrize("concept", CONCEPTS.values(), ids=lambda c: c.id)

# What the course sets out to teach, week by week; none may be dropped.
MISSION = {
    1: {
        "loading images from folders with flow_from_directory is easy": "flow-from-directory",
        "the image size can be chosen while loading": "choosing-the-image-size",
        "labels come from directory names": "labels-from-folders",
        "150×150 becomes 148×148 by a 3×3 convolution": "convolution-output-size",
        "150×150 becomes 75×75 by a 2×2 pooling": "pooling-output-size",
        "the history of training": "training-history",
        "model.layers shows what convolutions do to an image": "layers-api",
        "loss levels off after 2 epochs while accuracy climbs to 1.0: overfitting": "reading-curves",
        "validation accuracy is the better indicator": "validation-accuracy",
        "it is measured on images never trained on": "validation-on-unseen-images",
        "overfitting is likelier on smaller datasets": "overfitting-on-small-datasets",
    },
    2: {
        "augmentation changes the training set to produce more scenarios, against overfitting": "augmentation",
        "it makes training a little slower": "augmentation-costs-time",
        "it effectively simulates a larger dataset": "augmentation-simulates-data",
        "nothing happens to the files on disk": "augmentation-in-memory",
        "fill_mode fills what a transformation uncovered": "fill-mode",
        "horizontal_flip when all training subjects face left": "horizontal-flip",
    },
    3: {
        "transfer learning uses features learned from large datasets": "transfer-learning",
        "augmentation applies to the new layers below the frozen ones": "augmentation-with-frozen-layers",
        "the number of classes changes with own dense layers": "own-classes",
        "layer.trainable = False freezes": "freezing-layers",
        "dropout against co-adapted neighbours": "dropout",
        "Dropout(0.2) drops 20 % of the units": "dropout-rate",
        "too high a rate makes the network ineffective at learning": "dropout-too-high",
    },
    4: {
        "rules and data against data and answers": "rules-and-data",
        "10 output neurons for 10 classes": "one-output-per-class",
        "convolution extracts features": "convolution-extracts-features",
        "its cost depends: faster or slower, perhaps less effective": "convolution-cost",
        "rescale normalises": "rescaling",
        "class_mode='categorical' for several classes": "categorical-labels",
    },
}


@pytest.mark.parametrize(("week", "name"), [(week, name) for week, ideas in MISSION.items() for name in ideas.values()])
def test_no_idea_of_the_course_is_dropped(week: int, name: str) -> None:
    concept = concepts().find(name)
    assert concept.week == week
    assert checks()[name] or why_unchecked(concept)


@each_concept
def test_a_card_is_short_and_its_example_fits_a_terminal(concept: Concept) -> None:
    assert 60 <= len(concept.card.split()) <= 150
    assert concept.card.count("`") % 2 == 0
    lines = concept.example.rstrip().splitlines()
    assert len(lines) <= 9
    assert max(map(len, lines)) <= 78
    ast.parse(concept.example)


@pytest.mark.parametrize("concept", [c for c in CONCEPTS.values() if not c.needs_tensorflow], ids=lambda c: c.id)
def test_an_example_prints_what_the_card_says(concept: Concept) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(concept.example, {"__name__": "example"})
    assert printed.getvalue() == concept.prints


_RUN_ALL = """
import contextlib, io, json, sys
printed = {}
for name, example in json.load(sys.stdin).items():
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(example, {"__name__": "example"})
    printed[name] = out.getvalue()
print(json.dumps(printed))
"""


def test_the_examples_that_need_tensorflow_print_what_their_cards_say() -> None:
    some = [concept for concept in CONCEPTS.values() if concept.needs_tensorflow]
    given = json.dumps({concept.id: concept.example for concept in some})
    done = subprocess.run([sys.executable, "-c", _RUN_ALL], input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {concept.id: concept.prints for concept in some}


def test_the_three_facts_about_sizes_are_kept_apart() -> None:
    assert "150×150 becomes 148×148" in CONCEPTS["convolution-output-size"].card
    assert "pooling a 150×150 image gives 75×75" in CONCEPTS["pooling-output-size"].card
    assert "150 → 148 → 74" in CONCEPTS["chained-output-size"].title


@pytest.mark.parametrize("name", course.names())
def test_every_criterion_checks_a_known_idea(name: str) -> None:
    for criterion in course.load(name).criteria:
        assert criterion.get("concept") in CONCEPTS, f"{criterion['id']} names no idea of the course"


@each_concept
def test_an_idea_is_checked_or_says_why_not(concept: Concept) -> None:
    why = why_unchecked(concept)
    assert bool(why) != bool(checks()[concept.id])
    waits = concept.comes_with
    assert not why or concept.unchecked or waits not in course.names(), f"{waits} is built, and none of its criteria checks {concept.id}"


@each_concept
def test_an_experiment_exists(concept: Concept) -> None:
    if concept.experiment is None:
        return
    file, _, function = concept.experiment.partition("::")
    if file == "solutions/experiments.yaml":
        assert concept.id == next(one.concept for one in load_experiments(ROOT / file) if one.id == function)
        return
    assert file.startswith(("tests/", "benchmarks/"))
    text = (ROOT / file).read_text(encoding="utf-8")
    assert not function or re.search(rf"^def {function}\(", text, re.MULTILINE)


GOOD = {"week": 1, "title": "T", "card": "C", "example": "print(1)", "prints": "1", "no_experiment": "because"}


@pytest.mark.parametrize(
    ("changes", "line", "says"),
    [
        ({"week": 5}, 3, "less than or equal to 4"),
        ({"titel": "T"}, 9, "not permitted"),
        ({"experiment": "benchmarks/drawn.py"}, 2, "either `experiment` or `no_experiment`"),
        ({"card": ""}, 5, "at least 1 character"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_its_line(changes: dict[str, object], line: int, says: str, tmp_path: Path) -> None:
    file = tmp_path / "concepts.yaml"
    lines = [f"    {key}: {json.dumps(value)}" for key, value in (GOOD | changes).items()]
    file.write_text("\n".join(["concepts:", "  one:", *lines, ""]))
    with pytest.raises(AuthorError, match=re.escape(says)) as told:
        load_concepts(file)
    assert told.value.message.startswith(f"concepts.yaml, line {line}: ")


@pytest.mark.parametrize(
    ("also", "says"),
    [
        ({"output-shape": ["conv-148"]}, "no exercise 'output-shape' (did you mean 'output-shapes'?)"),
        ({"output-shapes": ["conv-184"]}, "output-shapes has no criterion 'conv-184' (did you mean 'conv-148'?)"),
    ],
)
def test_a_row_that_points_nowhere_is_told(also: dict[str, list[str]], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "concepts.yaml"
    file.write_text(json.dumps({"concepts": {"one": GOOD | {"also": also}}}))
    loaded = load_concepts(file)
    monkeypatch.setattr("grader.course.concepts.load_concepts", lambda: loaded)
    with pytest.raises(AuthorError, match=re.escape(says)):
        checks.__wrapped__()


def test_a_row_without_a_reason_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    concept = Concept.model_validate({"id": "one", **GOOD})
    monkeypatch.setattr("grader.course.concepts.checks", lambda: {"one": {}})
    with pytest.raises(AuthorError, match="nothing checks 'one'"):
        why_unchecked(concept)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [("convolution-output-sise", "convolution-output-size"), ("drop-out", "dropout"), ("fill", "fill-mode"), ("quantum", "")],
)
def test_a_misspelt_concept_is_guessed(asked: str, meant: str) -> None:
    assert closest(asked, CONCEPTS) == meant
    with pytest.raises(UsageError, match="There is no concept") as told:
        concepts().find(asked)
    assert meant in told.value.message

"""The course's own proof: solutions and acceptable variants pass, starters are unattempted, every mistake fails what it names."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from benchmarks.proof.recorded import recorded, way
from grader import course
from grader.contracts.report import Report
from grader.contracts.verdict import Status
from grader.pipeline import check
from grader.trials.claims import ended, objections, trained_criteria, trial_of, verdict_of
from grader.trials.conditions import Conditions, TrialPipeline
from grader.trials.variants import Variant, read_variants

ROOT = Path(__file__).parents[2]
SOLUTIONS = ROOT / "solutions"
EXERCISES = course.names()
MOST_LINES_CHANGED = 8
ROW = re.compile(r"^\| (m\d\d) \| (fails|note|n/a) \| (.+) \| (.+) \|$", re.MULTILINE)


VARIANTS = read_variants(SOLUTIONS, profile=None)
WRONG = [variant for variant in VARIANTS if variant.kind == "wrong"]
each_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: f"{v.exercise}/{v.path.stem}")
each_wrong = pytest.mark.parametrize("variant", WRONG, ids=lambda v: f"{v.exercise}/{v.path.stem}")
each_exercise = pytest.mark.parametrize("name", EXERCISES)


@cache
def functions(path: Path) -> dict[str, str]:
    """Return the text of each function at the top level of a file."""
    text = path.read_text(encoding="utf-8")
    asked = (node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef | ast.ClassDef))
    return {node.name: ast.get_source_segment(text, node) or "" for node in asked}


def lines(path: Path) -> list[str]:
    """Return the lines of a file without its header."""
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip() and not re.match(r"# \w+: ", line)]


@each_variant
def test_a_file_is_for_the_exercise_of_its_folder(variant: Variant) -> None:
    assert variant.exercise == variant.path.relative_to(SOLUTIONS).parts[0]
    assert variant.exercise in EXERCISES


@each_wrong
def test_a_mistake_names_itself_and_criteria_that_exist(variant: Variant) -> None:
    known = {criterion["id"] for criterion in course.load(variant.exercise, variant.profile).criteria}
    assert variant.wrong.startswith(f"{variant.mistake}: ")
    assert variant.criteria
    assert variant.criteria <= known


@each_wrong
def test_a_mistake_is_the_only_difference(variant: Variant) -> None:
    if variant.profile != "native":
        reference_file = SOLUTIONS / variant.exercise / "right" / f"{variant.profile}.py"
        same = difflib.SequenceMatcher(None, lines(reference_file), lines(variant.path), autojunk=False).get_matching_blocks()
        assert len(lines(variant.path)) - sum(block.size for block in same) <= MOST_LINES_CHANGED
        return
    reference, changed = functions(SOLUTIONS / variant.exercise / "solution.py"), functions(variant.path)
    assert list(changed) == list(reference)
    assert 1 <= sum(changed[name] != reference[name] for name in reference) <= 2


def test_every_known_mistake_is_shown_or_explained() -> None:
    rows = ROW.findall((SOLUTIONS / "README.md").read_text(encoding="utf-8"))
    shown = {(variant.mistake, variant.kind) for variant in VARIANTS if variant.mistake}
    assert [row[0] for row in rows] == [f"m{number:02}" for number in range(1, len(rows) + 1)]
    assert {(row[0], row[3]) for row in rows if row[3] in {"wrong", "right"}} == {
        pair
        for pair in shown
        if pair != ("m13", "right")  # its harmless forms are a note
    }


@each_exercise
def test_an_exercise_is_complete(name: str) -> None:
    exercise = course.load(name)
    assert (exercise.folder / "README.md").is_file()
    assert any(variant.kind == "solution" for variant in VARIANTS if variant.exercise == name)
    assert sum(variant.kind == "right" for variant in VARIANTS if variant.exercise == name) >= 5


@each_exercise
def test_a_starter_defines_every_function_and_runs_as_it_is(name: str) -> None:
    exercise = course.load(name)
    assert exercise.starter.startswith(f"# exercise: {name}\n")
    tree = ast.parse(exercise.starter)
    starter = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assert list(starter) == list(dict.fromkeys(call.function[0] for call in exercise.protocol.calls))
    for node in starter.values():
        assert ast.get_docstring(node)
        for function in node.body[1:] if isinstance(node, ast.ClassDef) else [node]:
            assert isinstance(function, ast.FunctionDef)
            assert ast.get_docstring(function)
            assert len(function.body) == 2  # the docstring and `return None`


@each_exercise
def test_instructions_name_every_function_and_the_points(name: str) -> None:
    exercise = course.load(name)
    text = (exercise.folder / "README.md").read_text(encoding="utf-8")
    total = sum(criterion["points"] for criterion in exercise.criteria)
    assert f"· {total} points ·" in text
    assert f"You pass with {exercise.pass_mark * total:g} of {total} points." in text
    table = [int(points) for points in re.findall(r"^\| .* \| (\d+) \|$", text, re.MULTILINE)]
    assert table == [criterion["points"] for criterion in exercise.criteria]
    for call in exercise.protocol.calls:
        heading = re.search(rf"^### `{call.function[0]}\((.*)\)`", text, re.MULTILINE)
        assert heading, f"the instructions have no heading for {call.function[0]}"


@pytest.fixture(scope="session")
def pipeline() -> Iterator[TrialPipeline]:
    """One zygote and one set of workers for all submissions."""
    with TrialPipeline() as pipeline:
        yield pipeline


@pytest.fixture
def inspect(pipeline: TrialPipeline) -> Callable[..., Report]:
    """Check on little data; `seconds` replaces the protocol's limit."""

    def inspect(variant: Variant, *, train: bool = False, seconds: float | None = None) -> Report:
        return pipeline.under(Conditions(brief=True, seconds=seconds)).check(variant.path, profile=variant.profile, train=train)

    return inspect


def sampled(variants: list[Variant]) -> list[Any]:
    """Return each; what takes no other way through building and examining than those before it is left to `pytest -m ''`.

    How all of them are judged, tests/diagnosis/test_causes.py tells from what is recorded of them.
    """
    seen = {part for variant in VARIANTS if variant.kind == "solution" for part in way(variant)}  # those are graded in full
    found = []
    for variant in variants:
        known = bool(way(variant)) and way(variant) <= seen
        found.append(pytest.param(variant, id=f"{variant.exercise}/{variant.path.stem}", marks=[pytest.mark.exhaustive] if known else []))
        seen |= way(variant)
    return found


@pytest.mark.parametrize("variant", sampled([variant for variant in VARIANTS if variant.kind in {"solution", "right"}]))
def test_nothing_is_held_against_a_right_submission(variant: Variant, inspect: Callable[..., Report]) -> None:
    report = inspect(variant)
    assert objections(variant, report.criteria, report.causes, trained=False) == []
    assert set(ended(report.criteria, Status.PENDING)) == set(trained_criteria(variant.exercise, variant.profile))


@pytest.mark.parametrize("variant", sampled(WRONG))
def test_a_mistake_is_measured_as_it_is_recorded(variant: Variant, inspect: Callable[..., Report]) -> None:
    trial = trial_of(variant)
    report = inspect(variant, train=trial.train, seconds=trial.conditions.seconds)
    assert objections(variant, report.criteria, report.causes) == []
    evidence = recorded(variant)
    if evidence is None:
        return  # a new file, which is run each time until it is recorded
    verdict = verdict_of(trial, evidence)
    assert [(each.id, each.status) for each in report.criteria] == [(each.id, each.status) for each in verdict.criteria]
    assert [cause.id for cause in report.causes] == [cause.id for cause in verdict.causes]


@each_exercise
def test_a_starter_is_unattempted(name: str, pipeline: TrialPipeline) -> None:
    report = pipeline.under(Conditions()).check(course.load(name).folder / "submission.py")
    assert report.status is Status.UNATTEMPTED
    assert report.points == 0
    assert set(ended(report.criteria, Status.UNATTEMPTED)) == {criterion.id for criterion in report.criteria}


@each_exercise
def test_a_solution_earns_full_marks(name: str) -> None:
    report = check(SOLUTIONS / name / "solution.py")
    assert ended(report.criteria, *set(Status) - {Status.PASSED}) == {}
    assert report.points == report.max_points == sum(criterion["points"] for criterion in course.load(name).criteria)

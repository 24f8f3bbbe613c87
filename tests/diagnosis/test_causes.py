"""The cause table: every wrong variant, every profile, no exceptions; and no cause at all on any right one.

Judged from what `make evidence` recorded of them. tests/course/test_variants.py runs what is not recorded, and a sample of the others.
"""

from __future__ import annotations

import re
from functools import cache

import pytest

from benchmarks.proof.recorded import recorded, way
from grader import course
from grader.contracts.verdict import Verdict
from grader.diagnosis import curves
from grader.diagnosis.learning import explain_learning
from grader.trials.claims import objections, trial_of, verdict_of
from grader.trials.variants import Variant, read_variants, solutions_folder

VARIANTS = [each for each in read_variants(solutions_folder(), profile=None) if way(each)]  # tests/course runs what is not recorded yet
WRONG = [each for each in VARIANTS if each.kind == "wrong"]
RIGHT = [each for each in VARIANTS if each.kind != "wrong"]
ESCAPE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
SHAPES = set(curves.ENGLISH) - {"underfitting", "one-class"}  # these two say what was reached, and are true of whatever reached no more
OF_THE_WHOLE_FILE = frozenset({"files-written"})  # what no single function can be blamed for


def name(variant: Variant) -> str:
    return f"{variant.exercise}/{variant.title}"


@cache
def verdict_on(variant: Variant) -> Verdict | None:
    evidence = recorded(variant)
    return None if evidence is None else verdict_of(trial_of(variant), evidence)


def judged(variant: Variant) -> Verdict:
    verdict = verdict_on(variant)
    assert verdict is not None, f"What {name(variant)} measures is not what is recorded of it: run `make evidence`."
    return verdict


@pytest.mark.parametrize("variant", WRONG, ids=name)
def test_a_mistake_costs_what_it_names_and_its_cause_comes_first(variant: Variant) -> None:
    verdict = judged(variant)
    assert objections(variant, verdict.criteria, verdict.causes) == []


@pytest.mark.parametrize("variant", RIGHT, ids=name)
def test_right_work_earns_full_marks_and_no_cause_is_named(variant: Variant) -> None:
    verdict = judged(variant)
    evidence = recorded(variant)
    assert evidence is not None
    assert objections(variant, verdict.criteria, verdict.causes, trained=bool(evidence.trainings)) == []
    # Nobody is told what its curves look like, for it passed; but what would be said of a network that did as well must not be false.
    protocol = course.load(variant.exercise, variant.profile).protocol
    said = [explain_learning(training, evidence) for training in protocol.trainings if evidence.trainings.get(training.id)]
    assert {each.id for each in said if each is not None} & SHAPES <= ({"still-climbing"} if variant.exercise == "fashion" else set())


@pytest.mark.parametrize("variant", WRONG, ids=name)
def test_a_cause_says_where_and_what_was_expected_and_found(variant: Variant) -> None:
    functions = {function for call in course.load(variant.exercise, variant.profile).protocol.calls for function in call.function}
    verdict = judged(variant)
    for cause in verdict.causes:
        assert cause.place is not None
        assert (cause.place.file, cause.place.line is not None) == (variant.path.name, True)
        assert cause.id in OF_THE_WHOLE_FILE or any(f"`{function}" in cause.sentence for function in functions)
        assert cause.expected
        assert cause.found
        assert cause.expected != cause.found
        assert not ESCAPE.search(cause.sentence + cause.expected + cause.found)
        assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", cause.id)
        assert re.search(r"[.)?!:]$|: .+$", cause.sentence)


@pytest.mark.parametrize("variant", [each for each in WRONG if each.cause in {"one-unit-for-one-hot-labels", "not-one-hot"}], ids=name)
def test_the_place_is_where_the_remedy_is(variant: Variant) -> None:
    evidence = recorded(variant)
    assert evidence is not None
    cause = judged(variant).causes[0]
    (place,) = [call.place for call in evidence.calls.values() if call.kind == ("batches" if "_mode='" in cause.sentence else "model")]
    assert cause.place == place


def test_nothing_is_recorded_of_what_is_gone() -> None:
    from benchmarks.proof.recorded import FOLDER

    assert {path.name for path in FOLDER.iterdir()} == {f"{exercise}.json.xz" for exercise in course.names()}

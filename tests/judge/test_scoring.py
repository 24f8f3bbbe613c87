"""Points and statuses: requirements, partial credit, what leaves the total, and whose fault is whose."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grader import course
from grader.contracts.evidence import Evidence
from grader.contracts.verdict import CriterionVerdict, Status, Verdict
from grader.judge import HoldoutAccuracy, Rubric, judge, load_rubric, needs_training

from .conftest import Changes, changed, passing_cats, trained


@pytest.fixture
def rubric(rubrics: dict[str, Rubric]) -> Rubric:
    return rubrics["cats-vs-dogs"]


def judged(rubric: Rubric, changes: Changes) -> Verdict:
    return judge(rubric, changed(passing_cats(), changes))


def one(verdict: Verdict, name: str) -> CriterionVerdict:
    return next(criterion for criterion in verdict.criteria if criterion.id == name)


def unattempted(*calls: str) -> Changes:
    return {f"calls.{call}.{key}": value for call in calls for key, value in (("status", "unattempted"), ("facts", None))}


@pytest.mark.parametrize(
    ("accuracy", "status", "points"),
    [
        (0.95, Status.PASSED, 4.0),
        (0.85, Status.PASSED, 4.0),
        (0.849, Status.PARTIAL, 4.0),  # rounds to full, stays partial
        (0.80, Status.PARTIAL, 2.7),
        (0.775, Status.PARTIAL, 2.0),
        (0.71, Status.PARTIAL, 0.3),
        (0.70, Status.FAILED, 0.0),
        (0.50, Status.FAILED, 0.0),
    ],
)
def test_credit_for_accuracy_grows_linearly(accuracy: float, status: Status, points: float, rubric: Rubric) -> None:
    asked = {"at_least": 0.85, "partial_from": 0.70}
    criteria = tuple(spec.model_copy(update=asked) if isinstance(spec, HoldoutAccuracy) else spec for spec in rubric.criteria)
    rubric = rubric.model_copy(update={"criteria": criteria})
    verdict = judged(rubric, {"trainings.training": trained(accuracy)})
    assert (one(verdict, "learns").status, one(verdict, "learns").points) == (status, points)
    assert verdict.points == pytest.approx(21 + points)
    assert verdict.max_points == 25


def test_the_total_is_fixed_whatever_fails(rubric: Rubric) -> None:
    lost = {f"calls.{call}.{key}": value for call in ("split", "batches", "model", "training") for key, value in
            (("status", "missing"), ("facts", None))}  # fmt: skip
    verdict = judged(rubric, lost | {"trainings": {}})
    assert (verdict.status, verdict.points, verdict.max_points) == (Status.FAILED, 0, 25)


def test_only_pending_points_leave_the_total(rubric: Rubric) -> None:
    verdict = judged(rubric, {"trainings": {}})
    assert one(verdict, "learns").status is Status.PENDING
    assert (verdict.status, verdict.points, verdict.max_points, verdict.pass_mark) == (Status.PASSED, 21, 21, 12.6)


@pytest.mark.parametrize(
    ("accuracy", "points", "status"), [(0.7125, 18.3, Status.PASSED), (0.70, 18.0, Status.PASSED), (0.95, 22.0, Status.PASSED)]
)
def test_the_pass_mark_counts_points_not_criteria(accuracy: float, points: float, status: Status, rubric: Rubric) -> None:
    lost = {"calls.model.facts.compiled.metrics": (), "calls.split.facts.scenarios.*.in_both": 3}
    verdict = judged(rubric, lost | {"trainings.training": trained(accuracy)})
    assert (verdict.points, verdict.status, verdict.pass_mark) == (pytest.approx(points), status, 15)


@pytest.mark.parametrize(("points", "status"), [(15, Status.PASSED), (14, Status.FAILED)])
def test_the_pass_mark_itself_passes(points: int, status: Status, rubric: Rubric) -> None:
    nothing = {"calls.split.status": "missing", "calls.split.facts": None}  # 7 points of 25
    spare = {15: {"calls.batches.facts.training.shuffled": False, "calls.batches.facts.validation.augmented": True}, 14: {}}[points]
    lost = {15: {"calls.training.facts.keys": ()}, 14: {"trainings.training": trained(0.6)}}[points]
    verdict = judged(rubric, nothing | spare | lost)
    assert (verdict.points, verdict.status) == (points, status)


def test_an_untouched_starter_is_unattempted(rubric: Rubric) -> None:
    verdict = judged(rubric, unattempted("split", "batches", "model", "training") | {"trainings": {}})
    assert {criterion.status for criterion in verdict.criteria} == {Status.UNATTEMPTED}
    assert (verdict.status, verdict.points, verdict.max_points) == (Status.UNATTEMPTED, 0, 25)


def test_functions_can_be_written_one_at_a_time(rubric: Rubric) -> None:
    verdict = judged(rubric, unattempted("split", "batches", "training") | {"trainings": {}})
    model = [criterion for criterion in verdict.criteria if criterion.function == "create_model" and criterion.id != "learns"]
    assert {criterion.status for criterion in model} == {Status.PASSED}
    assert one(verdict, "learns").status is Status.UNATTEMPTED
    assert verdict.status is Status.FAILED


def test_a_network_is_judged_without_pipelines_under_the_labels_that_suit_it(rubric: Rubric) -> None:
    gone = unattempted("batches") | {"trainings": {}}
    for output, loss in (
        (((1,), "sigmoid"), "binary_crossentropy"),
        (((2,), "softmax"), "categorical_crossentropy"),
        (((2,), "softmax"), "sparse_categorical_crossentropy"),
    ):
        changes = {"calls.model.facts.output.shape": output[0], "calls.model.facts.output.activation": output[1]}
        verdict = judged(rubric, gone | changes | {"calls.model.facts.compiled.loss": loss})
        assert one(verdict, "loss-fits-output").status is Status.PASSED
    verdict = judged(rubric, gone | {"calls.model.facts.output.activation": "softmax"})
    assert one(verdict, "output-fits-labels").status is Status.FAILED


def test_unscaled_pixels_wait_for_a_model_that_may_scale_them(rubric: Rubric) -> None:
    raw: dict[str, Any] = {f"calls.batches.facts.{which}.preprocessing.scale": 1.0 for which in ("training", "validation")}
    verdict = judged(rubric, raw | unattempted("model") | {"trainings": {}})
    assert one(verdict, "pixels-scaled").status is Status.SKIPPED
    assert "create_model" in one(verdict, "pixels-scaled").message


def test_a_fault_of_the_grader_is_an_error_and_costs_nothing(rubric: Rubric) -> None:
    evidence = passing_cats()
    broken = evidence.model_copy(update={"calls": {name: call for name, call in evidence.calls.items() if name != "training"}})
    verdict = judge(rubric, broken)
    assert one(verdict, "returns-history").status is Status.ERROR
    assert (verdict.status, verdict.points, verdict.max_points) == (Status.ERROR, 24, 24)
    wrong_kind = changed(evidence, {"calls.model.facts": evidence.calls["training"].facts})
    assert {one(judge(rubric, wrong_kind), name).status for name in ("parameter-limit", "loss-fits-output", "learns")} == {Status.ERROR}


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({"trainings": {}}, True),
        ({}, False),
        ({"trainings": {}, "calls.model.facts.output.activation": "softmax"}, False),
        ({"trainings": {}, "calls.model.status": "raised", "calls.model.facts": None}, False),
        ({"trainings": {}, "calls.batches.status": "timeout", "calls.batches.facts": None}, False),
        ({"trainings": {}, "calls.batches.facts.training.shuffled": False}, True),
        ({"trainings": {}, **unattempted("split", "training")}, True),
    ],
)
def test_training_is_asked_for_only_where_it_decides(changes: Changes, needed: bool, rubric: Rubric) -> None:
    assert needs_training(rubric, changed(passing_cats(), changes)) == (("training",) if needed else ())


def test_an_exercise_without_accuracy_never_asks_for_training(rubrics: dict[str, Rubric]) -> None:
    evidence = Evidence.model_validate(changed(passing_cats(), {"trainings": {}}))
    assert needs_training(rubrics["output-shapes"], evidence) == ()


TWO = """exercise: trial
week: 1
title: A trial
protocol:
  data: cats-vs-dogs
  calls:
    - {id: batches, kind: batches, function: make_batches, arguments: {A: training, B: validation}}
    - {id: model, kind: model, function: make_model}
  trainings:
    - {id: short, model: model, batches: batches, max_steps: 10, stop_at: 0.9}
    - {id: long, model: model, batches: batches, max_steps: 99, stop_at: 0.9}
criteria:
  - {id: soon, title: Soon, kind: holdout_accuracy, training: short, at_least: 0.5, points: 1}
  - {id: late, title: Late, kind: holdout_accuracy, training: long, at_least: 0.8, points: 1}
"""


def test_each_of_several_trainings_is_asked_for_and_judged_apart(tmp_path: Path) -> None:
    path = tmp_path / "trial.yaml"
    path.write_text(TWO, encoding="utf-8")
    rubric = load_rubric(course.load_file(path))
    none = changed(passing_cats(), {"trainings": {}})
    assert needs_training(rubric, none) == ("short", "long")
    assert needs_training(rubric, changed(none, {"trainings.long": trained(0.85)})) == ("short",)
    both = changed(none, {"trainings.short": trained(0.4, 0.9), "trainings.long": trained(0.85, 0.9)})
    assert needs_training(rubric, both) == ()
    verdict = judge(rubric, both)
    assert [(one.id, one.status, one.found) for one in verdict.criteria] == [
        ("soon", Status.FAILED, "40.0%"),
        ("late", Status.PASSED, "85.0%"),
    ]
    assert [note for note in verdict.notes if "overfitting" in note] == [
        "`create_model`: Training accuracy reached 90%, accuracy on unseen images 40%: that gap is overfitting."
    ]


def test_self_reported_criteria_say_so(rubric: Rubric) -> None:
    verdict = judge(rubric, passing_cats())
    assert [criterion.id for criterion in verdict.criteria if criterion.self_reported] == ["returns-history"]


def test_an_authors_message_is_filled_from_the_checked_values(rubric: Rubric) -> None:
    message = "{function} has {found}; {title}: {expected}."
    criteria = tuple(
        criterion.model_copy(update={"message": message}) if criterion.id == "parameter-limit" else criterion
        for criterion in rubric.criteria
    )
    verdict = judge(rubric.model_copy(update={"criteria": criteria}), changed(passing_cats(), {"calls.model.facts.parameters": 12_000_000}))
    said = "create_model has 12,000,000 parameters; At most 10 million parameters: at most 10,000,000."
    assert one(verdict, "parameter-limit").message == said


def test_a_criterion_of_no_points_is_a_note(rubric: Rubric) -> None:
    criteria = tuple(
        criterion.model_copy(update={"points": 0.0}) if criterion.id == "parameter-limit" else criterion for criterion in rubric.criteria
    )
    free = rubric.model_copy(update={"criteria": criteria})
    verdict = judge(free, changed(passing_cats(), {"calls.model.facts.parameters": 12_000_000}))
    assert (verdict.status, verdict.points, verdict.max_points) == (Status.PASSED, 24, 24)
    assert any("12,000,000" in note for note in verdict.notes)


def test_untrusted_text_in_braces_is_only_text(rubric: Rubric) -> None:
    changes = {
        "calls.model.status": "raised",
        "calls.model.facts": None,
        "calls.model.problem_type": "{x}",
        "calls.model.problem": "{0} {}",
    }
    verdict = judged(rubric, changes)
    assert "{x}: {0} {}" in one(verdict, "enough-convolutions").message

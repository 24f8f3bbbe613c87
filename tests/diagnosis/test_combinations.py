"""Two mistakes at once: the one that explains most comes first, the other follows, and consequences are not told as mistakes.

Made of what is recorded of the single ones: each call's evidence is that of the variant which gets it wrong.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from benchmarks.proof.recorded import recorded
from grader.contracts.evidence import Evidence
from grader.contracts.training_facts import TrainingFacts
from grader.contracts.verdict import Status
from grader.trials.claims import trial_of, verdict_of
from grader.trials.variants import Variant, read_variants, solutions_folder

VARIANTS = {(each.exercise, each.title): each for each in read_variants(solutions_folder()) if each.kind in {"solution", "wrong"}}


class Row(NamedTuple):
    """Call -> the wrong variant that answers it, and the ids of all causes in order."""

    exercise: str
    answers: dict[str, str]
    causes: list[str]


ROWS = [
    # pipeline and model
    Row(
        "cats-vs-dogs", {"batches": "m18-not-rescaled", "model": "m02-sparse-loss-on-one-unit"}, ["sparse-loss-for-one-unit", "not-scaled"]
    ),
    Row("cats-vs-dogs", {"batches": "m62-validation-augmented", "model": "m23-no-flatten"}, ["flatten-missing", "validation-augmented"]),
    Row("cats-vs-dogs", {"batches": "m19-rescale-255", "model": "m01-softmax-over-one-unit"}, ["softmax-over-one-unit", "scaled-up"]),
    Row("cats-vs-dogs", {"batches": "m50-not-shuffled", "model": "m12-no-metrics"}, ["unshuffled", "no-accuracy"]),
    Row("cats-vs-dogs", {"batches": "m46-target-size-left-out", "model": "m14-not-compiled"}, ["not-compiled", "image-size"]),
    Row("cats-vs-dogs", {"batches": "m47-no-labels", "model": "m10-logits-without-from-logits"}, ["logits-not-declared", "no-labels"]),
    Row("cats-vs-dogs", {"batches": "m44-one-level-too-deep", "model": "m15-returns-nothing"}, ["wrong-result", "no-images"]),
    Row(
        "cats-vs-dogs",
        {"batches": "m48-class-mode-typo", "model": "m25-too-many-poolings"},
        ["feature-map-too-small", "unknown-class-mode"],
    ),
    Row("cats-vs-dogs", {"batches": "m43-extra-class-folder", "model": "m60-two-convolutions"}, ["wrong-folder-level", "too-few-layers"]),
    Row(
        "cats-vs-dogs", {"batches": "m52-different-seeds", "model": "m61-no-pooling"}, ["validation-reads-training", "too-many-parameters"]
    ),
    # folders and the rest
    Row("cats-vs-dogs", {"split": "m36-two-samples", "batches": "m62-validation-augmented"}, ["sets-overlap", "validation-augmented"]),
    Row("cats-vs-dogs", {"split": "m39-moved", "model": "m23-no-flatten"}, ["flatten-missing", "source-changed"]),
    Row(
        "cats-vs-dogs",
        {"split": "m42-bare-except", "batches": "m18-not-rescaled", "training": "m28-no-validation-data"},
        ["nothing-copied", "not-scaled", "no-validation"],
    ),
    # an exercise that practises the labels
    Row("rock-paper-scissors", {"batches": "m51-integer-labels"}, ["not-one-hot"]),
    Row("rock-paper-scissors", {"batches": "m51-integer-labels", "model": "m08-sparse-loss-on-one-hot-labels"}, ["not-one-hot"]),
    Row("rock-paper-scissors", {"batches": "m18-not-rescaled", "model": "m05-one-unit"}, ["one-unit-for-one-hot-labels", "not-scaled"]),
    Row(
        "rock-paper-scissors",
        {"batches": "m51-integer-labels", "model": "m03-sigmoid-with-categorical-loss"},
        ["sigmoid-for-one-of-many", "not-one-hot"],
    ),
    Row(
        "rock-paper-scissors",
        {"batches": "m62-validation-augmented", "model": "m09-two-units"},
        ["units-differ-from-labels", "validation-augmented"],
    ),
    # transfer learning
    Row(
        "transfer-learning",
        {"base": "m77-not-frozen", "cut": "m94-cut-elsewhere", "final": "m94-cut-elsewhere"},
        ["base-not-frozen", "cut-elsewhere"],
    ),
    Row("transfer-learning", {"base": "m79-never-loaded", "final": "m83-share-kept"}, ["not-loaded", "rate-too-high"]),
    Row(
        "transfer-learning", {"batches": "m62-validation-augmented", "final": "m14-not-compiled"}, ["not-compiled", "validation-augmented"]
    ),
    Row(
        "transfer-learning", {"base": "m77-normalization-left-out", "stopping": "m32-misspelt"}, ["normalization-not-frozen", "never-stops"]
    ),
    # tables, networks without a pipeline, answers
    Row("sign-language", {"parse": "m85-transposed", "batches": "m84-channel-axis-missing"}, ["channel-axis-missing", "transposed"]),
    Row("sign-language", {"batches": "m62-validation-augmented", "model": "m09-24-units"}, ["too-few-units", "validation-augmented"]),
    Row("fashion", {"dnn": "m18-dnn-not-rescaled", "cnn": "m23-no-flatten"}, ["flatten-missing", "not-scaled"]),
    Row("augmentation", {"batches": "m63-no-augmentation"}, ["not-augmented"]),
    Row("inside-the-network", {"best": "m92-counts-from-zero", "gap": "m93-losses"}, ["counts-from-zero", "gap-of-losses"]),
    Row("output-shapes", {"conv": "m57-convolution-padded", "sizes": "m57-kernel-ignored"}, ["padding-same", "kernel-ignored"]),
]


def combined(row: Row) -> tuple[Variant, Evidence]:
    """Return the reference's evidence with the calls of others in it; nothing was trained, and probes are of the last one's model."""
    reference = VARIANTS[row.exercise, "solution"]
    evidence = recorded(reference)
    assert evidence is not None, "run `make evidence`"
    calls, probes = dict(evidence.calls), dict(evidence.probes)
    for call, title in row.answers.items():
        other = recorded(VARIANTS[row.exercise, f"wrong/{title}"])
        assert other is not None, "run `make evidence`"
        calls[call] = other.calls[call]
        probes |= other.probes
    return reference, evidence.model_copy(update={"calls": calls, "probes": probes, "trainings": {}})


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.exercise}: {', '.join(row.answers.values())}")
def test_every_mistake_is_told_once_and_the_one_that_explains_most_first(row: Row) -> None:
    reference, evidence = combined(row)
    verdict = verdict_of(trial_of(reference), evidence)
    assert [cause.id for cause in verdict.causes] == row.causes
    told = [name for cause in verdict.causes for name in cause.criteria]
    assert len(told) == len(set(told))
    assert set(told) == {
        each.id for each in verdict.criteria if each.status in {Status.FAILED, Status.PARTIAL, Status.SKIPPED} and each.max_points
    }


def test_a_training_that_shows_the_same_is_no_cause_of_its_own() -> None:
    reference, evidence = combined(Row("cats-vs-dogs", {"batches": "m18-not-rescaled"}, []))
    poor = TrainingFacts(status="trained", holdout_accuracy=0.5, classes=2, holdout_images=200, predicted={"cats": 200})
    verdict = verdict_of(trial_of(reference), evidence.model_copy(update={"trainings": {"training": poor}}))
    (cause,) = verdict.causes
    assert cause.id == "not-scaled"
    assert set(cause.criteria) == {"pixels-scaled", "learns"}


def poor(accuracy: float) -> TrainingFacts:
    return TrainingFacts(status="trained", holdout_accuracy=accuracy, classes=10, holdout_images=1000)


@pytest.mark.parametrize(
    ("answers", "causes"),
    [
        ({}, {("dnn_model", ("dnn-learns",)), ("cnn_model", ("cnn-learns",))}),
        ({"dnn": "m18-dnn-not-rescaled"}, {("dnn_model", ("dnn-rescales", "dnn-learns")), ("cnn_model", ("cnn-learns",))}),
    ],
)
def test_each_of_two_networks_has_its_own_cause(answers: dict[str, str], causes: set[tuple[str, tuple[str, ...]]]) -> None:
    reference, evidence = combined(Row("fashion", answers, []))
    measured = evidence.model_copy(update={"trainings": {"dnn": poor(0.35), "cnn": poor(0.27)}})
    verdict = verdict_of(trial_of(reference), measured)
    by_id = {criterion.id: criterion for criterion in verdict.criteria}
    assert {(by_id[cause.criteria[0]].function, cause.criteria) for cause in verdict.causes} == causes

"""How labels are written, against what an exercise practises."""

from __future__ import annotations

from typing import Any

import pytest

from grader.contracts.data_facts import BatchesFacts, LabelFacts, PipelineFacts
from grader.contracts.evidence import CallEvidence, Evidence, Versions
from grader.contracts.verdict import Status
from grader.judge.criteria.data import LabelEncoding, label_encoding

ONE_HOT = LabelFacts(encoding="one-hot", width=3)
WIDE = LabelFacts(encoding="one-hot", width=4)
WHOLE = LabelFacts(encoding="integer")
NOTHING = LabelFacts(encoding="none")


def pipeline(labels: LabelFacts, images: int = 30) -> PipelineFacts:
    return PipelineFacts(pipeline_class="Dataset", image_shape=(100, 100, 3), images=images, labels=labels)


def judged(encoding: Any, training: PipelineFacts, validation: PipelineFacts) -> Any:
    facts = BatchesFacts(training=training, validation=validation, class_names=("paper", "rock", "scissors"))
    call = CallEvidence(id="batches", kind="batches", function="f", status="returned", facts=facts)
    evidence = Evidence(
        exercise="e", submission="", protocol="", holdout="", versions=Versions(grader="0", python="3"), calls={"batches": call}
    )
    spec = LabelEncoding(id="x", title="T", kind="label_encoding", of="batches", encoding=encoding, points=1)
    return label_encoding(spec, evidence)


@pytest.mark.parametrize(
    ("encoding", "training", "validation", "status", "said"),
    [
        ("one-hot", ONE_HOT, ONE_HOT, Status.PASSED, ""),
        ("one-hot", WHOLE, WHOLE, Status.FAILED, "whole numbers for training and validation"),
        ("one-hot", ONE_HOT, WHOLE, Status.FAILED, "whole numbers for validation"),
        ("one-hot", WIDE, ONE_HOT, Status.FAILED, "one-hot labels of width 4 for training"),
        ("one-hot", NOTHING, ONE_HOT, Status.FAILED, "no labels"),
        ("integer", WHOLE, WHOLE, Status.PASSED, ""),
        ("integer", ONE_HOT, WHOLE, Status.FAILED, "whole numbers 0 to 2: `class_mode='sparse'`"),
    ],
)
def test_the_encoding_is_compared(encoding: str, training: LabelFacts, validation: LabelFacts, status: Status, said: str) -> None:
    outcome = judged(encoding, pipeline(training), pipeline(validation))
    assert outcome.status is status
    assert said in outcome.message


def test_without_images_nothing_is_charged_here() -> None:
    assert judged("one-hot", pipeline(NOTHING, images=0), pipeline(ONE_HOT)).status is Status.SKIPPED

"""Whether training is augmented, by the pipeline or by the model, as a table of facts."""

from __future__ import annotations

from typing import Any

import pytest

from grader.contracts.data_facts import BatchesFacts, LabelFacts, PipelineFacts
from grader.contracts.evidence import CallEvidence, Evidence, Versions
from grader.contracts.network_facts import LayerFacts, ModelFacts
from grader.judge.criteria.augmentation import TrainingAugmented, training_augmented

SPEC = TrainingAugmented(kind="training_augmented", id="x", title="T", of="batches", model="model", points=1, flips=True)


def evidence(shares: dict[str, float], layers: tuple[LayerFacts, ...]) -> Evidence:
    labels = LabelFacts(encoding="integer")
    seen = PipelineFacts(pipeline_class="p", image_shape=(150, 150, 3), images=240, labels=labels, augmentations=shares)
    facts = BatchesFacts(training=seen, validation=seen.model_copy(update={"augmentations": {}}))
    model = ModelFacts(
        model_class="Sequential",
        digest="d",
        layers=layers,
        input_shape=(150, 150, 3),
        output=None,
        parameters=0,
        trainable_parameters=0,
        multiplications=0,
        compiled=None,
    )
    calls = {
        "batches": CallEvidence(id="batches", kind="batches", function="make", status="returned", facts=facts),
        "model": CallEvidence(id="model", kind="model", function="create", status="returned", facts=model),
    }
    return Evidence(exercise="e", submission="s", protocol="p", holdout="h", versions=Versions(grader="0", python="3"), calls=calls)


def layer(kind: str, **settings: Any) -> LayerFacts:
    return LayerFacts(name="layer", kind=kind, settings=settings)


@pytest.mark.parametrize(
    ("shares", "layers", "problem"),
    [
        ({"flipped": 0.5}, (), ""),
        ({"flipped": 0.25, "moved": 1.0}, (), ""),
        ({}, (layer("RandomFlip", mode="horizontal"),), ""),
        ({"moved": 0.9}, (layer("RandomFlip", mode="horizontal_and_vertical"),), ""),
        ({}, (), "not-augmented"),
        ({}, (layer("Conv2D"),), "not-augmented"),
        ({}, (layer("RandomRotation", factor=[0.0, 0.0]),), "not-augmented"),
        ({"moved": 0.9}, (), "never-flipped"),
        ({}, (layer("RandomRotation", factor=0.1),), "never-flipped"),
        ({"flipped": 1.0}, (), "always-flipped"),
        ({"upside-down": 0.5}, (), "upside-down"),
        ({}, (layer("RandomFlip", mode="vertical"),), "upside-down"),
    ],
)
def test_both_orientations_must_occur(shares: dict[str, float], layers: tuple[LayerFacts, ...], problem: str) -> None:
    assert training_augmented(SPEC, evidence(shares, layers)).problem == problem


def test_upside_down_images_cost_nothing_but_a_remark() -> None:
    outcome = training_augmented(SPEC, evidence({"flipped": 0.5, "upside-down": 0.5}, ()))
    assert (outcome.problem, outcome.credit) == ("", 1.0)
    assert "do not occur in this data" in outcome.message

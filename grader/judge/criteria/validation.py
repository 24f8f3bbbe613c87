"""The criterion that validation stays validation: images that training never shows, as they are."""

from __future__ import annotations

from typing import Literal

from grader.contracts.data_facts import BatchesFacts, PipelineFacts
from grader.contracts.evidence import Evidence
from grader.words import Table

from .base import COMMON, Outcome, call_of, changes_text, count_text, facts_of, failed, passed
from .data import FOREIGN, Pipelines, nothing_seen

LEAK = 0.02  # share of the validation images below which a recognised training image may be a look-alike

ENGLISH = {
    "folders-swapped": "`{function}` trains on the validation folder and validates on the training folder.",
    "validation-reads-training": "The validation pipeline of `{function}` reads the training images; make it from the validation images.",
    "training-reads-validation": "The training pipeline of `{function}` reads the validation images; make it from the training images.",
    "sets-overlap": (
        "`{function}` shows {shared} in both training and validation; validation means something only on images the network never saw."
    ),
    "validation-augmented": (
        "`{function}` augments the validation images; only rescale them, so that they stay what the network is measured on."
    ),
    "validation-changed": "`{function}` changes the validation images beyond rescaling: {found} cannot be recognised.",
    "untouched": "validation images, only resized and rescaled",
    "augmented": "augmented images",
    "folders-swapped-expected": "each pipeline on its own images",
    "validation-reads-training-expected": "no training image in validation",
    "training-reads-validation-expected": "no validation image in training",
    "sets-overlap-expected": "no image in both",
    "shared-of": "{shared} in both, of {number:,} in validation",
    "reads": "{images} of the {which} pipeline are {other} images",
    "all": "all {part:,} images",
    "all-checked": "all {part:,} images checked",
    "some": "{part:,} of {whole:,} images",
    "some-checked": "{part:,} of {whole:,} images checked",
    "part": "{number} of {images}",
}
WORDS = Table("validation", ENGLISH)


class ValidationUntouched(Pipelines):
    """Whether the validation images are neither augmented nor shared with training."""

    kind: Literal["validation_untouched"]
    own_cut: bool = False  # the function gets one folder, and cuts the validation images off it itself


def validation_untouched(spec: ValidationUntouched, evidence: Evidence) -> Outcome:
    """Look for training images in validation, validation images in training, and changed validation images."""
    facts, function = facts_of(evidence, spec.of, BatchesFacts), call_of(evidence, spec.of).function
    expected = WORDS["untouched"]
    unseen = nothing_seen(facts, function, expected)
    if unseen is not None:
        return unseen
    leaked = _leaked(facts, function, own_cut=spec.own_cut)
    if leaked is not None:
        return leaked
    validation = facts.validation
    if validation.augmented:
        found = ", ".join(changes_text(validation.augmentations)) or WORDS["augmented"]
        return failed(WORDS, "validation-augmented", expected=expected, found=found, function=function)
    constant = validation.low is not None and validation.low == validation.high
    if validation.unexplained > FOREIGN["validation"] * validation.checked and not constant:
        found = WORDS["part"].format(number=validation.unexplained, images=count_text(validation.checked, "image"))
        return failed(WORDS, "validation-changed", expected=expected, found=found, function=function)
    return passed(expected=expected, found=expected)


def _leaked(facts: BatchesFacts, function: str, *, own_cut: bool) -> Outcome | None:
    """Return what is wrong where a pipeline shows images that belong to the other one."""
    training, validation = facts.training, facts.validation
    leaked, stolen = 0 if own_cut else validation.from_training, training.from_validation
    if not (leaked > LEAK * validation.checked or stolen > LEAK * training.checked or facts.overlap > LEAK * validation.checked):
        return None
    shared = count_text(facts.overlap or max(leaked, stolen), "image")
    reads = _reads(_of(leaked, validation), "validation", "training")
    takes = _reads(_of(stolen, training), "training", "validation")
    if leaked and stolen and not validation.from_validation and not training.from_training:
        problem, found = "folders-swapped", f"{takes}; {reads}"
    elif leaked and not validation.from_validation:
        problem, found = "validation-reads-training", reads
    elif stolen and not training.from_training:
        problem, found = "training-reads-validation", takes
    else:
        problem, found = "sets-overlap", WORDS["shared-of"].format(shared=shared, number=validation.images)
    return failed(WORDS, problem, expected=WORDS[f"{problem}-expected"], found=found, function=function, shared=shared)


def _of(part: int, pipeline: PipelineFacts) -> str:
    share = "all" if part == pipeline.checked else "some"
    key = share if pipeline.checked >= pipeline.images else f"{share}-checked"
    return WORDS[key].format(part=part, whole=pipeline.checked)


def _reads(images: str, which: str, other: str) -> str:
    return WORDS["reads"].format(images=images, which=COMMON[f"{which}-of"], other=COMMON[f"{other}-of"])


JUDGES = {"validation_untouched": validation_untouched}

"""Criteria on augmentation: that training shows what it is meant to add, and that nothing of it lands on disk."""

from __future__ import annotations

from typing import ClassVar, Literal, Protocol

from grader.contracts.data_facts import BatchesFacts, PipelineFacts
from grader.contracts.evidence import Evidence, FileFacts
from grader.contracts.network_facts import ModelFacts
from grader.contracts.protocol import Identifier
from grader.words import Table

from .base import MissingEvidenceError, Outcome, Spec, call_of, changes_text, count_text, facts_if_any, facts_of, failed, passed
from .data import nothing_seen

SOME = 0.1  # share of flipped images, of which half are to be expected: fewer and more than all but so many show one orientation only
FLIPS = {"horizontal", "horizontal_and_vertical"}  # modes of RandomFlip
EFFECTS = {  # Keras' augmentation layers: the setting that says how much, where 0 means nothing
    "RandomFlip": None,
    "RandomRotation": "factor",
    "RandomTranslation": None,
    "RandomZoom": None,
    "RandomShear": None,
    "RandomCrop": None,
    "RandomContrast": "factor",
    "RandomBrightness": "factor",
}

ENGLISH = {
    "not-augmented": (
        "`{function}` shows the training images just as they lie in the folder: nothing is augmented. "
        "Set `horizontal_flip=True`, or put augmentation layers to use; building them is not enough."
    ),
    "never-flipped": (
        "`{function}` augments the training images, but flips none of them, so they all still face one way; set `horizontal_flip=True`."
    ),
    "always-flipped": "`{function}` flips every training image, so they again all face one way; flip at random: `horizontal_flip=True`.",
    "upside-down": (
        "`{function}` flips the training images upside down, and they all still face one way; "
        "`horizontal_flip=True` exchanges left and right."
    ),
    "files-written": (
        "Running your functions leaves {found} on disk; augmentation happens in memory and nothing in your folders changes, "
        "so leave out `save_to_dir`."
    ),
    "files-changed": "Running your functions changes the folders they were given: {found}. Augmentation happens in memory only.",
    "also-upside-down": "`{function}` also turns images upside down. Upside-down images do not occur in this data.",
    "some-flipped": "some training images flipped, some not",
    "augmented": "augmented training images",
    "layer": "a {layer} layer",
    "unchanged": "unchanged images",
    "folders-as-they-were": "the folders as they were",
    "gone": "{files} gone",
    "altered": "{files} altered",
    "new": "{files} new",
}
WORDS = Table("augmentation", ENGLISH)


class Located(Protocol):
    """A criterion of one call."""

    @property
    def of(self) -> str:
        """Its id."""


class TrainingAugmented(Spec):
    """Whether the training images are augmented, by the pipeline or by layers of the model; with `flips`, that both orientations occur."""

    kind: Literal["training_augmented"]
    of: Identifier
    model: Identifier | None = None
    flips: bool = False

    selectors: ClassVar = {"of": "batches", "model": "model"}


class FilesUnchanged(Spec):
    """Whether the handed-out folders hold what they held, and no images were written anywhere else. `of`: the call it is charged to."""

    kind: Literal["files_unchanged"]
    of: Identifier

    selectors: ClassVar = {"of": "batches"}


def training_augmented(spec: TrainingAugmented, evidence: Evidence) -> Outcome:
    """Look for changed images in what was yielded, and for augmentation layers in the model."""
    facts, function = facts_of(evidence, spec.of, BatchesFacts), call_of(evidence, spec.of).function
    expected = WORDS["some-flipped" if spec.flips else "augmented"]
    unseen = nothing_seen(facts, function, expected)
    if unseen is not None:
        return unseen
    model = facts_if_any(evidence, spec.model, ModelFacts)
    layers = augmentation_layers(model) if model is not None else {}
    changes = facts.training.augmentations
    found = _found(changes, layers)
    if not (changes or layers):
        return failed(WORDS, "not-augmented", expected=expected, found=found, function=function)
    problem = _orientation(facts.training, layers) if spec.flips else ""
    if problem:
        return failed(WORDS, problem, expected=expected, found=found, function=function)
    upside_down = changes.get("upside-down", 0.0) > SOME or layers.get("RandomFlip", "") in {"vertical", "horizontal_and_vertical"}
    return passed(note=WORDS["also-upside-down"].format(function=function) if upside_down else "", expected=expected, found=found)


def augmentation_layers(model: ModelFacts) -> dict[str, str]:
    """Return the augmentation layers in a model that change something: class -> mode of flipping, or an empty string."""
    found = {}
    for layer in model.layers:
        if layer.kind in EFFECTS:
            setting = EFFECTS[layer.kind]
            if setting is None or layer.settings.get(setting) not in (0, 0.0, [0, 0], [0.0, 0.0]):
                found[layer.kind] = str(layer.settings.get("mode", "")) if layer.kind == "RandomFlip" else ""
    return found


def _orientation(training: PipelineFacts, layers: dict[str, str]) -> str:
    """Return why the training images all face one way, or an empty string."""
    if layers.get("RandomFlip") in FLIPS:
        return ""
    share = training.augmentations.get("flipped", 0.0)
    if share > 1 - SOME:
        return "always-flipped"
    if share >= SOME:
        return ""
    upside_down = training.augmentations.get("upside-down", 0.0) > SOME or layers.get("RandomFlip") == "vertical"
    return "upside-down" if upside_down else "never-flipped"


def _found(changes: dict[str, float], layers: dict[str, str]) -> str:
    parts = [*changes_text(changes), *(WORDS["layer"].format(layer=name) for name in layers)]
    return ", ".join(parts) or WORDS["unchanged"]


def files_unchanged(spec: Located, evidence: Evidence) -> Outcome:
    """Compare the child's folders with what was handed out."""
    function, expected = call_of(evidence, spec.of).function, WORDS["folders-as-they-were"]
    files = evidence.files
    if files is None:
        raise MissingEvidenceError("the evidence says nothing about files")
    written = files.added + files.elsewhere
    if files.missing or files.altered:
        found = _changed(files)
        return failed(WORDS, "files-changed", expected=expected, found=found, function=function)
    if written:
        return failed(WORDS, "files-written", expected=expected, found=count_text(written, "new-file"), function=function)
    return passed(expected=expected, found=expected)


def _changed(files: FileFacts) -> str:
    parts = ((files.missing, "gone"), (files.altered, "altered"), (files.added, "new"))
    return ", ".join(WORDS[what].format(files=count_text(number, "file")) for number, what in parts if number)


JUDGES = {"training_augmented": training_augmented, "files_unchanged": files_unchanged}

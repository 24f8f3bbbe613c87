"""Criteria on a training and a validation pipeline: image size, labels and their encoding, and order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from grader.contracts.data_facts import BatchesFacts, LabelFacts, PipelineFacts
from grader.contracts.evidence import Evidence
from grader.contracts.protocol import Identifier
from grader.words import Table

from .base import COMMON, Outcome, Spec, call_of, count_text, facts_of, failed, joined, passed, size_text, skipped

RELIABLE = 0.95  # share of recognised images that must carry their folder's label
FOREIGN = {"training": 0.5, "validation": 0.2}  # share of unexplained images: strong augmentation hides some training images
MOST_LISTED = 4  # names of classes in a sentence

ENGLISH = {
    "image-size": "`{function}` yields {found}; this exercise asks for {expected}: `target_size=({height}, {width})`, or `image_size`.",
    "channel-axis-missing": (
        "`{function}` yields {found}, without a channel axis; add it: `np.expand_dims(images, axis=-1)` gives {expected}."
    ),
    "image-channels": "`{function}` yields {found}; colour images have {channels} channels: {expected}.",
    "no-images": ("The {which} pipeline of `{function}` finds no images; point it at the folder that contains one sub-folder per class."),
    "no-labels": "The {which} pipeline of `{function}` yields no labels, so nothing can be learned; set `class_mode='{mode}'`.",
    "wrong-folder-level": (
        "The {which} pipeline of `{function}` takes {found} for the classes instead of {expected}; "
        "point it at the folder that contains one sub-folder per class."
    ),
    "classes-left-out": (
        "The {which} pipeline of `{function}` knows only the classes {found}, of {expected}; do not pass `classes=`, and use every folder."
    ),
    "one-label": "The {which} pipeline of `{function}` gives every image the same label; {expected} need different ones.",
    "wrong-labels": "In the {which} pipeline of `{function}`, {found} of the images carry the label of their folder.",
    "not-one-hot": (
        "`{function}` yields {found} for {which}; this exercise asks for {expected}: `class_mode='categorical'`, "
        "or `label_mode='categorical'` for a dataset."
    ),
    "not-integers": (
        "`{function}` yields {found} for {which}; this exercise asks for {expected}: `class_mode='sparse'`, "
        "or `label_mode='int'` for a dataset."
    ),
    "unrecognised-images": "The {which} pipeline of `{function}` yields images that are none of those in the folders it was given.",
    "labels-differ": "`{function}` numbers the classes differently: in training {found}, in validation {expected}.",
    "unshuffled": "The training pipeline of `{function}` yields the images in the order of the folders; leave `shuffle=True` for training.",
    "nothing-seen": "This cannot be told, because the {which} pipeline of `{function}` yields no images.",
    "images-of": "images of {size} for {sets}",
    "number-of": "{name} is {number}",
    "and-more": "{names} … ({number} in all)",
    "unlabelled": "no labels",
    "one-for-all": "one label for all",
    "unknown": "{number} of {images} unknown",
    "part": "{number} of {images}",
    "none": "none",
    "one-hot-expected": "one-hot labels of width {width}",
    "integer-expected": "whole numbers 0 to {last}",
    "labels-one-hot": "one-hot labels of width {width}",
    "labels-integer": "labels that are whole numbers",
    "labels-none": "no labels",
    "labels-other": "labels of another kind",
    "random": "random order",
    "in-order": "the order of the folders",
    "order-unknown": "cannot be told",
}
WORDS = Table("data", ENGLISH)
KEPT = Table(
    "data.kept",
    {  # where the function gets arrays, not folders
        "no-images": "The {which} pipeline of `{function}` yields no images.",
        "no-labels": "The {which} pipeline of `{function}` yields images without labels; give it images and labels together.",
        "one-label": "The {which} pipeline of `{function}` gives every image the same label.",
        "wrong-labels": (
            "In the {which} pipeline of `{function}`, {found} of the images carry the label they were given with; "
            "scale the images, not the labels, and keep the two in one order."
        ),
        "unrecognised-images": "The {which} pipeline of `{function}` yields images that are none of those it was given.",
    },
)


class Pipelines(Spec):
    """A criterion on both pipelines of one call."""

    of: Identifier

    selectors: ClassVar = {"of": "batches"}


class ImageShape(Pipelines):
    """Whether both pipelines yield images of this height, width and number of channels."""

    kind: Literal["image_shape"]
    shape: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]]


class LabelsFromFolders(Pipelines):
    """Whether every image carries the label of the folder it lies in."""

    kind: Literal["labels_from_folders"]


class LabelsKept(Pipelines):
    """Whether every image keeps the label that it was given with, where the function gets arrays."""

    kind: Literal["labels_kept"]


class LabelEncoding(Pipelines):
    """Whether both pipelines write labels in the way that the exercise practises."""

    kind: Literal["label_encoding"]
    encoding: Literal["one-hot", "integer"]


class Shuffled(Pipelines):
    """Whether the training images come in random order."""

    kind: Literal["shuffled"]


def image_shape(spec: ImageShape, evidence: Evidence) -> Outcome:
    """Compare the sizes that the pipelines yield."""
    facts, function = facts_of(evidence, spec.of, BatchesFacts), call_of(evidence, spec.of).function
    expected = size_text(spec.shape)
    unseen = nothing_seen(facts, function, expected)
    if unseen is not None:
        return unseen
    sizes = {which: pipeline.image_shape for which, pipeline in _both(facts)}
    wrong = {which: shape for which, shape in sizes.items() if shape != spec.shape}
    if not wrong:
        return passed(expected=expected, found=expected)
    found = WORDS["images-of"].format(size=size_text(next(iter(wrong.values()))), sets=joined(COMMON[which] for which in wrong))
    channels_only = all(shape is not None and shape[:2] == spec.shape[:2] for shape in wrong.values())
    height, width, channels = spec.shape
    missing = any(shape == spec.shape[:2] for shape in wrong.values())
    problem = "channel-axis-missing" if missing else "image-channels" if channels_only else "image-size"
    values: dict[str, Any] = {"height": height, "width": width, "channels": channels}
    return failed(WORDS, problem, expected=expected, found=found, function=function, **values)


def labels_kept(spec: LabelsKept, evidence: Evidence) -> Outcome:
    """Compare the labels of recognised images with those of the arrays that they come from."""
    return labels_from_folders(spec, evidence, WORDS | KEPT)


def labels_from_folders(spec: LabelsFromFolders | LabelsKept, evidence: Evidence, sentences: Mapping[str, str] = WORDS) -> Outcome:
    """Compare the labels of recognised images with their folders."""
    facts, function = facts_of(evidence, spec.of, BatchesFacts), call_of(evidence, spec.of).function
    names = _listed(facts.class_names)
    for which, pipeline in _both(facts):
        wrong = _labels(pipeline, facts.class_names, which)
        if wrong is not None:
            problem, found = wrong
            mode = "binary" if len(facts.class_names) == 2 else "categorical"
            values: dict[str, Any] = {"which": COMMON[f"{which}-of"], "mode": mode}
            return failed(sentences, problem, expected=names, found=found, place=pipeline.place, function=function, **values)
    differing = _numbered_differently(facts)
    if differing:
        texts = [
            _listed([WORDS["number-of"].format(name=name, number=pipeline.labels.by_class[name]) for name in differing])
            for _, pipeline in _both(facts)
        ]
        return failed(sentences, "labels-differ", expected=texts[1], found=texts[0], function=function)
    return passed(expected=names, found=names)


def _numbered_differently(facts: BatchesFacts) -> list[str]:
    """Return the classes with one label in training and another in validation.

    An augmented image may be taken for one of another class: where there are such, only a difference of most classes counts.
    """
    first, second = facts.training.labels.by_class, facts.validation.labels.by_class
    shared = first.keys() & second.keys()
    differing = sorted(name for name in shared if first[name] != second[name])
    doubtful = any(pipeline.augmented or pipeline.unexplained for _, pipeline in _both(facts))
    return [] if doubtful and len(differing) <= len(shared) / 2 else differing


def _listed(names: Sequence[str]) -> str:
    """Return a few names, or the first few and how many there are."""
    shown = ", ".join(names[:MOST_LISTED])
    return shown if len(names) <= MOST_LISTED else WORDS["and-more"].format(names=shown, number=len(names))


def _labels(pipeline: PipelineFacts, names: tuple[str, ...], which: str) -> tuple[str, str] | None:
    """Return (problem, what was found) for one pipeline."""
    labels = pipeline.labels
    if pipeline.images == 0:
        return "no-images", count_text(0, "image")
    if pipeline.classes and set(pipeline.classes) != set(names):
        return "classes-left-out" if set(pipeline.classes) < set(names) else "wrong-folder-level", _listed(pipeline.classes)
    if labels.encoding == "none":
        return "no-labels", WORDS["unlabelled"]
    values = {str(label) for label in labels.by_class.values()} or set(labels.counts)
    if len(names) > 1 and len(values) == 1 and (len(labels.by_class) > 1 or labels.agreement is None):
        return "one-label", WORDS["one-for-all"]
    if labels.agreement is not None and labels.agreement < RELIABLE:
        return "wrong-labels", f"{labels.agreement:.0%}"
    constant = pipeline.low is not None and pipeline.low == pipeline.high
    if pipeline.checked and pipeline.unexplained > FOREIGN[which] * pipeline.checked and not constant:
        return "unrecognised-images", WORDS["unknown"].format(number=pipeline.unexplained, images=count_text(pipeline.checked, "image"))
    if labels.encoding == "other":
        return "wrong-labels", WORDS["none"]
    return None


def label_encoding(spec: LabelEncoding, evidence: Evidence) -> Outcome:
    """Look at how labels are written; pipelines without labels are charged elsewhere."""
    facts, function = facts_of(evidence, spec.of, BatchesFacts), call_of(evidence, spec.of).function
    number = len(facts.class_names)
    expected = WORDS[f"{spec.encoding}-expected"].format(width=number, last=number - 1)
    unseen = nothing_seen(facts, function, expected)
    if unseen is not None:
        return unseen
    wrong = [which for which, pipeline in _both(facts) if not _encoded(pipeline.labels, spec.encoding, number)]
    if not wrong:
        return passed(expected=expected, found=expected)
    labels = (facts.training if wrong[0] == "training" else facts.validation).labels
    problem = "not-one-hot" if spec.encoding == "one-hot" else "not-integers"
    found = WORDS[f"labels-{labels.encoding}"].format(width=labels.width)
    return failed(WORDS, problem, expected=expected, found=found, function=function, which=joined(COMMON[which] for which in wrong))


def _encoded(labels: LabelFacts, encoding: str, classes: int) -> bool:
    return labels.encoding == encoding and (encoding == "integer" or labels.width == classes)


def shuffled(spec: Shuffled, evidence: Evidence) -> Outcome:
    """Look at the order of the training images; where it cannot be told, the student is not charged."""
    facts, function = facts_of(evidence, spec.of, BatchesFacts), call_of(evidence, spec.of).function
    unseen = nothing_seen(facts, function, WORDS["random"])
    if unseen is not None:
        return unseen
    if facts.training.shuffled is False:
        return failed(WORDS, "unshuffled", expected=WORDS["random"], found=WORDS["in-order"], function=function)
    return passed(expected=WORDS["random"], found=WORDS["random" if facts.training.shuffled else "order-unknown"])


def nothing_seen(facts: BatchesFacts, function: str, expected: str) -> Outcome | None:
    """Return a skipped outcome where a pipeline yields no images: that is charged to the labels, which come from the folders."""
    for which, pipeline in _both(facts):
        if pipeline.images == 0:
            return skipped(
                WORDS["nothing-seen"].format(which=COMMON[f"{which}-of"], function=function), expected=expected, found=COMMON["no-images"]
            )
    return None


def _both(facts: BatchesFacts) -> tuple[tuple[str, PipelineFacts], tuple[str, PipelineFacts]]:
    return ("training", facts.training), ("validation", facts.validation)


JUDGES = {
    "image_shape": image_shape,
    "labels_from_folders": labels_from_folders,
    "labels_kept": labels_kept,
    "label_encoding": label_encoding,
    "shuffled": shuffled,
}

"""Compares recorded pipelines, by content, with the images that were handed out: which, under which label, changed how."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from grader.contracts.artifacts import BatchesPayload, PipelinePayload
from grader.contracts.base import Place
from grader.contracts.data_facts import BatchesFacts, PipelineFacts, Preprocessing
from grader.datasets import HandedImage

from .labels import Labels, classes_of_labels, label_facts, read_labels
from .matching import Match, Originals, match, shared_originals
from .originals import MODES, RESIZES
from .painted import tells_label
from .readers.batches import Recording, read_pipeline
from .recognition import estimated, recognise, spread
from .registration import Explanation
from .settings import printable

SAMPLE = 48  # images that no plain map explains are looked at closely, up to so many
FEW = 10  # images below which an order tells nothing


@dataclass(frozen=True)
class Pipeline:
    """One recorded pipeline and what it was found to be. `shown`: per recorded image the handed-out one, -1 = not known."""

    recording: Recording
    labels: Labels
    shown: npt.NDArray[np.intp]
    facts: PipelineFacts


@dataclass(frozen=True)
class Batches:
    """Both pipelines, compared with what was handed out."""

    training: Pipeline
    validation: Pipeline
    handed: Sequence[HandedImage]
    facts: BatchesFacts


def examine_batches(
    payload: BatchesPayload,
    folder: Path,
    handed: Sequence[HandedImage],
    seed: int,
    place: Callable[[int | None], Place],
    class_labels: Mapping[str, int] | None = None,
) -> Batches:
    """Return facts about two pipelines recorded in `folder`. `seed` draws what is looked at closely.

    `class_labels`: the usual label of each class. Raises `MalformedError` if the recording contradicts itself.
    """
    # As they are listed in their folders; images of arrays stay in the order in which they were handed out.
    listed = sorted(handed, key=lambda image: (image.split, image.class_name if image.copy else "", image.copy))
    both = [
        _matched(recorded, folder, listed, split, np.random.default_rng(seed + number))
        for number, (split, recorded) in enumerate((("training", payload.training), ("validation", payload.validation)))
    ]
    certain = classes_of_labels(
        pair
        for matched in both
        if matched.found is not None and matched.labels.values is not None
        for pair in zip(matched.labels.values.tolist(), _names(matched.found.index, listed), strict=True)
    )
    usual = {label: name for name, label in (class_labels or {}).items()}
    training, validation = (_described(matched, listed, certain, usual, place) for matched in both)
    common = (set(training.shown.tolist()) & set(validation.shown.tolist())) - {-1}
    facts = BatchesFacts(
        training=training.facts,
        validation=validation.facts,
        overlap=len(common),
        class_names=tuple(sorted({image.class_name for image in listed})),
    )
    return Batches(training, validation, listed, facts)


def given_batches(handed: Sequence[HandedImage], class_labels: dict[str, int], size: tuple[int, int, int]) -> Batches:
    """Return the training images as they are, 0..255, under whole-number labels: what is trained on where no student's pipeline is."""
    own = [image for image in handed if image.split == "training"]
    originals = shared_originals(tuple(image.path for image in own), size)
    resize = RESIZES[0] if originals.need_resizing else None
    raw = np.array([class_labels[image.class_name] for image in own], np.int64)
    payload = PipelinePayload(pipeline_class="", batches=(len(own),), epochs=(1,))
    recording = Recording(payload, originals.load(resize), raw)
    labels = read_labels(raw)
    facts = PipelineFacts(
        pipeline_class="",
        image_shape=size,
        dtype="uint8",
        images=len(own),
        epochs=1,
        low=0,
        high=255,
        labels=label_facts(labels, len(own), [image.class_name for image in own]),
        checked=len(own),
        from_training=len(own),
        plain=True,
        preprocessing=Preprocessing(resize=resize, scale=1.0, offset=0.0),
        shuffled=True,
        classes=tuple(class_labels),
    )
    pipeline = Pipeline(recording, labels, np.arange(len(own)), facts)
    return Batches(pipeline, pipeline, own, BatchesFacts(training=facts, validation=facts, class_names=tuple(class_labels)))


@dataclass(frozen=True)
class _Matched:
    """One recorded pipeline, and what is found in it without looking closely. `originals`: None where nothing can be recognised."""

    payload: PipelinePayload
    recording: Recording
    labels: Labels
    split: str
    rng: np.random.Generator
    originals: Originals | None
    found: Match | None


def _matched(payload: PipelinePayload, folder: Path, handed: Sequence[HandedImage], split: str, rng: np.random.Generator) -> _Matched:
    recording = read_pipeline(payload, folder)
    labels = read_labels(recording.labels)
    low, high, finite = recording.extremes()
    stored = recording.stored
    originals = found = None
    # Without content (all one value) or with NaN there is nothing to recognise.
    if handed and recording.are_images and stored is not None and stored.shape[3] in MODES and low != high and finite:
        height, width, channels = stored.shape[1:]
        originals = shared_originals(tuple(image.path for image in handed), (height, width, channels))
        found = match(recording, originals, rng)
    return _Matched(payload, recording, labels, split, rng, originals, found)


def _names(indices: npt.NDArray[np.intp], handed: Sequence[HandedImage]) -> list[str | None]:
    return [handed[index].class_name if index >= 0 else None for index in indices.tolist()]


def _described(
    matched: _Matched,
    handed: Sequence[HandedImage],
    certain: Mapping[int, str],
    usual: Mapping[int, str],
    place: Callable[[int | None], Place],
) -> Pipeline:
    payload, recording, labels = matched.payload, matched.recording, matched.labels
    low, high, _ = recording.extremes()
    stored = recording.stored
    facts = PipelineFacts(
        pipeline_class=printable(payload.pipeline_class),
        image_shape=tuple(stored.shape[1:]) if stored is not None else None,
        dtype=("float32" if (payload.scale, payload.offset) != (1.0, 0.0) else str(stored.dtype)) if stored is not None else "",
        batch_size=max(payload.batches, default=None),
        images=recording.first_epoch,
        epochs=len(payload.epochs),
        low=low,
        high=high,
        labels=label_facts(labels, recording.first_epoch, [None] * recording.count),
        classes=tuple(printable(name) for name, _ in sorted((payload.class_indices or {}).items(), key=lambda item: item[::-1])),
        error=printable(payload.error.message, 4000) if payload.error else "",
        error_type=printable(payload.error.type) if payload.error else "",
        place=place(payload.error.line) if payload.error else None,
    )
    shown = np.full(recording.count, -1, np.intp)
    meant: Mapping[int, str] = {}
    if matched.originals is not None and matched.found is not None:
        shown, meant, update = _compared(matched, matched.originals, matched.found, handed, certain, usual)
        facts = facts.model_copy(update=update)
    names = _names(shown, handed)
    facts = facts.model_copy(
        update={
            "labels": label_facts(labels, recording.first_epoch, names, meant),
            "shuffled": _shuffled(shown[: recording.first_epoch], labels, names[: recording.first_epoch]),
        }
    )
    return Pipeline(recording, labels, shown, facts)


def _compared(
    matched: _Matched,
    originals: Originals,
    found: Match,
    handed: Sequence[HandedImage],
    certain: Mapping[int, str],
    usual: Mapping[int, str],
) -> tuple[npt.NDArray[np.intp], Mapping[int, str], dict[str, object]]:
    """Return which image each recorded one shows, which class a label means where images are augmented, and what the pipeline does."""
    recording, labels, split = matched.recording, matched.labels, matched.split
    shown = found.index.copy()
    odd = np.flatnonzero(shown < 0)
    looked_at = np.sort(spread(matched.rng.permutation(odd), labels)[:SAMPLE])
    explanations: list[Explanation] = []
    meant: Mapping[int, str] = {}
    preprocessing = found.preprocessing
    marked = False
    if len(looked_at):
        own = np.array([image.split == split for image in handed])
        classes = [image.class_name for image in handed]
        explanations, meant = recognise(recording, labels, originals, found.nearest, looked_at, own, classes, certain, usual)
        shown[looked_at] = [explanation.index for explanation in explanations]
        preprocessing = preprocessing or estimated(explanations, recording)
        marked = tells_label(recording, labels.values, originals, classes, own)
    known = shown[shown >= 0]
    of_split = np.array([image.split == "training" for image in handed])[known]
    checked = recording.count - len(odd) + len(looked_at)
    # What holds for the ones looked at holds for all that no plain map explains.
    weight = len(odd) / (max(len(explanations), 1) * recording.count)
    changes = {
        change: round(sum(change in explanation.changes for explanation in explanations) * weight, 4)
        for change in ("flipped", "upside-down", "moved", "recoloured")
    }
    first = set(shown[: recording.first_epoch].tolist())
    complete = not len(odd) and not _cut(recording)
    return (
        shown,
        meant,
        {
            "checked": checked,
            "from_training": int(of_split.sum()),
            "from_validation": int((~of_split).sum()),
            "unexplained": checked if marked else sum(explanation.foreign for explanation in explanations),
            "missing": sum(image.split == split and index not in first for index, image in enumerate(handed)) if complete else 0,
            "plain": found.plain,
            "preprocessing": preprocessing,
            "augmented": any(explanation.changes for explanation in explanations),
            "augmentations": {change: share for change, share in changes.items() if share},
        },
    )


def _cut(recording: Recording) -> bool:
    """Whether a cap ended the recording within the first epoch."""
    payload = recording.payload
    return len(payload.epochs) == 1 and (bool(payload.note) or payload.error is not None)


def _shuffled(shown: npt.NDArray[np.intp], labels: Labels, names: Sequence[str | None]) -> bool | None:
    """Whether the first epoch follows neither the listing of the folders nor blocks of one class; None where it cannot be told."""
    if len(shown) < FEW:
        return None
    if (shown >= 0).all():
        ranks = np.argsort(np.argsort(shown, kind="stable"), kind="stable")
        if abs(float(np.corrcoef(ranks, np.arange(len(ranks)))[0, 1])) > 0.9:
            return False
    values = np.asarray(names) if (shown >= 0).all() else labels.values
    if values is None:
        return None
    values = values[: len(shown)]
    _, counts = np.unique(values, return_counts=True)
    mixed = 1 + len(values) - float(np.square(counts).sum()) / len(values)  # runs to expect of a random order
    if len(counts) < 2 or mixed < 4:
        return None
    return 1 + int((values[1:] != values[:-1]).sum()) > 0.4 * mixed

"""What there is to train, as pure data: equal work has an equal digest, whoever handed it in."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from grader.contracts.base import Frozen, digest
from grader.contracts.data_facts import PipelineFacts, Preprocessing
from grader.contracts.evidence import EVIDENCE_VERSION
from grader.contracts.network_facts import ModelFacts
from grader.contracts.protocol import Training
from grader.contracts.training_facts import TrainingFacts
from grader.datasets.cache import hash_file
from grader.words.reasons import reason

from .canonical import CanonicalCompile, CanonicalModel
from .data import Batches, Pipeline
from .originals import Original

UNNOTICED = 0.05  # share of unexplained images up to which a pipeline still counts as recognised


class TrainingImage(Frozen):
    """A handed-out image under the label that the student's pipeline gives it. Where it lies decides nothing."""

    sha256: str
    label: int
    path: Original = Field(exclude=True)


class CanonicalData(Frozen):
    """The grader's own loading of what a plain pipeline showed."""

    kind: Literal["canonical"] = "canonical"
    images: tuple[TrainingImage, ...]  # ordered by content
    preprocessing: Preprocessing


class RecordedData(Frozen):
    """Batches of an augmenting pipeline as they were recorded; value = stored * scale + offset."""

    kind: Literal["recorded"] = "recorded"
    digest: str  # of both files
    scale: float
    offset: float
    passes: tuple[int, ...]  # images of each recorded epoch
    images: Path = Field(exclude=True)
    labels: Path = Field(exclude=True)


class Decision(Frozen):
    """How outputs become a label: the largest of several, or one against a threshold."""

    threshold: float | None = None
    below: int = 0
    above: int = 1


class PretrainedStart(Frozen):
    """The layers of a network that start from the values in a handed-out file; all others start from the grader's own random ones."""

    network: str
    file: str  # digest of what its values are
    layers: tuple[tuple[tuple[int, ...], str], ...]  # place in the model (number of each nested model, then of the layer), name in the file
    stand_in: bool = False
    values: Any = Field(exclude=True)  # the arrays of each layer

    @property
    def pairs(self) -> list[tuple[tuple[int, ...], Any]]:
        """Places and their arrays."""
        return [(path, values) for (path, _), values in zip(self.layers, self.values, strict=True)]


class TrainingTask(Frozen):
    """One training, up to the holdout that scores it. `digest` decides whether two submissions share it."""

    version: int = EVIDENCE_VERSION
    model: CanonicalModel
    compiled: CanonicalCompile
    data: CanonicalData | RecordedData = Field(discriminator="kind")
    size: tuple[int, int, int]  # of an image
    one_hot: int = 0  # width of one-hot labels; 0: integers
    class_labels: dict[str, int]  # handed-out class name -> the label that the student's pipeline gives it
    decision: Decision
    preprocessing: Preprocessing  # for the holdout
    batch_size: int
    max_steps: int
    stop_at: float
    tries: int
    start: PretrainedStart | None = None
    seed: str  # hex: from the holdout's key and the model's digest
    sample: Original | None = Field(default=None, exclude=True)  # a handed-out image, to show what the layers make of it

    @property
    def digest(self) -> str:
        """SHA-256 of everything that decides what is learned and how it is scored, but the holdout itself."""
        return digest(self)

    def try_seed(self, number: int) -> int:
        """Return the seed of one try, from 1."""
        return int.from_bytes(hmac.digest(bytes.fromhex(self.seed), f"try {number}".encode(), hashlib.sha256)[:4], "big") & 0x7FFFFFFF


def make_task(
    protocol: Training,
    model: CanonicalModel | None,
    compiled: CanonicalCompile | None,
    facts: ModelFacts | None,
    batches: Batches | None,
    secret: str,
    start: PretrainedStart | None = None,
) -> TrainingTask | TrainingFacts:
    """Return what to train, or the facts that say why there is nothing to train. `secret`: the holdout's key."""
    if model is None or facts is None:
        return TrainingFacts(status="no-model", reason=reason("no-model"))
    if compiled is None or compiled.loss is None:
        return TrainingFacts(status="impossible", reason=reason("not-compiled"))
    if facts.parameters > protocol.max_parameters:
        return _too_large("too-many-parameters", facts.parameters, protocol.max_parameters)
    if facts.multiplications > protocol.max_multiplications:
        return _too_large("too-many-multiplications", facts.multiplications, protocol.max_multiplications)
    if start is not None and start.stand_in:
        return TrainingFacts(status="stand-in", reason=reason("stand-in", network=start.network))
    if batches is None or not batches.training.recording.count:
        return TrainingFacts(status="no-batches", reason=reason("no-images"))
    training = batches.training
    problem = _data_problem(batches)
    if problem is not None:
        return problem
    decision = _decision(facts, compiled, training)
    if isinstance(decision, str):
        return TrainingFacts(status="impossible", reason=decision)
    preprocessing = _holdout_preprocessing(batches)
    stored = training.recording.stored
    assert preprocessing is not None
    assert stored is not None
    height, width, channels = stored.shape[1:]
    return TrainingTask(
        model=model.with_input_shape((height, width, channels)),
        compiled=compiled,
        data=_canonical(batches) if training.facts.plain else _recorded(training),
        size=(height, width, channels),
        one_hot=training.labels.width if training.labels.encoding == "one-hot" else 0,
        class_labels=training.facts.labels.by_class,
        decision=decision,
        preprocessing=preprocessing,
        batch_size=protocol.batch_size,
        max_steps=protocol.max_steps,
        stop_at=protocol.stop_at,
        tries=protocol.tries,
        start=start,
        seed=hmac.digest(secret.encode(), model.digest.encode(), hashlib.sha256).hex(),
        sample=_sample(batches),
    )


def _sample(batches: Batches) -> Original:
    """Return the first of the handed-out images, one for validation if there is any."""
    return next((image for image in batches.handed if image.split == "validation"), batches.handed[0]).path


def _too_large(key: str, number: int, limit: int) -> TrainingFacts:
    return TrainingFacts(status="too-large", reason=reason(key, number=f"{number:,}", limit=f"{limit:,}"))


def _data_problem(batches: Batches) -> TrainingFacts | None:
    """Return why these batches cannot be trained on, if so."""
    training, facts = batches.training, batches.training.facts
    if facts.labels.encoding == "none":
        return TrainingFacts(status="impossible", reason=reason("no-labels"))

    def unrecognised(key: str, **told: int) -> TrainingFacts:
        return TrainingFacts(status="unrecognised-data", reason=reason(key, **told))

    if not training.recording.are_images:
        return unrecognised("other-shape")
    if training.labels.values is None:
        return unrecognised("other-labels")
    if facts.unexplained > UNNOTICED * max(facts.checked, 1):
        return unrecognised("unexplained", number=facts.unexplained, total=facts.checked)
    if _holdout_preprocessing(batches) is None:
        return unrecognised("scaling-unknown")
    names, by_class = batches.facts.class_names, facts.labels.by_class
    if len(set(by_class.values())) < len(names):
        return TrainingFacts(status="impossible", reason=reason("labels-alike"), detail=str(by_class))
    return None


def _holdout_preprocessing(batches: Batches) -> Preprocessing | None:
    """Return how hidden images are prepared: as the validation images are, which is how a trained network is used, where that is known."""

    def of(facts: PipelineFacts, same: PipelineFacts) -> Preprocessing | None:
        return facts.preprocessing if facts.image_shape == same.image_shape else None

    training, validation = batches.training.facts, batches.validation.facts
    return of(validation, training) or training.preprocessing


def _decision(facts: ModelFacts, compiled: CanonicalCompile, training: Pipeline) -> Decision | str:
    """Return how the outputs of this network become a label, or why they cannot."""
    output, loss = facts.output, compiled.loss
    assert loss is not None
    if output is None or len(output.shape) != 1 or output.shape[0] is None:
        return reason("several-outputs") if output is None else reason("output-shape", shape=output.shape)
    if output.shape[0] > 1:
        return Decision()
    if training.labels.encoding == "one-hot":
        return reason("one-hot-one-output", number=training.labels.width)
    if training.labels.minimum == -1:
        return Decision(threshold=0.0, below=-1)
    centred = output.activation in ("tanh", "softsign") and loss.name in ("hinge", "squared_hinge")
    logits = loss.from_logits and output.activation not in ("sigmoid", "softmax", "hard_sigmoid")
    return Decision(threshold=0.0 if centred or logits else 0.5)


def _canonical(batches: Batches) -> CanonicalData:
    """Return every image that the training pipeline shows, once, under the label it carries first."""
    training = batches.training
    assert training.labels.values is not None
    assert training.facts.preprocessing is not None
    labels: dict[int, int] = {}
    for index, label in zip(training.shown.tolist(), training.labels.values.tolist(), strict=True):
        labels.setdefault(index, label)
    images = [
        TrainingImage(sha256=batches.handed[index].sha256, label=label, path=batches.handed[index].path) for index, label in labels.items()
    ]
    return CanonicalData(
        images=tuple(sorted(images, key=lambda image: (image.sha256, image.label))), preprocessing=training.facts.preprocessing
    )


def _recorded(training: Pipeline) -> RecordedData:
    recording = training.recording
    assert recording.path is not None
    assert recording.labels_path is not None
    payload, start, passes = recording.payload, 0, []
    for count in payload.epochs:
        passes.append(sum(payload.batches[start : start + count]))
        start += count
    return RecordedData(
        digest=digest([hash_file(recording.path), hash_file(recording.labels_path)]),
        scale=payload.scale,
        offset=payload.offset,
        passes=tuple(size for size in passes if size),
        images=recording.path,
        labels=recording.labels_path,
    )

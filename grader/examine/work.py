"""What a worker is asked to do: examine the structure of one submission, or train one try."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader.contracts.artifacts import BatchesPayload, PipelinePayload
from grader.contracts.base import digest
from grader.contracts.data_facts import PipelineFacts
from grader.contracts.evidence import CallEvidence, FileFacts
from grader.contracts.network_facts import ModelFacts, ProbeFacts
from grader.contracts.progress import Step
from grader.contracts.protocol import BatchesCall, Protocol
from grader.contracts.submission import Submission
from grader.contracts.training_facts import TrainingFacts
from grader.datasets import Handout, Holdout
from grader.words.reasons import reason

from .bases import look_for_bases
from .built import Built, Known
from .data import Batches, examine_batches, given_batches
from .network import ImpossibleError, set_up
from .probes import probe
from .readers.batches import MalformedError, Recording, read_pipeline
from .readers.calls import CallReading, read_call
from .readers.files import Unreadable
from .readers.leftovers import file_facts
from .tasks import TrainingTask, make_task
from .training import Finished, train
from .versions import augmented_image
from .workers import Say

_LINE = re.compile(r'"line":\s*\d')  # of an error: it holds for one layout of the file only


@dataclass(frozen=True)
class Examined:
    """What the structure of one submission is. By the training's id, `tasks`: what to train, or why there is nothing.

    `lasting`: by the key of a part, what holds wherever the same part is met again.
    """

    calls: dict[str, CallEvidence]
    probes: dict[str, ProbeFacts] = field(default_factory=dict)
    tasks: dict[str, TrainingTask | TrainingFacts] = field(default_factory=dict)
    files: FileFacts | None = None
    given: PipelineFacts | None = None
    lasting: dict[str, Known] = field(default_factory=dict)
    probed: dict[str, ProbeFacts] = field(default_factory=dict)  # by what decides them


def structure(
    say: Callable[[Step | Examined], None],
    submission: Submission,
    protocol: Protocol,
    parts: Sequence[Built],
    handout: Handout,
    secret: str,
    probed: Mapping[str, ProbeFacts],
) -> Examined:
    """Turn the artifacts of one submission into facts, and say those that points depend on as soon as they are known.

    `secret`: the holdout's key; `probed`: known from earlier examinations.
    """
    set_up(_seed(secret, digest([part.key for part in parts])))  # equal functions, equal facts
    known: dict[str, Known] = {}
    for number, part in enumerate(parts):
        say(Step(stage="structure", text=", ".join(part.job.functions.values()), done=number, total=len(parts)))
        known[part.key] = _moved(part, submission) if part.known is not None else _look_at(part, submission, secret, handout)
    readings = {name: reading for found in known.values() for name, reading in found.readings.items()}
    batches = {name: found for each in known.values() for name, found in each.batches.items()}
    for call in protocol.calls:
        if call.id not in readings:
            readings[call.id] = read_call(call, submission, parts[0].job, parts[0].outcome, handout)
    folders = {call: Path(part.job.artifacts) for part in parts for call in part.job.functions}
    bases = look_for_bases(protocol, readings, handout.base, folders)
    readings |= bases.readings
    size = protocol.image_size
    given = None
    if size is not None and any(wanted.batches is None for wanted in protocol.trainings):
        given = given_batches(handout.images, handout.class_labels, size)
    found = Examined(
        calls={call.id: readings[call.id].evidence for call in protocol.calls},
        files=FileFacts(**{name: sum(getattr(each.files, name) for each in known.values()) for name in FileFacts.model_fields}),
        given=given.training.facts if given is not None else None,
    )
    say(found)  # what follows takes longer, and no point depends on it
    for part in parts:
        if part.known is None:
            known[part.key] = _pictured(known[part.key])
            readings |= {name: known[part.key].readings[name] for name in known[part.key].batches}
    calls = {call.id: readings[call.id].evidence for call in protocol.calls}
    probes: dict[str, ProbeFacts] = {}
    newly_probed: dict[str, ProbeFacts] = {}
    part_of = {call: part.key for part in parts for call in part.job.functions}
    tasks: dict[str, TrainingTask | TrainingFacts] = {}
    for wanted in protocol.trainings:
        say(Step(stage="structure", doing="probes"))
        model, data = readings[wanted.model], given if wanted.batches is None else batches.get(wanted.batches)
        facts = model.evidence.facts if isinstance(model.evidence.facts, ModelFacts) else None
        start = bases.starts.get(wanted.model)
        affordable = facts is not None and facts.parameters <= wanted.max_parameters and facts.multiplications <= wanted.max_multiplications
        if model.model is not None and facts is not None and affordable and data is not None and data.training.recording.are_images:
            key = digest([part_of[wanted.model], part_of.get(wanted.batches or "", ""), wanted.model])
            if key not in probed and key not in newly_probed:
                classes = len(data.facts.class_names)
                newly_probed[key] = probe(model.model, model.compiled, facts, data.training, classes, _seed(secret, key), start)
            probes[wanted.id] = newly_probed.get(key) or probed[key]
        tasks[wanted.id] = make_task(wanted, model.model, model.compiled, facts, data, secret, start)
    lasting = {part.key: _closed(known[part.key]) for part in parts if part.known is None and _lasts(part, known[part.key])}
    return replace(found, calls=calls, probes=probes, tasks=tasks, lasting=lasting, probed=newly_probed)


def _seed(secret: str, key: str) -> int:
    return int(digest([secret, key])[:8], 16) & 0x7FFFFFFF


def _look_at(part: Built, submission: Submission, secret: str, handout: Handout) -> Known:
    """Return what a part's own artifacts and files tell."""
    readings: dict[str, CallReading] = {}
    batches: dict[str, Batches] = {}
    for call in part.job.protocol.calls:
        reading = read_call(call, submission, part.job, part.outcome, part.handout)
        if isinstance(call, BatchesCall) and isinstance(reading.payload, BatchesPayload):
            seed = _seed(secret, part.key)
            evidence, found = _batches(reading.evidence, reading.payload, Path(part.job.artifacts), handout, submission, seed)
            reading = replace(reading, evidence=evidence)
            if found is not None:
                batches[call.id] = found
        readings[call.id] = reading
    return Known(readings, batches, file_facts(Path(part.job.work), part.handout.images))


def _lasts(part: Built, known: Known) -> bool:
    """Whether a part did what it was asked for, and nothing that was found of it depends on where in the file it stands."""
    if any(reading.evidence.status != "returned" for reading in known.readings.values()):
        return False
    return not any(_LINE.search(Path(part.job.artifacts, f"{call}.json").read_text(encoding="utf-8")) for call in known.readings)


def _closed(known: Known) -> Known:
    """Return it without the recorded images, which stay in their files."""
    return replace(known, batches={name: _recorded(each, Recording) for name, each in known.batches.items()})


def _moved(part: Built, submission: Submission) -> Known:
    """Return what is known of a part that was met before, at its place in this submission."""
    assert part.known is not None
    folder = Path(part.job.artifacts)
    readings = {
        name: replace(reading, evidence=reading.evidence.model_copy(update={"place": submission.functions[name].place}))
        for name, reading in part.known.readings.items()
    }
    opened = {name: _recorded(each, lambda payload: read_pipeline(payload, folder)) for name, each in part.known.batches.items()}
    return replace(part.known, readings=readings, batches=opened)


def _recorded(batches: Batches, recording: Callable[[PipelinePayload], Recording]) -> Batches:
    """Return the same with other recordings of its pipelines."""
    training, validation = (replace(each, recording=recording(each.recording.payload)) for each in (batches.training, batches.validation))
    return replace(batches, training=training, validation=validation)


def _batches(
    evidence: CallEvidence, payload: BatchesPayload, folder: Path, handout: Handout, submission: Submission, seed: int
) -> tuple[CallEvidence, Batches | None]:
    try:
        found = examine_batches(payload, folder, handout.images, seed, submission.place, handout.class_labels)
    except (MalformedError, Unreadable) as error:
        problem = str(error) if isinstance(error, MalformedError) else f"The recorded batches cannot be read: {error}."
        update = {"status": "wrong-result", "problem": problem, "problem_type": "unreadable-result"}
        return evidence.model_copy(update=update), None
    return evidence.model_copy(update={"facts": found.facts}), found


def _pictured(known: Known) -> Known:
    """Return it with the picture of what a student's own augmentation does."""
    readings = dict(known.readings)
    for name, found in known.batches.items():
        evidence = readings[name].evidence
        facts = found.facts.model_copy(update={"shown": augmented_image(found)})
        readings[name] = replace(readings[name], evidence=evidence.model_copy(update={"facts": facts}))
    return replace(known, readings=readings)


def training_try(say: Say, task: TrainingTask, holdout: Holdout, number: int, lane: int) -> Finished | TrainingFacts:
    """Train one try; facts of status `impossible` where Keras refuses the first step."""

    def report(steps: int, accuracy: float | None, seconds: float) -> None:
        one = Step(stage="training", doing="try", text=str(number), done=steps, total=task.max_steps, lane=lane)
        say(one.model_copy(update={"accuracy": accuracy, "step_seconds": seconds}))

    try:
        return train(task, holdout, number, report)
    except ImpossibleError as error:
        return TrainingFacts(status="impossible", reason=reason("no-step"), detail=str(error)[:4000])

"""What a worker is asked to do: examine the structure of one submission, or train one try."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from grader.contracts.artifacts import BatchesPayload, BuildOutcome, Job
from grader.contracts.base import digest
from grader.contracts.evidence import CallEvidence, FileFacts, ModelFacts, PipelineFacts, ProbeFacts, TrainingFacts
from grader.contracts.progress import Step
from grader.contracts.protocol import BatchesCall, Protocol
from grader.contracts.submission import Submission
from grader.datasets import Handout, Holdout

from .bases import look_for_bases
from .data import Batches, examine_batches, given_batches
from .network import ImpossibleError, set_up
from .probes import probe
from .readers.batches import MalformedError
from .readers.calls import CallReading, read_call
from .readers.files import Unreadable
from .readers.leftovers import file_facts
from .tasks import TrainingTask, make_task
from .training import Finished, train
from .versions import augmented_image
from .workers import Say


@dataclass(frozen=True)
class Examined:
    """What the structure of one submission is. By the training's id, `tasks`: what to train, or why there is nothing."""

    calls: dict[str, CallEvidence]
    probes: dict[str, ProbeFacts]
    tasks: dict[str, TrainingTask | TrainingFacts]
    files: FileFacts | None = None
    given: PipelineFacts | None = None


def structure(
    say: Say, submission: Submission, protocol: Protocol, job: Job, outcome: BuildOutcome, handout: Handout, secret: str
) -> Examined:
    """Turn the artifacts of one submission into facts. `secret`: the holdout's key."""
    seed = int(digest([secret, submission.digest])[:8], 16) & 0x7FFFFFFF
    set_up(seed)
    readings: dict[str, CallReading] = {}
    for number, call in enumerate(protocol.calls):
        say(Step(stage="structure", text=call.function[0], done=number, total=len(protocol.calls)))
        readings[call.id] = read_call(call, submission, job, outcome, handout)
    bases = look_for_bases(protocol, readings, handout, Path(job.artifacts))
    readings |= bases.readings
    calls = {name: reading.evidence for name, reading in readings.items()}
    batches: dict[str, Batches] = {}
    for call in protocol.calls:
        payload = readings[call.id].payload
        if isinstance(call, BatchesCall) and isinstance(payload, BatchesPayload):
            calls[call.id], found = _batches(calls[call.id], payload, job, handout, submission, seed)
            if found is not None:
                batches[call.id] = found
    files = file_facts(Path(job.work), handout.images)
    probes: dict[str, ProbeFacts] = {}
    tasks: dict[str, TrainingTask | TrainingFacts] = {}
    size = protocol.image_size
    given = None
    if size is not None and any(wanted.batches is None for wanted in protocol.trainings):
        given = given_batches(handout.images, handout.class_labels, size)
    for wanted in protocol.trainings:
        say(Step(stage="structure", text="probes"))
        model, data = readings[wanted.model], given if wanted.batches is None else batches.get(wanted.batches)
        facts = model.evidence.facts if isinstance(model.evidence.facts, ModelFacts) else None
        start = bases.starts.get(wanted.model)
        affordable = facts is not None and facts.parameters <= wanted.max_parameters and facts.multiplications <= wanted.max_multiplications
        if model.model is not None and facts is not None and affordable and data is not None and data.training.recording.are_images:
            probes[wanted.id] = probe(model.model, model.compiled, facts, data.training, len(data.facts.class_names), seed, start)
        tasks[wanted.id] = make_task(wanted, model.model, model.compiled, facts, data, secret, start)
    return Examined(calls, probes, tasks, files, given.training.facts if given is not None else None)


def _batches(
    evidence: CallEvidence, payload: BatchesPayload, job: Job, handout: Handout, submission: Submission, seed: int
) -> tuple[CallEvidence, Batches | None]:
    try:
        found = examine_batches(payload, Path(job.artifacts), handout.images, seed, submission.place, handout.class_labels)
    except (MalformedError, Unreadable) as error:
        problem = str(error) if isinstance(error, MalformedError) else f"The recorded batches cannot be read: {error}."
        update = {"status": "wrong-result", "problem": problem, "problem_type": "unreadable-result"}
        return evidence.model_copy(update=update), None
    facts = found.facts.model_copy(update={"shown": augmented_image(found)})
    return evidence.model_copy(update={"facts": facts}), found


def training_try(say: Say, task: TrainingTask, holdout: Holdout, number: int, lane: int) -> Finished | TrainingFacts:
    """Train one try; facts of status `impossible` where Keras refuses the first step."""

    def report(steps: int, accuracy: float | None, seconds: float) -> None:
        text, total = f"try {number}", task.max_steps
        say(Step(stage="training", text=text, done=steps, total=total, accuracy=accuracy, lane=lane, step_seconds=seconds))

    try:
        return train(task, holdout, number, report)
    except ImpossibleError as error:
        reason = "Keras cannot make a single training step with this network, loss and labels."
        return TrainingFacts(status="impossible", reason=reason, detail=str(error)[:4000])

"""Turns what is known of one call (the file, how the child fared, what it wrote) into evidence. Each kind's own reader fills the facts."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from grader.contracts.artifacts import Artifact, BuildOutcome, CallError, CallOutcome, Job, ModelPayload, Payload, TensorPayload
from grader.contracts.evidence import CallEvidence, CallStatus
from grader.contracts.network_facts import ModelFacts
from grader.contracts.protocol import Call, Limits
from grader.contracts.submission import Submission
from grader.datasets import Handout
from grader.examine.canonical import CanonicalCompile, CanonicalModel, Problem
from grader.examine.readers.augmenter import augmenter_facts
from grader.examine.readers.callback import callback_facts
from grader.examine.readers.files import Unreadable, read_artifact
from grader.examine.readers.folders import folders_facts
from grader.examine.readers.given import with_given
from grader.examine.readers.loop import loop_facts
from grader.examine.readers.parse import parse_facts
from grader.examine.readers.table import table_facts
from grader.examine.settings import printable
from grader.examine.structure import ModelReading, model_facts

MESSAGE_LENGTH = 500
_MODULE = re.compile(r"No module named '([^']{1,100})'")
_EXPECTED = {
    "model": "a Keras model",
    "batches": "two pipelines, for training and for validation",
    "table": "an answer for each case",
    "parse": "two arrays, (images, labels)",
    "folders": "its folders",
    "loop": "the History that `fit` returns",
    "augmenter": "an augmenter",
    "tensor": "a tensor",
    "callback": "a Keras callback",
}


@dataclass(frozen=True)
class CallReading:
    """The evidence of one call, and what further examination starts from."""

    evidence: CallEvidence
    payload: Payload | None = None  # checked in form only; None unless the call returned what was asked for
    reading: ModelReading | None = None  # of a model

    @property
    def model(self) -> CanonicalModel | None:
        """The model in its canonical form."""
        return self.reading.model if self.reading is not None else None

    @property
    def compiled(self) -> CanonicalCompile | None:
        """What its `compile` was told."""
        return self.reading.compiled if self.reading is not None else None

    def with_facts(self, facts: ModelFacts) -> CallReading:
        """Return the reading with further facts about the model."""
        return replace(self, evidence=self.evidence.model_copy(update={"facts": facts}))


def read_call(call: Call, submission: Submission, job: Job, outcome: BuildOutcome, handout: Handout) -> CallReading:
    """Return what is known of one call. The facts of batches are left out: they are found by looking at the images."""
    artifact = read_artifact(Path(job.artifacts), call.id) if call.id in job.functions else None
    evidence = call_evidence(call, submission, outcome.calls.get(call.id), artifact, outcome.import_error, job.protocol.limits)
    if evidence.status != "returned" or not isinstance(artifact, Artifact) or artifact.payload is None:
        return CallReading(evidence)
    payload = artifact.payload
    if isinstance(payload, TensorPayload):
        return _model_reading(evidence, payload, model_facts(payload.model, job.protocol.image_size))
    if isinstance(payload, ModelPayload):
        reading = model_facts(payload, job.protocol.image_size)
        if isinstance(reading, ModelReading) and call.kind == "model" and call.given is not None:
            reading = reading.model_copy(update={"facts": with_given(reading, call.given)})
        return _model_reading(evidence, payload, reading)
    facts: object
    if payload.kind == "table" and call.kind == "table":
        facts = table_facts(call, payload, handout.cases.get(call.id, call.cases))
    elif payload.kind == "parse" and call.kind == "parse":
        facts = parse_facts(call, payload, Path(job.artifacts), handout.tables, submission)
    elif payload.kind == "folders" and call.kind == "folders":
        facts = folders_facts(call, payload, handout.scenario_files.get(call.id, {}), submission)
    elif payload.kind == "augmenter" and call.kind == "augmenter":
        facts = augmenter_facts(call, payload, Path(job.artifacts), submission)
    elif payload.kind == "callback" and call.kind == "callback":
        facts = callback_facts(call, payload, submission)
    elif payload.kind == "loop":
        facts = loop_facts(payload)
    else:
        return CallReading(evidence, payload)
    if isinstance(facts, Problem):
        update = {"status": "wrong-result", "problem": facts.sentence, "problem_type": facts.id}
        return CallReading(evidence.model_copy(update=update))
    return CallReading(evidence.model_copy(update={"facts": facts}), payload)


def call_evidence(
    call: Call,
    submission: Submission,
    outcome: CallOutcome | None,
    artifact: Artifact | Unreadable | None,
    import_error: CallError | None = None,
    limits: Limits | None = None,
) -> CallEvidence:
    """Return the evidence of one call without its facts: the part that all kinds share."""
    found = submission.functions.get(call.id)
    name = printable(found.name) if found is not None else call.function[0]
    base = CallEvidence(id=call.id, kind=call.kind, function=name, status="returned", place=found.place if found is not None else None)
    limits = limits or Limits()

    def ended(status: CallStatus, problem: str, problem_type: str, detail: str = "") -> CallEvidence:
        return base.model_copy(update={"status": status, "problem": problem, "problem_type": problem_type, "detail": detail})

    if found is None:
        return ended("missing", f"There is no function `{name}` in the file.", "missing-function")
    if found.unattempted:
        return ended("unattempted", f"`{name}` is still as it was handed out.", "unattempted")
    if outcome is None:
        outcome = CallOutcome(fate="not-run" if import_error is None else "raised-on-import")
    base = base.model_copy(update={"seconds": outcome.seconds, "fate": outcome.fate})
    if import_error is not None:  # raised, or broke a limit, before any function was called
        stopped = ended("not-run", f"The file cannot be imported: {_line(import_error)}", "")
        return stopped.model_copy(update=_raised(import_error, submission))
    match outcome.fate:
        case "raised-on-import" | "not-run":
            return ended("not-run", f"`{name}` was not called, because the process ended before.", "not-run")
        case "timeout":
            return ended("timeout", f"`{name}` did not finish within {limits.seconds:g} seconds.", "timeout")
        case "out-of-memory":
            return ended("out-of-memory", f"`{name}` needs more than {limits.memory_mb:,} MB of memory.", "out-of-memory")
        case "disk-full":
            return ended("disk-full", f"`{name}` writes more than {limits.disk_mb:,} MB.", "disk-full")
        case "died":
            how = printable(outcome.exit_status)
            return ended("died", f"The process ended inside `{name}`" + (f" ({how})." if how else "."), "died", how)
    if not isinstance(artifact, Artifact):
        why = str(artifact) if artifact is not None else "it is missing"
        return ended("died", f"`{name}` left no result that can be read: {why}.", "unreadable-result", why)
    base = base.model_copy(update={"returned": printable(artifact.returned, 200)})
    if artifact.error is not None:
        raised = ended("raised", f"`{name}` raised {_line(artifact.error)}", "")
        return raised.model_copy(update=_raised(artifact.error, submission))
    if artifact.payload is None or artifact.payload.kind != call.kind:
        returned = base.returned if artifact.payload is None or artifact.payload.kind == call.kind else f"a {artifact.payload.kind}"
        return ended("wrong-result", f"`{name}` returned {returned or 'nothing'}; {_EXPECTED[call.kind]} was expected.", "wrong-result")
    return base


def _model_reading(evidence: CallEvidence, payload: Payload, reading: ModelReading | Problem) -> CallReading:
    if isinstance(reading, Problem):
        return CallReading(evidence.model_copy(update=_said(reading) | {"status": reading.status}))
    # A note does not change the status: the model was read, and the problem says what will surprise its author.
    said = _said(reading.notes[0]) if reading.notes else {}
    return CallReading(evidence.model_copy(update=said | {"facts": reading.facts}), payload, reading)


def _said(problem: Problem) -> dict[str, str]:
    return {"problem": problem.sentence, "problem_type": problem.id, "subject": problem.subject, "detail": problem.detail}


_NO_REASON = "Exception encountered when calling"  # Keras' heading: the reason stands below it


def _line(error: CallError) -> str:
    """Return an exception as one printable line that ends in a full stop."""
    lines = [line.strip() for line in error.message.splitlines() if line.strip()] or [""]
    first = lines[1] if len(lines) > 1 and lines[0].startswith(_NO_REASON) else lines[0]
    text = printable(error.type, 100) + (f": {printable(first, MESSAGE_LENGTH)}" if first else "")
    return text if text.endswith((".", "!", "?")) else text + "."


def _raised(error: CallError, submission: Submission) -> dict[str, object]:
    module = _MODULE.search(error.message)
    return {
        "problem_type": printable(error.type, 100),
        "subject": printable(module.group(1)) if module else "",
        "detail": error.tail or error.message,
        "place": submission.place(error.line),
    }

"""What is known of a submission and of what it learned. No points, no thresholds, no opinions; stored once, judged often."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .artifacts import Fate, Layer
from .base import Frozen, Place
from .data_facts import AugmenterFacts, BatchesFacts, FoldersFacts, ParseFacts, PipelineFacts, TableFacts
from .given import Figures
from .network_facts import ModelFacts, ProbeFacts
from .training_facts import TrainingFacts

EVIDENCE_VERSION = 2


class FileFacts(Frozen):
    """What became of the files that the child was handed, after all its calls; known by content."""

    added: int = 0  # files in the handed-out folders that were not there
    missing: int = 0
    altered: int = 0
    elsewhere: int = 0  # image files anywhere else in the child's folder


class ToldFacts(Frozen):
    """What a callback was told, one epoch after the other, and after which of them it asked to stop."""

    figures: Figures
    stopped: tuple[bool, ...] = ()
    error: str = ""
    error_type: str = ""
    place: Place | None = None


class CallbackFacts(Frozen):
    """Self-reported: what a callback did in each case."""

    kind: Literal["callback"] = "callback"
    cases: tuple[ToldFacts, ...]


class LoopFacts(Frozen):
    """Self-reported: the history that the student's own training returned."""

    kind: Literal["loop"] = "loop"
    is_history: bool
    epochs: int
    keys: tuple[str, ...]
    trained_on: tuple[Literal["training", "validation"], ...] = ()  # whose images its steps saw, as far as they were recognised
    validated_on: tuple[Literal["training", "validation"], ...] = ()


CallPayloadFacts = Annotated[
    ModelFacts | BatchesFacts | TableFacts | ParseFacts | FoldersFacts | LoopFacts | AugmenterFacts | CallbackFacts,
    Field(discriminator="kind"),
]

CallStatus = Literal[
    "returned",  # and `facts` holds what was measured
    "missing",  # no such function in the file
    "unattempted",  # the starter's body
    "raised",
    "wrong-result",  # returned something of another kind: `returned` says what
    "refused",  # a model with a layer, loss, ... that does not cross the trust line: `problem` says which
    "unbuildable",  # its config describes no model that Keras can build: `problem` says why
    "timeout",
    "out-of-memory",
    "disk-full",
    "died",  # the process ended inside the call
    "not-run",  # something before it ended the whole file (import error)
]


class CallEvidence(Frozen):
    """What is known of one call."""

    id: str
    kind: Literal["model", "tensor", "batches", "table", "parse", "folders", "loop", "augmenter", "callback"]
    function: str  # the name in the file, or the exercise's own where it is missing
    status: CallStatus
    returned: str = ""
    problem: str = ""  # one sentence, for refused, unbuildable, raised, ...
    problem_type: str = ""  # exception class, or a stable id: "custom-layer", "lambda-layer", "python-loss", "too-large", ...
    subject: str = ""  # what the problem is about: a layer's class, a module's name, ...
    detail: str = ""  # Keras' or Python's own text
    place: Place | None = None
    seconds: float = 0.0
    fate: Fate = "finished"
    instead: tuple[str, ...] = ()  # earlier functions that failed: this one got what the grader itself makes in their place
    facts: CallPayloadFacts | None = None


class Versions(Frozen):
    """What did the measuring."""

    grader: str
    python: str
    tensorflow: str = ""
    keras: str = ""


class Evidence(Frozen):
    """Everything measured about one submission under one protocol. A training is absent until some criterion asked for it."""

    version: int = EVIDENCE_VERSION
    exercise: str
    submission: str  # digest
    protocol: str  # digest
    holdout: str  # digest of the secret and the dataset; never the secret
    data: str = ""  # digest of the dataset handed out
    versions: Versions
    isolation: tuple[Layer, ...] = ()
    calls: dict[str, CallEvidence]
    probes: dict[str, ProbeFacts] = Field(default_factory=dict)  # by the training's id, as the next
    trainings: dict[str, TrainingFacts] = Field(default_factory=dict)
    files: FileFacts | None = None
    given: PipelineFacts | None = None  # what is trained on where no pipeline of the submission is
    stdout: str = ""

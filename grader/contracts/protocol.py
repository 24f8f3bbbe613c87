"""What is measured, and how: the half of an exercise's YAML that is part of the evidence's key. The only half that the child is handed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from .base import Frozen, Scalar
from .given import DrawnHistory, Figures, GivenModel, Name, Value

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$", max_length=60)]
Names = tuple[str, ...]


ArrayName = Literal["training_images", "training_labels", "validation_images", "validation_labels"]


class _Call(Frozen):
    id: Identifier
    function: Annotated[Names, Field(min_length=1)]  # accepted names; the first is the exercise's own

    @field_validator("function", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value


class PretrainedFile(Frozen):
    """A weights file that a function gets, for the first of these networks that the submission names (else the first of all)."""

    parameter: str
    variable: str  # a global variable that holds the path where the function has no such parameter
    networks: Annotated[tuple[Identifier, ...], Field(min_length=1)]  # names of pretrained bases


class ModelCall(_Call):
    """Call a function that builds a model.

    `takes`: parameter -> an earlier call, whose result it gets; where that one failed, what the grader itself makes of the exercise.
    """

    kind: Literal["model"]
    arguments: dict[str, Scalar] = Field(default_factory=dict)
    given: GivenModel | None = None  # a model that the function gets, before `arguments`
    pretrained: PretrainedFile | None = None
    takes: dict[str, Identifier] = Field(default_factory=dict)


class TensorCall(_Call):
    """Call a function that picks a tensor from the model that an earlier call returned."""

    kind: Literal["tensor"]
    takes: Annotated[dict[str, Identifier], Field(min_length=1, max_length=1)]


class BatchesCall(_Call):
    """Call a function that builds a training and a validation pipeline. `arguments`: parameter -> what is handed out: folder or array."""

    kind: Literal["batches"]
    arguments: dict[str, Literal["training", "validation", ArrayName]]
    mapped: Names = ()  # names of a function (image, label) -> (image, label) that, where the file has one, is mapped over both datasets


class DrawnCases(Frozen):
    """Cases drawn with the holdout's secret, beside the listed ones: per parameter an integer range, a list of texts, or histories."""

    count: Annotated[int, Field(ge=1, le=1000)]
    parameters: dict[str, tuple[int, int] | tuple[str, ...] | DrawnHistory]
    ordered: tuple[str, str] | None = None  # (smaller, larger): parameters drawn so that the first does not exceed the second


class TableCall(_Call):
    """Call a function once per case; expected values stay on the trusted side."""

    kind: Literal["table"]
    parameters: Names
    cases: tuple[tuple[Value, ...], ...]
    drawn: DrawnCases | None = None


class ParseCall(_Call):
    """Call a function that reads a table of images, header `label,pixel1,…`, once for each of `files`.

    "training" is the handed-out training table; "other" a small one with other images and labels, which shows a path that is not asked for.
    """

    kind: Literal["parse"]
    parameter: Name = "filename"
    files: Annotated[tuple[Literal["training", "other"], ...], Field(min_length=1)] = ("training", "other")


class FolderScenario(Frozen):
    """One situation for a function that works on folders."""

    id: Identifier
    share: Annotated[float, Field(gt=0, lt=1)]
    trailing_slash: bool = False
    calls: Annotated[int, Field(ge=1, le=3)] = 1


class FoldersCall(_Call):
    """Call a function that copies files.

    Per scenario it gets a source folder with `images` good files and `empty` zero-length ones, and two empty target folders.
    """

    kind: Literal["folders"]
    arguments: dict[str, Literal["source", "training", "validation", "share"]]
    images: Annotated[int, Field(ge=4, le=500)] = 40
    empty: Annotated[int, Field(ge=0, le=20)] = 2
    scenarios: Annotated[tuple[FolderScenario, ...], Field(min_length=1)]


class LoopCall(_Call):
    """Call a function that trains: it gets a small compiled stand-in model and tiny batches. What it returns is self-reported."""

    kind: Literal["loop"]
    arguments: dict[str, Literal["model", "training", "validation"]]


class AugmenterCall(_Call):
    """Call a function that gives back an augmenter, once per case, and apply each `times` times to the grader's test images."""

    kind: Literal["augmenter"]
    parameters: Names = ()
    cases: Annotated[tuple[tuple[Scalar, ...], ...], Field(min_length=1, max_length=20)] = ((),)
    times: Annotated[int, Field(ge=1, le=100)] = 12


class CallbackCall(_Call):
    """Make a Keras callback once per case, and tell it of one epoch after the other.

    A case is what a training's history would hold. Figures are told under their short names too: `acc` beside `accuracy`.
    """

    kind: Literal["callback"]
    cases: Annotated[tuple[Figures, ...], Field(min_length=1, max_length=100)]

    @field_validator("cases")
    @classmethod
    def _equally_long(cls, cases: tuple[Figures, ...]) -> tuple[Figures, ...]:
        for number, case in enumerate(cases, start=1):
            if len({len(figures) for figures in case.values()}) != 1 or not all(case.values()):
                raise ValueError(f"case {number} must hold figures for as many epochs each, and at least one")
        return cases


Call = Annotated[
    ModelCall | TensorCall | CallbackCall | BatchesCall | TableCall | ParseCall | FoldersCall | LoopCall | AugmenterCall,
    Field(discriminator="kind"),
]


class Training(Frozen):
    """How the grader itself trains: which model on which batches, for how long. `id` tells several trainings of one exercise apart."""

    id: Identifier = "training"
    model: Identifier
    batches: Identifier | None = None  # None: the dataset's own training images, 0..255, under whole-number labels
    batch_size: Annotated[int, Field(ge=1, le=512)] = 20
    max_steps: Annotated[int, Field(ge=1)]
    stop_at: Annotated[float, Field(gt=0, le=1)]  # holdout accuracy at which a try is over
    tries: Annotated[int, Field(ge=1, le=5)] = 3
    recorded_epochs: Annotated[int, Field(ge=2, le=100)] | None = None  # of an augmenting pipeline, then seen again; None: the whole budget
    max_parameters: int = 60_000_000  # beyond either the model is not trained, and the accuracy criterion says why
    max_multiplications: int = 2_000_000_000  # multiply-adds per image, forward


class Limits(Frozen):
    """What one function of the student may use. Start-up is not counted."""

    seconds: Annotated[float, Field(gt=0)] = 60.0
    memory_mb: Annotated[int, Field(gt=0)] = 3000
    disk_mb: Annotated[int, Field(gt=0)] = 1000
    recorded_mb: Annotated[int, Field(gt=0)] = 600


class Protocol(Frozen):
    """Everything that decides what is measured for one exercise. A file may write `training:` for the only one of `trainings`."""

    exercise: str
    data: str | None = None
    image_size: tuple[int, int, int] | None = None  # height, width, channels that pipelines should yield
    calls: Annotated[tuple[Call, ...], Field(min_length=1)]
    trainings: tuple[Training, ...] = ()
    limits: Limits = Limits()

    @model_validator(mode="before")
    @classmethod
    def _one_or_many(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "training" not in data:
            return data
        if "trainings" in data:
            raise ValueError("give either `training` or `trainings`")
        only = data["training"]
        return {key: value for key, value in data.items() if key != "training"} | {"trainings": () if only is None else (only,)}

    @model_validator(mode="after")
    def _in_order(self) -> Protocol:
        known: dict[str, str] = {}
        for call in self.calls:
            for name in getattr(call, "takes", {}).values():
                if known.get(name) not in {"model", "tensor"}:
                    raise ValueError(f"the call {call.id!r} takes what {name!r} returns, which is no earlier call for a model or tensor")
            known[call.id] = call.kind
        return self

    @property
    def pretrained(self) -> PretrainedFile | None:
        """The weights file that some call gets."""
        return next((call.pretrained for call in self.calls if isinstance(call, ModelCall) and call.pretrained is not None), None)

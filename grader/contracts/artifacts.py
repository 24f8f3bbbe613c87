"""What crosses the trust line: JSON that the child wrote, and how the child ended. Everything here may be lying.

The child writes `<call id>.json` (one `Artifact`) into its artifact folder after each call, and arrays beside it as `.npy`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from .base import Frozen, Scalar
from .given import Value
from .protocol import Protocol

Text = Annotated[str, Field(max_length=8000)]
Short = Annotated[str, Field(max_length=300)]
FileName = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,80}\.npy$")]


class CallError(Frozen):
    """An exception out of the student's function."""

    type: Short
    message: Text
    line: int | None = None  # deepest line inside the kept source
    tail: Text = ""  # the last frames of the traceback, as text


class WeightedLayer(Frozen):
    """A layer whose weights lie in a payload's array, one after the other."""

    path: Annotated[tuple[Short, ...], Field(min_length=1, max_length=8)]  # names of the models around it, then its own
    shapes: Annotated[tuple[Annotated[tuple[int, ...], Field(max_length=6)], ...], Field(max_length=10)]


class ModelPayload(Frozen):
    """A Keras model as its own config tells it. Weights are there to be compared with a file that was handed out, for nothing else."""

    kind: Literal["model"] = "model"
    model_class: Short  # "Sequential", "Functional", or the name of a subclass
    config: dict[str, Any] | None = None  # json.loads(model.to_json()); None where Keras could not serialise it
    compile_config: dict[str, Any] | None = None  # model.get_compile_config(); None = not compiled
    unserialisable: Text = ""  # Keras' own words where config is None
    weights: FileName | None = None  # float32, all values in a row
    layers: Annotated[tuple[WeightedLayer, ...], Field(max_length=2000)] = ()


class TensorPayload(Frozen):
    """A tensor, as the output of a model that begins where the model it was picked from begins."""

    kind: Literal["tensor"] = "tensor"
    model: ModelPayload


class PipelinePayload(Frozen):
    """Batches drawn from one pipeline. `images` (n, h, w, c) may be uint8 with value = stored * scale + offset, else float32."""

    pipeline_class: Short
    images: FileName | None = None
    labels: FileName | None = None  # None: it yields no labels
    scale: float = 1.0
    offset: float = 0.0
    batches: tuple[int, ...] = ()  # sizes, in order drawn
    epochs: tuple[int, ...] = ()  # number of batches in each recorded epoch; the last may be cut by a cap
    length: int | None = None  # len(pipeline), batches
    class_indices: dict[Short, int] | None = None  # an attribute: may be absent or lie
    error: CallError | None = None  # raised while drawing
    note: Short = ""  # e.g. which cap ended the recording


class BatchesPayload(Frozen):
    """Two pipelines."""

    kind: Literal["batches"] = "batches"
    training: PipelinePayload
    validation: PipelinePayload


class TableRow(Frozen):
    """The answer to one case, in the order of the job's cases."""

    value: Scalar = None
    value_type: Short = ""
    error: CallError | None = None


class TablePayload(Frozen):
    """The answers of a function that was called once per case."""

    kind: Literal["table"] = "table"
    rows: tuple[TableRow, ...]


class ParsedTable(Frozen):
    """What a function made of one table. Arrays are kept where they are numbers."""

    returned: Short = ""
    images: FileName | None = None
    labels: FileName | None = None
    images_kind: Short = ""  # "list", "array of float64", ...
    labels_kind: Short = ""
    error: CallError | None = None


class ParsePayload(Frozen):
    """The tables of the call, in its order."""

    kind: Literal["parse"] = "parse"
    tables: tuple[ParsedTable, ...]


class FoldersPayload(Frozen):
    """Per scenario what was raised; what is in the folders, the parent sees for itself."""

    kind: Literal["folders"] = "folders"
    errors: dict[str, CallError | None]


class LoopPayload(Frozen):
    """What the student's own training returned: self-reported."""

    kind: Literal["loop"] = "loop"
    is_history: bool
    history: dict[Short, tuple[float | None, ...]] = Field(default_factory=dict)  # None stands for NaN or infinity
    trained_on: frozenset[Literal["training", "validation"]] = frozenset()  # whose images a step saw, as far as they were recognised
    validated_on: frozenset[Literal["training", "validation"]] = frozenset()


class AugmentedCase(Frozen):
    """What one augmenter made of the test images: all of them, then all again, `times` times; stored like a pipeline's images."""

    augmenter_class: Short = ""
    images: FileName | None = None
    scale: float = 1.0
    offset: float = 0.0
    settings: dict[Short, Scalar] = Field(default_factory=dict)  # attributes: may be absent or lie
    error: CallError | None = None


class AugmenterPayload(Frozen):
    """Augmenters, one per case of the call."""

    kind: Literal["augmenter"] = "augmenter"
    cases: tuple[AugmentedCase, ...]


class ToldCase(Frozen):
    """What a callback did in one case: self-reported."""

    stopped: tuple[bool, ...] = ()  # `model.stop_training` after each epoch
    error: CallError | None = None


class CallbackPayload(Frozen):
    """One callback per case."""

    kind: Literal["callback"] = "callback"
    cases: tuple[ToldCase, ...]


Payload = Annotated[
    ModelPayload
    | TensorPayload
    | BatchesPayload
    | TablePayload
    | ParsePayload
    | FoldersPayload
    | LoopPayload
    | AugmenterPayload
    | CallbackPayload,
    Field(discriminator="kind"),
]


class Artifact(Frozen):
    """One call's result, as the child tells it."""

    call: Short
    returned: Short = ""  # type of what came back, e.g. "NoneType", "History", "tuple of 3"
    error: CallError | None = None
    payload: Payload | None = None  # None where it raised or gave back the wrong kind of thing
    seconds: float = 0.0


class HandedBase(Frozen):
    """A pretrained network without its top: how Keras builds it, and the child's copy of its weights."""

    name: Short
    function: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9]*$")]  # of keras.applications
    arguments: dict[str, Scalar] = Field(default_factory=dict)  # beside `input_shape`, `include_top` and `weights`
    input_shape: tuple[int, int, int]
    cut: Short  # the layer that the exercise puts its own layers on
    weights: str  # path


class Job(Frozen):
    """What the child is handed. No criteria, no expected values, no holdout."""

    source: str
    generators: bool = False  # whether the submission's pipelines are of `ImageDataGenerator`, wherever in it that stands
    functions: dict[str, str]  # call id -> the function's name in the source; only calls to make
    protocol: Protocol
    work: str  # the child's folder: current directory, TMPDIR, HOME
    artifacts: str  # folder inside `work`
    folders: dict[str, str] = Field(default_factory=dict)  # "training" and "validation" -> the child's own copies
    files: dict[str, str] = Field(default_factory=dict)  # "training.csv", "training_images", ... -> the child's own copy
    scenarios: dict[str, dict[str, dict[str, str]]] = Field(
        default_factory=dict
    )  # call -> scenario -> source|training|validation -> folder
    cases: dict[str, tuple[tuple[Value, ...], ...]] = Field(default_factory=dict)  # table call -> arguments, drawn ones included
    test_images: str = ""  # `.npy` that augmenters are applied to
    base: HandedBase | None = None
    training_images: int = 0  # how many were handed out: one epoch of an endless pipeline


Fate = Literal["finished", "raised-on-import", "timeout", "out-of-memory", "disk-full", "died", "not-run"]


class CallOutcome(Frozen):
    """How the child fared with one call, seen from outside."""

    fate: Fate
    seconds: float = 0.0
    exit_status: str = ""  # for "died": "exit code 0", "signal SIGKILL"


class Layer(Frozen):
    """One layer of isolation."""

    name: str  # "landlock", "seccomp", "bubblewrap", "limits", ...
    in_force: bool
    why: str  # what it does, or why it is absent


class BuildOutcome(Frozen):
    """What the launcher saw of one submission's building."""

    calls: dict[str, CallOutcome]
    import_error: CallError | None = None
    peak_memory_mb: int = 0
    seconds: float = 0.0
    stdout: str = ""  # the first 20,000 characters of what the child printed; never parsed
    isolation: tuple[Layer, ...] = ()

"""Facts about what a submission is and what it learned. No points, no thresholds, no opinions; stored once, judged often.

Shapes leave out the batch axis; None in a shape is an unknown size. Accuracies are shares in [0, 1].
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from .artifacts import Fate, Layer
from .base import Frozen, Place, Scalar
from .given import Figures, Value
from .pictures import MAX_MISTAKEN, AugmentedImage, FeatureMaps, MistakenImage

EVIDENCE_VERSION = 2

Shape = tuple[int | None, ...]


class LayerFacts(Frozen):
    """One layer of the rebuilt model, in order of computation; layers of nested models are listed in place."""

    name: str  # the student's name for it, made printable; for showing only
    kind: str  # Keras class, "Conv2D"; operations such as x / 255. are "Operation"
    path: tuple[str, ...] = ()  # names of the nested models around it
    input_shape: Shape | None = None
    output_shape: Shape | None = None
    parameters: int = 0
    trainable: bool = True  # its weights, if any, would move
    activation: str | None = None  # own activation: "relu", "linear", ...; None where the layer has none
    settings: dict[str, Any] = Field(
        default_factory=dict
    )  # its config's plain values: filters, kernel_size, strides, padding, units, rate, scale, ...
    part: Literal["base", "head"] | None = None  # of a known network, or computed from what that gives


class OutputFacts(Frozen):
    """The end of the network, seen through trailing Activation, Softmax, Dropout, Flatten and Reshape layers."""

    shape: Shape
    activation: str  # effective: "sigmoid", "softmax", "linear", ...
    layer: str  # name of the layer that made it


class OutputOrigin(Frozen):
    """One of several outputs. `given`: which layer of the model that the function got computes the same, from 0; -1: its input."""

    layer: str  # the student's name for it; "" where the input itself is an output
    kind: str
    shape: Shape
    given: int | None = None


class BaseFacts(Frozen):
    """A known network within a model, recognised by what it computes: names, weights and where it was built play no part."""

    network: str  # the one looked for: that of the handed-out file, or "" for the model that the function was given
    title: str = ""  # as the course calls it: "MobileNetV2"
    stand_in: bool = False  # the file holds made-up values, because the official ones are absent
    known: int  # layers with weights of that network that the model has, and all that it could have
    of: int
    foreign: int  # layers with weights that are neither the network's nor computed from what it gives
    equal: int | None = None  # of `known`: how many hold the file's values; None where there is no file
    equal_parameters: int | None = None
    parameters: int = 0  # of the `known` ones
    trainable_parameters: int = 0
    unfrozen: dict[str, int] = Field(default_factory=dict)  # class of layer -> how many of the `known` ones would move
    cut: str | None = None  # the network's layer whose output is used by other layers, or is the model's; None: several, or none
    cut_shape: Shape | None = None
    wanted_cut: str = ""  # the one that the exercise names
    wanted_shape: Shape | None = None
    reaches_cut: bool = True  # whether the model computes what that layer does


class CompileFacts(Frozen):
    """What `compile` was told."""

    loss: str | None  # canonical snake_case: "binary_crossentropy"
    from_logits: bool = False
    optimizer: str | None = None  # "rmsprop"
    learning_rate: float | None = None  # the initial one, of a schedule
    metrics: tuple[str, ...] = ()  # as a history would name them: "accuracy", "acc", "binary_accuracy", ...


class ModelFacts(Frozen):
    """A model rebuilt from its config."""

    kind: Literal["model"] = "model"
    model_class: str
    digest: str  # of the canonical model: equal for models that differ in names only
    layers: tuple[LayerFacts, ...]
    input_shape: Shape | None  # None: several inputs, or none declared
    output: OutputFacts | None  # None: several outputs
    parameters: int
    trainable_parameters: int
    multiplications: int  # multiply-adds of one image, forward, over Conv and Dense layers
    compiled: CompileFacts | None
    outputs: tuple[OutputOrigin, ...] = ()  # where the function was given a model
    given: tuple[LayerFacts, ...] = ()  # that model's layers
    base: BaseFacts | None = None  # where a known network is looked for


class LabelFacts(Frozen):
    """What the labels of a pipeline look like."""

    encoding: Literal["integer", "one-hot", "none", "other"]  # "integer" covers 0/1 of class_mode='binary'; shape (n,) or (n, 1)
    width: int = 1
    minimum: float | None = None
    maximum: float | None = None
    counts: dict[str, int] = Field(default_factory=dict)  # label (or index of the one) -> images in the first epoch
    by_class: dict[str, int] = Field(
        default_factory=dict
    )  # handed-out class name -> the label most of its images carry; of no image recognised: what stands for it elsewhere
    agreement: float | None = None  # share of recognised images whose label is their class's; None: nothing recognised


class Preprocessing(Frozen):
    """The one map from handed-out pixels to yielded values: value = resize(pixel) * scale + offset."""

    resize: str | None  # "nearest", "bilinear", ...; None where no resizing was needed
    scale: float
    offset: float


class PipelineFacts(Frozen):
    """One pipeline, compared by content with what was handed out."""

    pipeline_class: str
    image_shape: Shape | None
    dtype: str = ""
    batch_size: int | None = None
    images: int = 0  # yielded in the first epoch
    epochs: int = 0  # recorded
    low: float | None = None  # smallest and largest value
    high: float | None = None
    labels: LabelFacts
    checked: int = 0  # images compared by content
    from_training: int = 0  # of those, how many are handed-out training images (changed or not)
    from_validation: int = 0
    unexplained: int = 0  # neither
    missing: int = 0  # handed-out images of its own folder that the first epoch never shows
    plain: bool = False  # every checked image is a handed-out one under one and the same `preprocessing`
    preprocessing: Preprocessing | None = None
    augmented: bool = False  # some explained image is flipped, moved, turned, zoomed or recoloured
    augmentations: dict[str, float] = Field(
        default_factory=dict
    )  # "flipped" (left to right), "upside-down", "moved", "recoloured" -> share
    shuffled: bool | None = None  # None: cannot be told
    classes: tuple[str, ...] = ()  # class_indices, where it has the attribute; untrusted text
    error: str = ""  # raised while it was drawn from
    error_type: str = ""
    place: Place | None = None


class BatchesFacts(Frozen):
    """A training and a validation pipeline."""

    kind: Literal["batches"] = "batches"
    training: PipelineFacts
    validation: PipelineFacts
    overlap: int = 0  # handed-out images that occur in both
    class_names: tuple[str, ...] = ()  # as handed out, alphabetical
    shown: AugmentedImage | None = None  # where training images are augmented; to be looked at


class AnsweredCase(Frozen):
    """One case of a table and what the function answered."""

    arguments: dict[str, Value]
    value: Scalar = None
    value_type: str = ""
    error: str = ""
    drawn: bool = False


class TableFacts(Frozen):
    """Cases and answers. Whether they are right is for a criterion to say."""

    kind: Literal["table"] = "table"
    rows: tuple[AnsweredCase, ...]


class ParsedArray(Frozen):
    """One of the two things that a function made of a table."""

    kind: str  # "array of float64", "list", ...; untrusted text
    shape: Shape | None = None  # whole; None for what is no array of numbers
    values: Literal["equal", "transposed", "scaled", "label-among-pixels", "header-row", "pixels", "labels", "other"] = "other"


class ParsedFacts(Frozen):
    """What a function made of one table of `rows` images, compared with the table."""

    file: str  # "training" or "other"
    rows: int
    returned: str = ""
    images: ParsedArray | None = None  # what stands first; None: no pair came back
    labels: ParsedArray | None = None
    error: str = ""
    error_type: str = ""
    place: Place | None = None


class ParseFacts(Frozen):
    """A function that reads tables."""

    kind: Literal["parse"] = "parse"
    tables: tuple[ParsedFacts, ...]


class ScenarioFacts(Frozen):
    """What one scenario's folders hold after the calls. Files are known by content, so renaming changes nothing."""

    id: str
    share: float
    trailing_slash: bool
    calls: int
    error: str = ""
    place: Place | None = None
    source_good: int  # handed out
    source_empty: int
    training: int  # good images of the source in the target folders (distinct content)
    validation: int
    in_both: int
    empty_copied: int
    foreign: int  # files in a target that are no copy of a source file
    source_changed: int  # files of the source missing, altered or added
    first_in_order: bool  # the training images are exactly the first ones by listing or by name
    stray: tuple[str, ...] = ()  # other new entries in the child's folder, as a path without its separator would leave; untrusted text


class FoldersFacts(Frozen):
    """A function that copies files, in several scenarios."""

    kind: Literal["folders"] = "folders"
    scenarios: tuple[ScenarioFacts, ...]


class AugmentedFacts(Frozen):
    """What an augmenter of one case does to images of 0..255, measured on its outputs. Shares are of all outputs."""

    arguments: dict[str, Scalar]
    augmenter_class: str = ""
    error: str = ""
    error_type: str = ""
    place: Place | None = None
    images: int = 0
    same_size: bool = True
    recognised: float = 0.0  # share that is one of the images under an affine map
    unchanged: float = 0.0
    flipped: float = 0.0  # left to right
    upside_down: float = 0.0
    shift_x: float = 0.0  # largest, as a share of the width
    shift_y: float = 0.0
    turn: float = 0.0  # largest angle, in degrees
    distortion: float = 0.0  # largest zoom or shear: 0.1 is a side longer or shorter by a tenth
    recoloured: float = 0.0  # share whose brightness or contrast differs from the others'
    scale: float | None = None  # value = pixel * scale + offset, of the middle one
    offset: float | None = None
    edge: Literal["constant", "nearest", "reflect", "wrap", "other"] | None = None  # what uncovered pixels hold; None: none uncovered
    settings: dict[str, Scalar] = Field(default_factory=dict)  # its own word; untrusted
    shown: AugmentedImage | None = None  # one of the test images; to be looked at


class AugmenterFacts(Frozen):
    """A function that gives back augmenters."""

    kind: Literal["augmenter"] = "augmenter"
    cases: tuple[AugmentedFacts, ...]


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


class ProbeFacts(Frozen):
    """Cheap measurements on the rebuilt model with the student's compile settings and a recorded batch (or canonical one)."""

    initial_loss: float | None = None  # None: loss and labels do not fit, `error` says how
    chance_loss: float | None = None  # ln C for C classes
    moved: tuple[str, ...] = ()  # layers with weights that changed in one step
    still: tuple[str, ...] = ()  # layers with trainable or frozen weights that did not
    input_dependent: bool | None = None  # zeroed input changes the output
    output_low: float | None = None
    output_high: float | None = None
    error: str = ""  # Keras' own text where even one step is impossible
    error_type: str = ""


class Epoch(Frozen):
    """One epoch of one try."""

    steps: int  # so far
    loss: float | None  # None: NaN
    accuracy: float
    holdout_accuracy: float
    holdout_loss: float | None = None


class Try(Frozen):
    """One training from one of the grader's seeds."""

    number: int
    epochs: tuple[Epoch, ...]
    best_epoch: int  # from 1; 0 where none was completed
    holdout_accuracy: float  # of the best epoch, on the whole holdout
    ended: Literal["reached", "budget", "hopeless", "diverged"]


class TrainingFacts(Frozen):
    """What the grader's own training showed."""

    status: Literal["trained", "impossible", "too-large", "unrecognised-data", "no-model", "no-batches", "stand-in"]
    reason: str = ""
    detail: str = ""
    tries: tuple[Try, ...] = ()
    holdout_accuracy: float | None = None  # the best try's
    classes: int = 0
    holdout_images: int = 0
    predicted: dict[str, int] = Field(default_factory=dict)  # class name -> how often predicted on the holdout, best epoch of the best try
    data: str = ""  # "canonical" (plain pipeline, the grader's own loading) or "recorded"
    confusion: dict[str, dict[str, int]] = Field(default_factory=dict)  # true class -> predicted class -> holdout images, as `predicted`
    mistaken: Annotated[tuple[MistakenImage, ...], Field(max_length=MAX_MISTAKEN)] = ()  # surest first; of the practice holdout only
    maps: FeatureMaps | None = None  # of the best try, as it stood in its best epoch
    augmented: AugmentedImage | None = None  # where the network itself has random layers: what they make of that image in training


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

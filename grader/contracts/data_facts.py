"""Facts about what is trained on and where it comes from: pipelines and labels, tables, folders, augmenters.

Shapes leave out the batch axis; None in a shape is an unknown size. Shares are in [0, 1].
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .base import Frozen, Place, Scalar
from .given import Value
from .network_facts import Shape
from .pictures import AugmentedImage


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

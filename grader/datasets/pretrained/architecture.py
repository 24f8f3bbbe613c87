"""What is known of each pretrained base as data: how it is built in Keras, where it is cut, and its layers with weights in file order."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from pydantic import Field

from grader.contracts.base import Frozen, Scalar
from grader.contracts.errors import AuthorError

NAMES = ("mobilenet-v2", "inception-v3")


class BaseLayer(Frozen):
    """A layer that has weights: Keras' own name for it, its class, and each weight's shape, trainable ones first."""

    name: str  # in a fresh process: InceptionV3's layers are numbered as they are made
    kind: str
    weights: dict[str, tuple[int, ...]]
    before_cut: bool


class Architecture(Frozen):
    """One network of `keras.applications` without its top; shapes and counts for images of 150×150×3."""

    name: str
    title: str
    function: str  # in keras.applications
    arguments: dict[str, Scalar]  # beside include_top=False, weights=None and input_shape
    file: str  # name of its weights file
    cut: str  # the layer whose output the exercises use
    cut_shape: tuple[int, int, int]
    parameters: int
    parameters_to_cut: int
    layers: tuple[BaseLayer, ...] = Field(repr=False)


@cache
def architecture(name: str) -> Architecture:
    """Return what is known of a base. Raises `AuthorError` for an unknown name."""
    if name not in NAMES:
        raise AuthorError(f"There is no pretrained base {name!r}; there are: {', '.join(NAMES)}.")
    return Architecture.model_validate(json.loads((files(__package__) / f"{name}.json").read_text(encoding="utf-8")))

"""What is measured to be looked at: small PNG images as data, and what each of them shows. No verdict rests on any of it.

Every size is capped, so that all pictures of one submission fit a page of 2 MB.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .base import Frozen

MAX_VERSIONS = 7  # of one augmented image
MAX_MISTAKEN = 8
MAX_DRAWN_LAYERS = 10  # of one network


class Picture(Frozen):
    """An image as a PNG file in base64. It may have been shrunk or enlarged: `width` and `height` are the PNG's own, in pixels."""

    png: Annotated[str, Field(max_length=28_000, pattern=r"^[A-Za-z0-9+/]+={0,2}$")]
    width: Annotated[int, Field(ge=1, le=1024)]
    height: Annotated[int, Field(ge=1, le=1024)]


class LayerMaps(Frozen):
    """What one convolution or pooling layer makes of the image: some of its channels side by side, dark = least, bright = most."""

    layer: int  # its place among the network's layers, from 0
    kind: str  # Keras class
    shape: tuple[int, int, int]  # height, width, channels
    channels: tuple[int, ...]  # those drawn, from left to right: the ones that vary most, from 0
    picture: Picture
    name: str = ""  # as the student calls the layer; only a report knows it


class FeatureMaps(Frozen):
    """A handed-out image, and what the trained network's layers make of it."""

    image: Picture
    layers: Annotated[tuple[LayerMaps, ...], Field(max_length=MAX_DRAWN_LAYERS)]


class MistakenImage(Frozen):
    """A practice image that the network took for another class. Images of a secret holdout are never kept."""

    actual: str  # class names
    predicted: str
    score: float  # how sure the network was of it, 0..1
    picture: Picture


class AugmentedImage(Frozen):
    """A handed-out image, and what the student's own augmentation made of it each time, in the order drawn."""

    original: Picture
    versions: Annotated[tuple[Picture, ...], Field(min_length=1, max_length=MAX_VERSIONS)]

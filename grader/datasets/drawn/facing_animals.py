"""Cats and dogs that all face one way: left in training, right everywhere else, so that only a flip shows training what comes later.

Without coat patterns, nearly centred and of nearly one size: what tells a cat from a dog is its head, and that is on the other side.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from grader.datasets.cache import Split

from . import cats_and_dogs

VERSION = cats_and_dogs.VERSION  # the same pens; a change here needs a number of its own

_SHIFT = 12  # pixels of the canvas
_SCALE = (0.9, 1.05)


def draw(class_name: str, random: np.random.RandomState, split: Split = "training") -> Image.Image:
    """Return one picture of a cat ("cats") or a dog ("dogs")."""
    return cats_and_dogs.animal(class_name, random, shift=_SHIFT, scale=_SCALE, faces_right=split != "training", coat=False)

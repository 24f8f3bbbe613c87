# exercise: fill-and-flip
"""Fill and flip: fill in the four functions below. The instructions are in README.md."""

import tensorflow as tf
from tensorflow.keras.preprocessing.image import ImageDataGenerator


def flip_generator():
    """Return an augmenter that flips images left to right, at random, and does nothing else."""
    # Your code here
    return None


def shift_generator(fill_mode):
    """Return an augmenter that shifts images by up to a fifth of their width and height.

    fill_mode: what is put where a shift uncovers pixels: "constant", "nearest", "reflect" or "wrap"
    """
    # Your code here
    return None


def rotate_generator(degrees):
    """Return an augmenter that turns images by up to `degrees`, to either side.

    degrees: from 0, not at all, to 90, a quarter turn
    """
    # Your code here
    return None


def validation_generator():
    """Return what prepares validation images."""
    # Your code here
    return None

# exercise: output-shapes
"""Output sizes of convolution and pooling: fill in the four functions below. The instructions are in README.md."""

import tensorflow as tf


def conv_model():
    """Return a model that takes a 150×150 colour image and applies one 3×3 convolution to it."""
    # Your code here
    return None


def pool_model():
    """Return a model that takes a 150×150 colour image and applies one 2×2 pooling to it."""
    # Your code here
    return None


def conv_pool_model():
    """Return a model that takes a 150×150 colour image and applies a 3×3 convolution, then a 2×2 pooling."""
    # Your code here
    return None


def output_size(size, kernel, stride=1, padding="valid"):
    """Return the size, along one axis, of what a convolution or a pooling gives back.

    size: how many pixels the input has along this axis
    kernel: how many pixels the window covers (never more than size)
    stride: how many pixels the window moves at each step
    padding: "valid" or "same"
    """
    # Your code here
    return None

# exercise: new-classes
"""Other classes on the same features: fill in the function below. The instructions are in README.md."""

import tensorflow as tf


def with_classes(base, num_classes):
    """Return a compiled network that puts layers of its own on the features of `base`, for `num_classes` classes.

    base: a frozen network that turns images into features; num_classes: 2 to 40
    """
    # Your code here
    return None

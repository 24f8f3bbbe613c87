# exercise: dropout
"""Dropout, and too much of it: fill in the function below. The instructions are in README.md."""

import tensorflow as tf


def create_model(rate=0.2):
    """Return a compiled convolutional network for hands that drops this share of the units of its dense part.

    rate: the share that is dropped, from 0 (none) to 0.9
    """
    # Your code here
    return None

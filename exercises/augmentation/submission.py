# exercise: augmentation
"""Augmentation that decides: fill in the two functions below. The instructions are in README.md."""

import tensorflow as tf
from tensorflow.keras.preprocessing.image import ImageDataGenerator


def train_val_generators(TRAINING_DIR, VALIDATION_DIR):
    """Return two pipelines of labelled 150×150 images: an augmented one for training, a plain one for validation.

    TRAINING_DIR, VALIDATION_DIR: folders with one sub-folder per class, `cats` and `dogs`
    """
    # Your code here
    return None


def create_model():
    """Return a compiled convolutional network that tells cats from dogs on 150×150 colour images."""
    # Your code here
    return None

# exercise: cats-vs-dogs
"""Cats vs dogs from scratch: fill in the four functions below. The instructions are in README.md."""

import os
import random
import shutil

import tensorflow as tf
from tensorflow.keras.preprocessing.image import ImageDataGenerator


def split_data(SOURCE_DIR, TRAINING_DIR, VALIDATION_DIR, SPLIT_SIZE):
    """Copy the images of one class, at random, into a training and a validation folder.

    SOURCE_DIR: the folder that holds the images
    TRAINING_DIR, VALIDATION_DIR: the folders to copy them into
    SPLIT_SIZE: the share of the images that goes to training, for example 0.9
    """
    # Your code here
    return None


def train_val_generators(TRAINING_DIR, VALIDATION_DIR):
    """Return two pipelines of labelled 150×150 images: one for training, one for validation.

    TRAINING_DIR, VALIDATION_DIR: folders with one sub-folder per class, `cats` and `dogs`
    """
    # Your code here
    return None


def create_model():
    """Return a compiled convolutional network that tells cats from dogs on 150×150 colour images."""
    # Your code here
    return None


def train_model(model, training, validation):
    """Train the model on the training pipeline, watch it on the validation pipeline, and return the history."""
    # Your code here
    return None

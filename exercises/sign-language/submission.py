# exercise: sign-language
"""Sign language: fill in the three functions below. The instructions are in README.md."""

import csv

import numpy as np
import tensorflow as tf
from tensorflow.keras.preprocessing.image import ImageDataGenerator


def parse_data_from_input(filename):
    """Return (images, labels) of a table with the header label,pixel1,...,pixel784: floats of shape (n, 28, 28), numbers of shape (n,)

    filename: path of a CSV file; its first row is the header, each further row holds a label and 784 pixels
    """
    # Your code here
    return None


def train_val_generators(training_images, training_labels, validation_images, validation_labels):
    """Return two pipelines of 28×28×1 images with their labels: one for training, one for validation.

    training_images, validation_images: arrays of shape (n, 28, 28), 0..255
    training_labels, validation_labels: arrays of shape (n,), numbers from 0 to 24
    """
    # Your code here
    return None


def create_model():
    """Return a compiled network for 28×28×1 images and labels from 0 to 24."""
    # Your code here
    return None

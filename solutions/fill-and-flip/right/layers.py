# exercise: fill-and-flip
# right: Keras layers throughout

import tensorflow as tf


def flip_generator():
    """Return an augmenter that flips images left to right, at random."""
    return tf.keras.layers.RandomFlip("horizontal")


def shift_generator(fill_mode):
    """Return an augmenter that shifts images by up to a fifth of their width and height."""
    return tf.keras.layers.RandomTranslation(0.2, 0.2, fill_mode=fill_mode)


def rotate_generator(degrees):
    """Return an augmenter that turns images by up to `degrees`, to either side."""
    return tf.keras.layers.RandomRotation(degrees / 360)


def validation_generator():
    """Return what prepares validation images."""
    return tf.keras.layers.Rescaling(1.0)

# exercise: fill-and-flip
# right: Sequential models of layers, with the images divided by 255

import tensorflow as tf


def flip_generator():
    """Return an augmenter that flips images left to right, at random."""
    return tf.keras.Sequential([
        tf.keras.layers.Rescaling(1./255),
        tf.keras.layers.RandomFlip("horizontal"),
    ])


def shift_generator(fill_mode):
    """Return an augmenter that shifts images by up to a fifth of their width and height."""
    return tf.keras.Sequential([
        tf.keras.layers.RandomTranslation(0.2, 0.2, fill_mode=fill_mode),
        tf.keras.layers.Rescaling(1./255),
    ])


def rotate_generator(degrees):
    """Return an augmenter that turns images by up to `degrees`, to either side."""
    return tf.keras.Sequential([tf.keras.layers.RandomRotation(degrees / 360, fill_mode="constant")])


def validation_generator():
    """Return what prepares validation images."""
    return tf.keras.Sequential([tf.keras.layers.Rescaling(1./127.5, offset=-1)])

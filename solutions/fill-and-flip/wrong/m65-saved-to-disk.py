# exercise: fill-and-flip
# wrong: m65: saves an augmented image
# fails: nothing-written
# cause: files-written
# says: in memory

import numpy as np
from tensorflow.keras.preprocessing.image import ImageDataGenerator


def flip_generator():
    """Return an augmenter that flips images left to right, at random."""
    datagen = ImageDataGenerator(horizontal_flip=True)
    next(datagen.flow(np.zeros((1, 48, 48, 3)), save_to_dir=".", save_prefix="augmented"))
    return datagen


def shift_generator(fill_mode):
    """Return an augmenter that shifts images by up to a fifth of their width and height."""
    return ImageDataGenerator(width_shift_range=0.2, height_shift_range=0.2, fill_mode=fill_mode)


def rotate_generator(degrees):
    """Return an augmenter that turns images by up to `degrees`, to either side."""
    return ImageDataGenerator(rotation_range=degrees)


def validation_generator():
    """Return what prepares validation images."""
    return ImageDataGenerator()

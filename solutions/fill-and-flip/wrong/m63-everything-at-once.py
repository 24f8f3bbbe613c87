# exercise: fill-and-flip
# wrong: m63: turns, zooms and flips as well
# fails: shifts-only
# cause: does-more
# says: also flips

from tensorflow.keras.preprocessing.image import ImageDataGenerator


def flip_generator():
    """Return an augmenter that flips images left to right, at random."""
    return ImageDataGenerator(horizontal_flip=True)


def shift_generator(fill_mode):
    """Return an augmenter that shifts images by up to a fifth of their width and height."""
    return ImageDataGenerator(width_shift_range=0.2, height_shift_range=0.2, horizontal_flip=True, fill_mode=fill_mode)


def rotate_generator(degrees):
    """Return an augmenter that turns images by up to `degrees`, to either side."""
    return ImageDataGenerator(rotation_range=degrees)


def validation_generator():
    """Return what prepares validation images."""
    return ImageDataGenerator()

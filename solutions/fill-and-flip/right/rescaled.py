# exercise: fill-and-flip
# right: every generator divides by 255

from tensorflow.keras.preprocessing.image import ImageDataGenerator


def flip_generator():
    """Return an augmenter that flips images left to right, at random."""
    return ImageDataGenerator(rescale=1./255, horizontal_flip=True)


def shift_generator(fill_mode):
    """Return an augmenter that shifts images by up to a fifth of their width and height."""
    return ImageDataGenerator(rescale=1./255, width_shift_range=0.2, height_shift_range=0.2, fill_mode=fill_mode, cval=255)


def rotate_generator(degrees):
    """Return an augmenter that turns images by up to `degrees`, to either side."""
    return ImageDataGenerator(rescale=1./255, rotation_range=degrees, fill_mode="wrap")


def validation_generator():
    """Return what prepares validation images."""
    return ImageDataGenerator(rescale=1./255)

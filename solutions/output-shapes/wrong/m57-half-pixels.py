# exercise: output-shapes
# wrong: m57: "valid" gives back fractions
# fails: formula-valid
# cause: answer-type
# says: whole

import tensorflow as tf


def conv_model():
    """Return a model with one 3×3 convolution: 150×150 → 148×148, as the outermost pixels have no full neighbourhood."""
    return tf.keras.Sequential([
        tf.keras.Input(shape=(150, 150, 3)),
        tf.keras.layers.Conv2D(16, (3, 3), activation="relu"),
    ])


def pool_model():
    """Return a model with one 2×2 pooling of the image: 150×150 → 75×75."""
    return tf.keras.Sequential([
        tf.keras.Input(shape=(150, 150, 3)),
        tf.keras.layers.MaxPooling2D((2, 2)),
    ])


def conv_pool_model():
    """Return a model with both in a row: 150×150 → 148×148 → 74×74."""
    return tf.keras.Sequential([
        tf.keras.Input(shape=(150, 150, 3)),
        tf.keras.layers.Conv2D(16, (3, 3), activation="relu"),
        tf.keras.layers.MaxPooling2D((2, 2)),
    ])


def output_size(size, kernel, stride=1, padding="valid"):
    """Return the output size of a convolution or pooling along one axis."""
    if padding == "same":
        return (size + stride - 1) // stride
    return (size - kernel) / stride + 1

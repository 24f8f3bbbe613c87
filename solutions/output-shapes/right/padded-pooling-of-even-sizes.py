# exercise: output-shapes
# right: padding="same" in the pooling of an even size changes nothing; the third model grows out of the first

import tensorflow as tf


def conv_model():
    """Return a model with one 3×3 convolution: 150×150 → 148×148, as the outermost pixels have no full neighbourhood."""
    return tf.keras.Sequential([
        tf.keras.Input(shape=(150, 150, 3)),
        tf.keras.layers.Conv2D(16, (3, 3), activation="relu"),
    ])


def pool_model():
    return tf.keras.Sequential([
        tf.keras.Input(shape=(150, 150, 3)),
        tf.keras.layers.MaxPooling2D((2, 2), padding="same"),
    ])


def conv_pool_model():
    model = conv_model()
    model.add(tf.keras.layers.MaxPooling2D((2, 2)))
    return model


def output_size(size, kernel, stride=1, padding="valid"):
    """Return the output size of a convolution or pooling along one axis."""
    if padding == "same":
        return (size + stride - 1) // stride
    return (size - kernel) // stride + 1

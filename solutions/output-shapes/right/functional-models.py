# exercise: output-shapes
# right: the models are functional, not Sequential

import tensorflow as tf


def conv_model():
    inputs = tf.keras.Input(shape=(150, 150, 3))
    outputs = tf.keras.layers.Conv2D(32, 3)(inputs)
    return tf.keras.Model(inputs, outputs)


def pool_model():
    inputs = tf.keras.Input(shape=(150, 150, 3))
    outputs = tf.keras.layers.MaxPool2D()(inputs)
    return tf.keras.Model(inputs, outputs)


def conv_pool_model():
    inputs = tf.keras.Input(shape=(150, 150, 3))
    x = tf.keras.layers.Conv2D(32, 3)(inputs)
    x = tf.keras.layers.Activation("relu")(x)
    outputs = tf.keras.layers.MaxPool2D()(x)
    return tf.keras.Model(inputs, outputs)


def output_size(size, kernel, stride=1, padding="valid"):
    """Return the output size of a convolution or pooling along one axis."""
    if padding == "same":
        return (size + stride - 1) // stride
    return (size - kernel) // stride + 1

# exercise: output-shapes
# right: average pooling, with its strides and padding written out; the models are compiled

import tensorflow as tf


def conv_model():
    """Return a model with one 3×3 convolution: 150×150 → 148×148, as the outermost pixels have no full neighbourhood."""
    return tf.keras.Sequential([
        tf.keras.Input(shape=(150, 150, 3)),
        tf.keras.layers.Conv2D(16, (3, 3), activation="relu"),
    ])


def pool_model():
    model = tf.keras.Sequential([
        tf.keras.Input(shape=(150, 150, 3)),
        tf.keras.layers.AveragePooling2D(pool_size=(2, 2), strides=(2, 2), padding="valid"),
    ])
    model.compile(optimizer="sgd", loss="mse")
    return model


def conv_pool_model():
    model = tf.keras.Sequential([
        tf.keras.Input(shape=(150, 150, 3)),
        tf.keras.layers.Conv2D(1, kernel_size=(3, 3), strides=1, padding="valid"),
        tf.keras.layers.AveragePooling2D(pool_size=(2, 2), strides=2),
    ])
    model.compile(optimizer="sgd", loss="mse")
    return model


def output_size(size, kernel, stride=1, padding="valid"):
    """Return the output size of a convolution or pooling along one axis."""
    if padding == "same":
        return (size + stride - 1) // stride
    return (size - kernel) // stride + 1

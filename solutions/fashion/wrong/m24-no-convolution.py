# exercise: fashion
# wrong: m24: the second network has no convolution either
# fails: cnn-with-convolution
# cause: too-few-layers
# says: at least 1
"""Fashion."""

import tensorflow as tf


def dnn_model():
    """Return a compiled network of dense layers: 784 pixels, 128 units, then one per class."""
    model = tf.keras.models.Sequential([
        tf.keras.Input(shape=(28, 28, 1)),
        tf.keras.layers.Rescaling(1./255),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(128, activation="relu"),
        tf.keras.layers.Dense(10, activation="softmax"),
    ])
    model.compile(
        optimizer="adam",
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def cnn_model():
    """Return a compiled convolutional network: 28 → 26 → 13 → 11 → 5, then 128 units, then one per class."""
    model = tf.keras.models.Sequential([
        tf.keras.Input(shape=(28, 28, 1)),
        tf.keras.layers.Rescaling(1./255),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(128, activation="relu"),
        tf.keras.layers.Dense(10, activation="softmax"),
    ])
    model.compile(
        optimizer="adam",
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model

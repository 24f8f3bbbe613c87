# exercise: dropout
# right: functional, the pixels divided by hand, no Dropout layer at all for a rate of 0

import tensorflow as tf


def create_model(rate=0.2):
    """Return a compiled functional network."""
    images = tf.keras.Input(shape=(100, 100, 3))
    x = images / 255.
    for filters in (16, 32, 64):
        x = tf.keras.layers.Conv2D(filters, 3, activation="relu")(x)
        x = tf.keras.layers.MaxPooling2D()(x)
    x = tf.keras.layers.Flatten()(x)
    x = tf.keras.layers.Dense(256, activation="relu")(x)
    if rate:
        x = tf.keras.layers.Dropout(rate)(x)
    answers = tf.keras.layers.Dense(3, activation="softmax")(x)
    model = tf.keras.Model(images, answers)
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model

# exercise: new-classes
# right: freezes every layer once more, and scales pixels in front
"""Other classes on the same features: another right way."""

import tensorflow as tf


def with_classes(base, num_classes):
    """Return a compiled network: the frozen base, its features flattened, 64 units, then one unit per class."""
    for layer in base.layers:
        layer.trainable = False
    images = tf.keras.Input(shape=(32, 32, 3))
    x = base(tf.keras.layers.Rescaling(1 / 127.5, offset=-1)(images))
    x = tf.keras.layers.Flatten()(x)
    x = tf.keras.layers.Dense(64, activation="relu")(x)
    x = tf.keras.layers.Dropout(0.2)(x)
    outputs = tf.keras.layers.Dense(num_classes, activation="softmax")(x)
    model = tf.keras.Model(inputs=images, outputs=outputs)
    model.compile(
        optimizer="rmsprop",
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model

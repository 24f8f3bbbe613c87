# exercise: new-classes
# wrong: m23: no Flatten between features and Dense
# fails: seven-classes, two-classes, forty-classes
# cause: flatten-missing
# says: add `Flatten()`
"""Other classes on the same features: one mistake."""

import tensorflow as tf


def with_classes(base, num_classes):
    """Return a compiled network: the frozen base, its features flattened, 64 units, then one unit per class."""
    x = tf.keras.layers.BatchNormalization()(base.output)
    x = tf.keras.layers.Dense(64, activation="relu")(x)
    x = tf.keras.layers.Dropout(0.2)(x)
    outputs = tf.keras.layers.Dense(num_classes, activation="softmax")(x)
    model = tf.keras.Model(inputs=base.input, outputs=outputs)
    model.compile(
        optimizer="rmsprop",
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model

# exercise: new-classes
# wrong: m04: binary cross-entropy for seven classes
# fails: loss-of-seven
# cause: binary-loss-for-many-units
# says: is for one unit
"""Other classes on the same features: one mistake."""

import tensorflow as tf


def with_classes(base, num_classes):
    """Return a compiled network: the frozen base, its features flattened, 64 units, then one unit per class."""
    x = tf.keras.layers.Flatten()(base.output)
    x = tf.keras.layers.Dense(64, activation="relu")(x)
    x = tf.keras.layers.Dropout(0.2)(x)
    outputs = tf.keras.layers.Dense(num_classes, activation="softmax")(x)
    model = tf.keras.Model(inputs=base.input, outputs=outputs)
    model.compile(
        optimizer="rmsprop",
        loss="binary_crossentropy",
        metrics=["accuracy"],
    )
    return model

# exercise: new-classes
# wrong: m83: the number of classes is written into the last layer
# fails: two-classes, forty-classes
# cause: too-many-units
# says: one unit per class
"""Other classes on the same features: one mistake."""

import tensorflow as tf


def with_classes(base, num_classes):
    """Return a compiled network: the frozen base, its features flattened, 64 units, then one unit per class."""
    x = tf.keras.layers.Flatten()(base.output)
    x = tf.keras.layers.Dense(64, activation="relu")(x)
    x = tf.keras.layers.Dropout(0.2)(x)
    outputs = tf.keras.layers.Dense(7, activation="softmax")(x)
    model = tf.keras.Model(inputs=base.input, outputs=outputs)
    model.compile(
        optimizer="rmsprop",
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model

# exercise: new-classes
# right: no activation, and a loss that is told so
"""Other classes on the same features: another right way."""

import tensorflow as tf


def with_classes(base, num_classes):
    """Return a compiled network: the frozen base, its features flattened, 64 units, then one unit per class."""
    x = tf.keras.layers.Flatten()(base.output)
    x = tf.keras.layers.Dense(64, activation="relu")(x)
    x = tf.keras.layers.Dropout(0.2)(x)
    outputs = tf.keras.layers.Dense(num_classes)(x)
    model = tf.keras.Model(inputs=base.input, outputs=outputs)
    model.compile(
        optimizer="rmsprop",
        loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model

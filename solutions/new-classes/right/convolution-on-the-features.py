# exercise: new-classes
# right: a convolution of its own, pooling, and softmax as a layer
"""Other classes on the same features: another right way."""

import tensorflow as tf


def with_classes(base, num_classes):
    """Return a compiled network: the frozen base, its features flattened, 64 units, then one unit per class."""
    x = tf.keras.layers.Conv2D(num_classes, 1)(base.output)
    x = tf.keras.layers.GlobalAveragePooling2D()(x)
    outputs = tf.keras.layers.Softmax()(x)
    model = tf.keras.Model(inputs=base.input, outputs=outputs)
    model.compile(
        optimizer="rmsprop",
        loss="categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model

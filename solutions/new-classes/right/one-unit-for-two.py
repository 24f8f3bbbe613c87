# exercise: new-classes
# right: one sigmoid unit where there are two classes
"""Other classes on the same features: one unit for two classes."""

import tensorflow as tf


def with_classes(base, num_classes):
    """Return a compiled network; two classes need one answer only."""
    x = tf.keras.layers.GlobalAveragePooling2D()(base.output)
    if num_classes == 2:
        outputs = tf.keras.layers.Dense(1, activation="sigmoid")(x)
        loss = "binary_crossentropy"
    else:
        outputs = tf.keras.layers.Dense(num_classes, activation="softmax")(x)
        loss = tf.keras.losses.CategoricalCrossentropy()
    model = tf.keras.Model(base.inputs, outputs)
    model.compile(optimizer=tf.keras.optimizers.Adam(1e-3), loss=loss, metrics=["accuracy"])
    return model

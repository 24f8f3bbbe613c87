# exercise: dropout
# wrong: m10: no softmax, and the loss is not told
# fails: loss-fits-output
# cause: logits-not-declared
# says: from_logits

import tensorflow as tf


def create_model(rate=0.2):
    """Return a compiled convolutional network: 100 → 98 → 49 → 47 → 23 → 21 → 10, then 256 units that are dropped in part."""
    model = tf.keras.models.Sequential([
        tf.keras.Input(shape=(100, 100, 3)),
        tf.keras.layers.Rescaling(1./255),
        tf.keras.layers.Conv2D(16, (3, 3), activation="relu"),
        tf.keras.layers.MaxPooling2D(2, 2),
        tf.keras.layers.Conv2D(32, (3, 3), activation="relu"),
        tf.keras.layers.MaxPooling2D(2, 2),
        tf.keras.layers.Conv2D(64, (3, 3), activation="relu"),
        tf.keras.layers.MaxPooling2D(2, 2),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(256, activation="relu"),
        tf.keras.layers.Dropout(rate),
        tf.keras.layers.Dense(3),
    ])
    model.compile(
        optimizer="rmsprop",
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model

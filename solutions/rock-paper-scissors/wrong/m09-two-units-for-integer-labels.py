# exercise: rock-paper-scissors
# wrong: m09: two units for labels 0 to 2
# fails: labels-one-hot, output-fits-labels
# cause: too-few-units
# says: at least 3

import tensorflow as tf
from tensorflow.keras.preprocessing.image import ImageDataGenerator


def train_val_generators(TRAINING_DIR, VALIDATION_DIR):
    """Return a training and a validation generator of rescaled 100×100 images with one-hot labels."""
    train_datagen = ImageDataGenerator(rescale=1./255)
    train_generator = train_datagen.flow_from_directory(
        TRAINING_DIR,
        target_size=(100, 100),
        batch_size=20,
        class_mode="sparse",
    )

    validation_datagen = ImageDataGenerator(rescale=1./255)
    validation_generator = validation_datagen.flow_from_directory(
        VALIDATION_DIR,
        target_size=(100, 100),
        batch_size=20,
        class_mode="sparse",
    )
    return train_generator, validation_generator


def create_model():
    """Return a compiled convolutional network: 100 → 98 → 49 → 47 → 23 → 21 → 10, then 256 units, then one per class."""
    model = tf.keras.models.Sequential([
        tf.keras.Input(shape=(100, 100, 3)),
        tf.keras.layers.Conv2D(16, (3, 3), activation="relu"),
        tf.keras.layers.MaxPooling2D(2, 2),
        tf.keras.layers.Conv2D(32, (3, 3), activation="relu"),
        tf.keras.layers.MaxPooling2D(2, 2),
        tf.keras.layers.Conv2D(64, (3, 3), activation="relu"),
        tf.keras.layers.MaxPooling2D(2, 2),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(256, activation="relu"),
        tf.keras.layers.Dense(2, activation="softmax"),
    ])
    model.compile(
        optimizer="rmsprop",
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model

# exercise: rock-paper-scissors
# right: whole numbers are turned into one-hot rows in the pipeline

import tensorflow as tf
from tensorflow.keras.preprocessing.image import ImageDataGenerator


def one_hot_images(folder, shuffle):
    images = tf.keras.utils.image_dataset_from_directory(folder, image_size=(100, 100), batch_size=32, shuffle=shuffle)
    return images.map(lambda x, y: (x / 255., tf.one_hot(y, 3)))


def train_val_generators(TRAINING_DIR, VALIDATION_DIR):
    return one_hot_images(TRAINING_DIR, True), one_hot_images(VALIDATION_DIR, False)


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
        tf.keras.layers.Dense(3, activation="softmax"),
    ])
    model.compile(
        optimizer="rmsprop",
        loss="categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model

# exercise: rock-paper-scissors
# wrong: m51: label_mode left at 'int', with the loss for whole numbers
# fails: labels-one-hot
# cause: not-one-hot
# says: label_mode='categorical'

import tensorflow as tf
from tensorflow.keras.preprocessing.image import ImageDataGenerator


def train_val_generators(TRAINING_DIR, VALIDATION_DIR):
    """Return a training and a validation dataset of rescaled 100×100 images with one-hot labels."""
    rescale = tf.keras.layers.Rescaling(1./255)
    training = tf.keras.utils.image_dataset_from_directory(
        TRAINING_DIR,
        image_size=(100, 100),
        batch_size=20,
    )
    validation = tf.keras.utils.image_dataset_from_directory(
        VALIDATION_DIR,
        image_size=(100, 100),
        batch_size=20,
        shuffle=False,
    )
    return training.map(lambda x, y: (rescale(x), y)), validation.map(lambda x, y: (rescale(x), y))


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
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model

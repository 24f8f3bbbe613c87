# exercise: sign-language
# wrong: m85: the header is read as data
# fails: parsed-shape, parsed-pixels, parsed-floats, parsed-labels, parsed-any-file
# cause: header-row
# says: header
"""Sign language."""

import csv

import numpy as np
import tensorflow as tf
from tensorflow.keras.preprocessing.image import ImageDataGenerator


def parse_data_from_input(filename):
    """Return images (n, 28, 28) and labels (n,), both as floats, of a table with the header label,pixel1,...,pixel784."""
    with open(filename) as file:
        csv_reader = csv.reader(file, delimiter=",")
        labels = []
        images = []
        for row in csv_reader:
            labels.append(row[0])
            images.append(np.array(row[1:]).reshape((28, 28)))
        labels = np.array(labels).astype("float")
        images = np.array(images).astype("float")
    return images, labels


def train_val_generators(training_images, training_labels, validation_images, validation_labels):
    """Return a training and a validation generator of rescaled 28×28×1 images."""
    training_images = np.expand_dims(training_images, axis=-1)
    validation_images = np.expand_dims(validation_images, axis=-1)

    train_datagen = ImageDataGenerator(rescale=1./255)
    train_generator = train_datagen.flow(x=training_images, y=training_labels, batch_size=32)

    validation_datagen = ImageDataGenerator(rescale=1./255)
    validation_generator = validation_datagen.flow(x=validation_images, y=validation_labels, batch_size=32)
    return train_generator, validation_generator


def create_model():
    """Return a compiled convolutional network: 28 → 26 → 13 → 11 → 5, then 256 units, then one for each label from 0 to 24."""
    model = tf.keras.models.Sequential([
        tf.keras.Input(shape=(28, 28, 1)),
        tf.keras.layers.Conv2D(32, (3, 3), activation="relu"),
        tf.keras.layers.MaxPooling2D(2, 2),
        tf.keras.layers.Conv2D(64, (3, 3), activation="relu"),
        tf.keras.layers.MaxPooling2D(2, 2),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(256, activation="relu"),
        tf.keras.layers.Dense(25, activation="softmax"),
    ])
    model.compile(
        optimizer="adam",
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model

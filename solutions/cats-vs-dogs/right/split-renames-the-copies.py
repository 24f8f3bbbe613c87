# exercise: cats-vs-dogs
# right: the copies get new names, and the size is read from the bytes; paths are joined by hand

import math
import os

import numpy as np
import tensorflow as tf
from tensorflow.keras.optimizers import RMSprop
from tensorflow.keras.preprocessing.image import ImageDataGenerator


def split_data(source, training, validation, split_size):
    folders = [folder if folder.endswith("/") else folder + "/" for folder in (source, training, validation)]
    contents = []
    for entry in os.scandir(folders[0]):
        with open(entry.path, "rb") as file:
            content = file.read()
        if len(content) == 0:
            continue
        contents.append(content)
    order = np.random.permutation(len(contents))
    wanted = math.ceil(split_size * len(contents))
    for folder, indices in ((folders[1], order[:wanted]), (folders[2], order[wanted:])):
        for old in os.listdir(folder):
            os.remove(folder + old)
        for number, index in enumerate(indices):
            with open(f"{folder}{number:05}.jpg", "wb") as file:
                file.write(contents[index])


def train_val_generators(TRAINING_DIR, VALIDATION_DIR):
    """Return a training and a validation generator of rescaled 150×150 images with 0/1 labels."""
    train_datagen = ImageDataGenerator(rescale=1./255)
    train_generator = train_datagen.flow_from_directory(
        TRAINING_DIR,
        target_size=(150, 150),
        batch_size=20,
        class_mode="binary",
    )

    validation_datagen = ImageDataGenerator(rescale=1./255)
    validation_generator = validation_datagen.flow_from_directory(
        VALIDATION_DIR,
        target_size=(150, 150),
        batch_size=20,
        class_mode="binary",
    )
    return train_generator, validation_generator


def create_model():
    """Return a compiled convolutional network: 150 → 148 → 74 → 72 → 36 → 34 → 17, then 512 units, then one."""
    model = tf.keras.models.Sequential([
        tf.keras.Input(shape=(150, 150, 3)),
        tf.keras.layers.Conv2D(16, (3, 3), activation="relu"),
        tf.keras.layers.MaxPooling2D(2, 2),
        tf.keras.layers.Conv2D(32, (3, 3), activation="relu"),
        tf.keras.layers.MaxPooling2D(2, 2),
        tf.keras.layers.Conv2D(64, (3, 3), activation="relu"),
        tf.keras.layers.MaxPooling2D(2, 2),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(512, activation="relu"),
        tf.keras.layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(
        optimizer=RMSprop(learning_rate=1e-3),
        loss="binary_crossentropy",
        metrics=["accuracy"],
    )
    return model


def train_model(model, training, validation):
    """Train for 15 epochs and return the history of training and validation."""
    return model.fit(training, epochs=15, validation_data=validation, verbose=2)

# exercise: cats-vs-dogs
# wrong: m43: points at the folder above, so the folders training and validation become the classes
# fails: labels-from-folders
# cause: wrong-folder-level
# says: sub-folder

import os
import random
import shutil

import tensorflow as tf
from tensorflow.keras.optimizers import RMSprop
from tensorflow.keras.preprocessing.image import ImageDataGenerator


def split_data(SOURCE_DIR, TRAINING_DIR, VALIDATION_DIR, SPLIT_SIZE):
    """Copy the images of one class, at random, into a training and a validation folder."""
    images = []
    for name in os.listdir(SOURCE_DIR):
        if os.path.getsize(os.path.join(SOURCE_DIR, name)) > 0:
            images.append(name)
        else:
            print(f"{name} is zero length, so ignoring.")

    shuffled = random.sample(images, len(images))
    cut = int(len(shuffled) * SPLIT_SIZE)

    for folder, names in [(TRAINING_DIR, shuffled[:cut]), (VALIDATION_DIR, shuffled[cut:])]:
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder, exist_ok=True)
        for name in names:
            shutil.copyfile(os.path.join(SOURCE_DIR, name), os.path.join(folder, name))


def train_val_generators(TRAINING_DIR, VALIDATION_DIR):
    """Return a training and a validation generator of rescaled 150×150 images with 0/1 labels."""
    train_datagen = ImageDataGenerator(rescale=1./255)
    train_generator = train_datagen.flow_from_directory(
        os.path.dirname(os.path.abspath(TRAINING_DIR)),
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

# exercise: cats-vs-dogs
# right: plain Python generators yield the batches; the validation one ends

import os
import random
import shutil
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image
from tensorflow.keras.optimizers import RMSprop


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


def batches(directory, endless):
    items = [(path, int(path.parent.name == "dogs")) for path in sorted(Path(directory).glob("*/*"))]
    while True:
        random.shuffle(items)
        for start in range(0, len(items), 25):
            chosen = items[start:start + 25]
            images = [np.asarray(Image.open(path).convert("RGB").resize((150, 150)), dtype="float32") / 255. for path, _ in chosen]
            yield np.array(images), np.array([[label] for _, label in chosen])
        if not endless:
            break


def train_val_generators(TRAINING_DIR, VALIDATION_DIR):
    return batches(TRAINING_DIR, endless=True), batches(VALIDATION_DIR, endless=False)


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

# exercise: cats-vs-dogs
# right: a PyDataset of its own reads the files

import glob
import math
import os
import random
import shutil

import numpy as np
import tensorflow as tf
from tensorflow.keras.optimizers import RMSprop
from tensorflow.keras.utils import img_to_array, load_img


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


class Folder(tf.keras.utils.PyDataset):
    def __init__(self, directory, batch_size=20, shuffle=False):
        super().__init__()
        self.items = []
        for label, name in enumerate(sorted(os.listdir(directory))):
            for path in sorted(glob.glob(os.path.join(directory, name, "*"))):
                self.items.append((path, label))
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.on_epoch_end()

    def __len__(self):
        return math.ceil(len(self.items) / self.batch_size)

    def __getitem__(self, index):
        batch = self.items[index * self.batch_size:(index + 1) * self.batch_size]
        images = [img_to_array(load_img(path, target_size=(150, 150))) / 255. for path, _ in batch]
        return np.stack(images), np.array([label for _, label in batch], dtype="float32")

    def on_epoch_end(self):
        if self.shuffle:
            random.shuffle(self.items)


def train_val_generators(TRAINING_DIR, VALIDATION_DIR):
    return Folder(TRAINING_DIR, shuffle=True), Folder(VALIDATION_DIR)


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

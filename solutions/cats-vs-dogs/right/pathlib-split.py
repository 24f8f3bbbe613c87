# exercise: cats-vs-dogs
# right: split_data with pathlib and shutil.copy

import random
import shutil
from pathlib import Path

import tensorflow as tf
from tensorflow.keras.optimizers import RMSprop
from tensorflow.keras.preprocessing.image import ImageDataGenerator


def good_files(folder):
    return sorted(path for path in folder.iterdir() if path.is_file() and path.stat().st_size)


def split_data(SOURCE_DIR, TRAINING_DIR, VALIDATION_DIR, SPLIT_SIZE):
    files = good_files(Path(SOURCE_DIR))
    random.Random().shuffle(files)
    cut = round(SPLIT_SIZE * len(files))
    for index, path in enumerate(files):
        target = Path(TRAINING_DIR if index < cut else VALIDATION_DIR)
        if index in (0, cut):
            for old in target.glob("*"):
                old.unlink()
        shutil.copy(path, target)


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

# exercise: cats-vs-dogs
"""Cats vs dogs from scratch: fill in the four functions below. The instructions are in README.md."""

import os
import random
import shutil

import tensorflow as tf
from tensorflow.keras.preprocessing.image import ImageDataGenerator


def split_data(SOURCE_DIR, TRAINING_DIR, VALIDATION_DIR, SPLIT_SIZE):
    """Copy the images of one class, at random, into a training and a validation folder.

    SOURCE_DIR: the folder that holds the images
    TRAINING_DIR, VALIDATION_DIR: the folders to copy them into
    SPLIT_SIZE: the share of the images that goes to training, for example 0.9
    """
    images = [name for name in os.listdir(SOURCE_DIR) if os.path.getsize(os.path.join(SOURCE_DIR, name)) > 0]
    count = int(len(images) * SPLIT_SIZE)
    for folder in (TRAINING_DIR, VALIDATION_DIR):
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
    for name in random.sample(images, count):
        shutil.copyfile(os.path.join(SOURCE_DIR, name), os.path.join(TRAINING_DIR, name))
    for name in random.sample(images, len(images) - count):
        shutil.copyfile(os.path.join(SOURCE_DIR, name), os.path.join(VALIDATION_DIR, name))


def train_val_generators(TRAINING_DIR, VALIDATION_DIR):
    """Return two pipelines of labelled 150×150 images: one for training, one for validation.

    TRAINING_DIR, VALIDATION_DIR: folders with one sub-folder per class, `cats` and `dogs`
    """
    datagen = ImageDataGenerator()
    training = datagen.flow_from_directory(TRAINING_DIR, target_size=(150, 150), batch_size=20, class_mode="binary")
    validation = datagen.flow_from_directory(VALIDATION_DIR, target_size=(150, 150), batch_size=20, class_mode="binary")
    return training, validation


def create_model():
    """Return a compiled convolutional network that tells cats from dogs on 150×150 colour images."""
    model = tf.keras.Sequential([
        tf.keras.Input(shape=(150, 150, 3)),
        tf.keras.layers.Conv2D(16, 3, activation="relu"),
        tf.keras.layers.MaxPooling2D(),
        tf.keras.layers.Conv2D(32, 3, activation="relu"),
        tf.keras.layers.MaxPooling2D(),
        tf.keras.layers.Conv2D(64, 3, activation="relu"),
        tf.keras.layers.MaxPooling2D(),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(512, activation="relu"),
        tf.keras.layers.Dense(1, activation="softmax"),
    ])
    model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
    return model


def train_model(model, training, validation):
    """Train the model on the training pipeline, watch it on the validation pipeline, and return the history."""
    return model.fit(training, validation_data=validation, epochs=15)

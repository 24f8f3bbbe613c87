# exercise: rock-paper-scissors
# right: a functional network that rescales inside, with BatchNormalization and global pooling

import tensorflow as tf
from tensorflow.keras.preprocessing.image import ImageDataGenerator


def train_val_generators(TRAINING_DIR, VALIDATION_DIR):
    """Return a training and a validation generator of rescaled 100×100 images with one-hot labels."""
    train_datagen = ImageDataGenerator()
    train_generator = train_datagen.flow_from_directory(
        TRAINING_DIR,
        target_size=(100, 100),
        batch_size=20,
        class_mode="categorical",
    )

    validation_datagen = ImageDataGenerator()
    validation_generator = validation_datagen.flow_from_directory(
        VALIDATION_DIR,
        target_size=(100, 100),
        batch_size=20,
        class_mode="categorical",
    )
    return train_generator, validation_generator


def create_model():
    inputs = tf.keras.Input(shape=(100, 100, 3))
    x = tf.keras.layers.Rescaling(1./127.5, offset=-1)(inputs)
    for filters in (16, 32, 64):
        x = tf.keras.layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        x = tf.keras.layers.BatchNormalization()(x)
        x = tf.keras.layers.ReLU()(x)
        x = tf.keras.layers.MaxPooling2D()(x)
    x = tf.keras.layers.Flatten()(x)
    x = tf.keras.layers.Dropout(0.2)(x)
    outputs = tf.keras.layers.Dense(3, activation="softmax")(x)
    model = tf.keras.Model(inputs, outputs)
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["categorical_accuracy"])
    return model

# exercise: augmentation
# wrong: m73: the augmentation layers are mapped over both datasets
# fails: validation-untouched
# cause: validation-augmented
# says: augments the validation images

import tensorflow as tf
from tensorflow.keras.optimizers import RMSprop
from tensorflow.keras.preprocessing.image import ImageDataGenerator


def train_val_generators(TRAINING_DIR, VALIDATION_DIR):
    """Return a training dataset with flips, and a validation dataset without."""
    training = tf.keras.utils.image_dataset_from_directory(
        TRAINING_DIR,
        image_size=(150, 150),
        batch_size=20,
        label_mode="binary",
    )
    validation = tf.keras.utils.image_dataset_from_directory(
        VALIDATION_DIR,
        image_size=(150, 150),
        batch_size=20,
        label_mode="binary",
    )
    rescale = tf.keras.layers.Rescaling(1./255)
    augment = tf.keras.Sequential([
        tf.keras.layers.RandomFlip("horizontal"),
        tf.keras.layers.RandomTranslation(0.05, 0.05, fill_mode="reflect"),
    ])
    training = training.map(lambda images, labels: (augment(rescale(images), training=True), labels))
    validation = validation.map(lambda images, labels: (augment(rescale(images), training=True), labels))
    return training, validation


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

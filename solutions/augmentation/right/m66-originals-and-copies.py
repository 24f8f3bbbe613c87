# exercise: augmentation
# right: originals and flipped copies are put together by hand

import tensorflow as tf
from tensorflow.keras.optimizers import RMSprop
from tensorflow.keras.preprocessing.image import ImageDataGenerator


def train_val_generators(TRAINING_DIR, VALIDATION_DIR):
    """Return the training images followed by their flipped copies, and plain validation images."""
    def load(folder):
        dataset = tf.keras.utils.image_dataset_from_directory(folder, image_size=(150, 150), batch_size=20, label_mode="binary")
        return dataset.map(lambda images, labels: (images / 255., labels))

    training = load(TRAINING_DIR).unbatch()
    flipped = training.map(lambda image, label: (tf.image.flip_left_right(image), label))
    both = training.concatenate(flipped).shuffle(480).batch(20)
    return both, load(VALIDATION_DIR)


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

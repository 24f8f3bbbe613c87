# exercise: cats-vs-dogs
# right: the course notebook's own way: add layers one by one, train and plot at the top level

import os
import random
import shutil

import tensorflow as tf
from tensorflow.keras.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from tensorflow.keras.optimizers import RMSprop
from tensorflow.keras.preprocessing.image import ImageDataGenerator


SIZE: tuple[int, int] = (150, 150)
FILTERS = [16, 32, 64, 64]
ROOT = "/tmp/cats-v-dogs"

if os.path.exists(ROOT):
    shutil.rmtree(ROOT)


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
        directory=TRAINING_DIR,
        target_size=(150, 150),
        batch_size=100,
        class_mode="binary",
    )

    validation_datagen = ImageDataGenerator(rescale=1./255)
    validation_generator = validation_datagen.flow_from_directory(
        VALIDATION_DIR,
        target_size=(150, 150),
        batch_size=100,
        class_mode="binary",
    )
    return train_generator, validation_generator


def create_model():
    model = tf.keras.models.Sequential()
    model.add(Conv2D(filters=FILTERS[0], kernel_size=(3, 3), activation=tf.nn.relu, input_shape=(*SIZE, 3)))
    model.add(MaxPooling2D())
    for filters in FILTERS[1:]:
        model.add(Conv2D(filters, (3, 3), activation=tf.nn.relu))
        model.add(MaxPooling2D())
    model.add(Flatten())
    model.add(Dropout(0.2))
    model.add(Dense(units=256, activation="relu"))
    model.add(Dense(units=1, activation=tf.nn.sigmoid))
    model.summary()
    model.compile(loss="binary_crossentropy", optimizer=RMSprop(learning_rate=0.001), metrics=["accuracy"])
    return model


def train_model(model, training, validation):
    """Train for 15 epochs and return the history of training and validation."""
    return model.fit(training, epochs=15, validation_data=validation, verbose=2)


for animal in ("Cat", "Dog"):
    split_data(f"/tmp/PetImages/{animal}/", f"{ROOT}/training/{animal}s/", f"{ROOT}/validation/{animal}s/", .9)

train_generator, validation_generator = train_val_generators(f"{ROOT}/training", f"{ROOT}/validation")
model = create_model()
history = train_model(model, train_generator, validation_generator)
print("best validation accuracy:", max(history.history["val_accuracy"]))

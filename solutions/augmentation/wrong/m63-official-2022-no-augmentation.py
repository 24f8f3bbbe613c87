# exercise: augmentation
# profile: official-2022
# wrong: m63: no augmentation
# fails: training-augmented
# cause: not-augmented
# says: augment

import os
import random
import shutil

import tensorflow as tf
from tensorflow.keras.preprocessing.image import ImageDataGenerator

root_dir = '/tmp/cats-v-dogs'

if os.path.exists(root_dir):
    shutil.rmtree(root_dir)


def create_train_val_dirs(root_path):
    for split in ('training', 'validation'):
        for name in ('cats', 'dogs'):
            os.makedirs(os.path.join(root_path, split, name))


create_train_val_dirs(root_path=root_dir)


def split_data(SOURCE_DIR, TRAINING_DIR, VALIDATION_DIR, SPLIT_SIZE):
    good = []
    for name in os.listdir(SOURCE_DIR):
        if os.path.getsize(SOURCE_DIR + name) > 0:
            good.append(name)
        else:
            print(f'{name} is zero length, so ignoring.')
    good = random.sample(good, len(good))
    cut = int(len(good) * SPLIT_SIZE)
    for name in good[:cut]:
        shutil.copyfile(SOURCE_DIR + name, TRAINING_DIR + name)
    for name in good[cut:]:
        shutil.copyfile(SOURCE_DIR + name, VALIDATION_DIR + name)


def train_val_generators(TRAINING_DIR, VALIDATION_DIR):
    train_datagen = ImageDataGenerator(
        rescale=1./255)
    train_generator = train_datagen.flow_from_directory(
        directory=TRAINING_DIR, batch_size=20, class_mode='binary', target_size=(150, 150))
    validation_datagen = ImageDataGenerator(rescale=1./255)
    validation_generator = validation_datagen.flow_from_directory(
        directory=VALIDATION_DIR, batch_size=20, class_mode='binary', target_size=(150, 150))
    return train_generator, validation_generator


def create_model():
    model = tf.keras.models.Sequential([
        tf.keras.layers.Conv2D(16, (3, 3), activation='relu', input_shape=(150, 150, 3)),
        tf.keras.layers.MaxPooling2D(2, 2),
        tf.keras.layers.Conv2D(32, (3, 3), activation='relu'),
        tf.keras.layers.MaxPooling2D(2, 2),
        tf.keras.layers.Conv2D(64, (3, 3), activation='relu'),
        tf.keras.layers.MaxPooling2D(2, 2),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(512, activation='relu'),
        tf.keras.layers.Dense(1, activation='sigmoid'),
    ])
    model.compile(optimizer='rmsprop', loss='binary_crossentropy', metrics=['accuracy'])
    return model

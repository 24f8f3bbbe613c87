# exercise: augmentation
# profile: official-2024
# wrong: m76: the augmentation layers are made and not used
# fails: training-augmented
# cause: not-augmented
# says: augment

import os
import tensorflow as tf
import matplotlib.pyplot as plt
BASE_DIR = './data/cats_v_dogs'
TRAIN_DIR = os.path.join(BASE_DIR, 'training')
VALIDATION_DIR = os.path.join(BASE_DIR, 'validation')
FILL_MODE = 'nearest'
def train_val_datasets():
    training_dataset = tf.keras.utils.image_dataset_from_directory(
        directory=TRAIN_DIR, image_size=(120, 120), batch_size=20, label_mode='binary')
    validation_dataset = tf.keras.utils.image_dataset_from_directory(
        directory=VALIDATION_DIR, image_size=(120, 120), batch_size=20, label_mode='binary')
    return training_dataset, validation_dataset
def create_augmentation_model():
    return tf.keras.Sequential([
        tf.keras.Input(shape=(120, 120, 3)),
        tf.keras.layers.RandomFlip('horizontal'),
        tf.keras.layers.RandomRotation(0.1, fill_mode=FILL_MODE),
        tf.keras.layers.RandomTranslation(0.1, 0.1, fill_mode=FILL_MODE),
        tf.keras.layers.RandomZoom(0.1, fill_mode=FILL_MODE)])
def create_model():
    model = tf.keras.models.Sequential([
        tf.keras.Input(shape=(120, 120, 3)),
        tf.keras.layers.Rescaling(1./255),
        tf.keras.layers.Conv2D(32, 3, activation='relu'), tf.keras.layers.MaxPooling2D(),
        tf.keras.layers.Conv2D(64, 3, activation='relu'), tf.keras.layers.MaxPooling2D(),
        tf.keras.layers.Conv2D(64, 3, activation='relu'), tf.keras.layers.MaxPooling2D(),
        tf.keras.layers.Flatten(), tf.keras.layers.Dense(128, activation='relu'),
        tf.keras.layers.Dense(1, activation='sigmoid')])
    model.compile(optimizer='adam', loss='binary_crossentropy', metrics=['accuracy'])
    return model
class EarlyStoppingCallback(tf.keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if logs['accuracy'] >= 0.80 and logs['val_accuracy'] >= 0.80:
            self.model.stop_training = True
training_dataset, validation_dataset = train_val_datasets()
plt.imshow(create_augmentation_model()(next(iter(training_dataset))[0])[0])
model = create_model()
history = model.fit(training_dataset, epochs=15, validation_data=validation_dataset, callbacks=[EarlyStoppingCallback()])

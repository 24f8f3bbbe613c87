# exercise: cats-vs-dogs
# profile: official-2024
# wrong: m52: the two cuts of the folder are drawn differently
# fails: validation-untouched
# cause: sets-overlap
# says: in both training and validation

import os
import tensorflow as tf
DATA_DIR = './PetImages'
class EarlyStoppingCallback(tf.keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if logs['accuracy'] >= 0.95 and logs['val_accuracy'] >= 0.80:
            self.model.stop_training = True
def train_val_datasets():
    training_dataset = tf.keras.utils.image_dataset_from_directory(
        directory=DATA_DIR, image_size=(150, 150), label_mode='binary',
        validation_split=0.3, subset='training', seed=42)
    validation_dataset = tf.keras.utils.image_dataset_from_directory(
        directory=DATA_DIR, image_size=(150, 150), label_mode='binary',
        validation_split=0.3, subset='validation', seed=7)
    return training_dataset, validation_dataset
def create_model():
    model = tf.keras.models.Sequential([
        tf.keras.Input(shape=(150, 150, 3)),
        tf.keras.layers.Rescaling(1./255),
        tf.keras.layers.Conv2D(16, 3, activation='relu'), tf.keras.layers.MaxPooling2D(),
        tf.keras.layers.Conv2D(32, 3, activation='relu'), tf.keras.layers.MaxPooling2D(),
        tf.keras.layers.Conv2D(64, 3, activation='relu'), tf.keras.layers.MaxPooling2D(),
        tf.keras.layers.Flatten(), tf.keras.layers.Dense(512, activation='relu'),
        tf.keras.layers.Dense(1, activation='sigmoid')])
    model.compile(optimizer=tf.keras.optimizers.RMSprop(learning_rate=0.001), loss='binary_crossentropy', metrics=['accuracy'])
    return model
model = create_model()
training_dataset, validation_dataset = train_val_datasets()
history = model.fit(training_dataset, epochs=15, validation_data=validation_dataset, callbacks=[EarlyStoppingCallback()])

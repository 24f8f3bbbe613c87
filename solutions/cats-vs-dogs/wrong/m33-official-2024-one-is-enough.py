# exercise: cats-vs-dogs
# profile: official-2024
# wrong: m33: stops as soon as one of the two accuracies is reached
# fails: stops-in-time
# cause: one-is-enough
# says: join them with `and`

import os
import tensorflow as tf
DATA_DIR = './PetImages'
class EarlyStoppingCallback(tf.keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if logs['accuracy'] >= 0.95 or logs['val_accuracy'] >= 0.80:
            self.model.stop_training = True
def train_val_datasets():
    training_dataset, validation_dataset = tf.keras.utils.image_dataset_from_directory(
        directory=DATA_DIR, image_size=(150, 150), batch_size=128, label_mode='binary',
        validation_split=0.1, subset='both', seed=42)
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

# exercise: transfer-learning
# profile: official-2024
# wrong: m18: the function that scales the pixels was deleted
# fails: pixels-scaled
# cause: not-scaled
# says: scal

import os
import tensorflow as tf
import matplotlib.pyplot as plt

TRAIN_DIR = './data/train'
VALIDATION_DIR = './data/validation'


def train_val_datasets():
    training_dataset = tf.keras.utils.image_dataset_from_directory(
        directory=TRAIN_DIR, batch_size=32, image_size=(150, 150), shuffle=True, seed=7)
    validation_dataset = tf.keras.utils.image_dataset_from_directory(
        directory=VALIDATION_DIR, batch_size=32, image_size=(150, 150), shuffle=True, seed=7)
    return training_dataset, validation_dataset


training_dataset, validation_dataset = train_val_datasets()
val_batches = int(validation_dataset.cardinality())
test_dataset, validation_dataset = tf.keras.utils.split_dataset(validation_dataset, val_batches // 5)
LOCAL_WEIGHTS_FILE = './model/weights_notop.h5'


def create_pre_trained_model():
    pre_trained_model = tf.keras.applications.MobileNetV2(
        include_top=False,
        alpha=0.35,
        input_shape=(150, 150, 3),
        weights=LOCAL_WEIGHTS_FILE)
    pre_trained_model.trainable = False
    return pre_trained_model


pre_trained_model = create_pre_trained_model()
print(f"There are {pre_trained_model.count_params():,} total parameters in this model.")


class EarlyStoppingCallback(tf.keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if logs['accuracy'] > 0.999:
            self.model.stop_training = True


def output_of_last_layer(pre_trained_model):
    last_desired_layer = pre_trained_model.get_layer('block_15_add')
    last_output = last_desired_layer.output
    print('last layer output shape: ', last_output.shape)
    return last_output


def create_final_model(pre_trained_model, last_output):
    x = tf.keras.layers.Flatten()(last_output)
    x = tf.keras.layers.Dense(1024, activation='relu')(x)
    x = tf.keras.layers.Dropout(0.2)(x)
    x = tf.keras.layers.Dense(1, activation='sigmoid')(x)
    model = tf.keras.Model(inputs=pre_trained_model.input, outputs=x)
    model.compile(
        optimizer=tf.keras.optimizers.RMSprop(learning_rate=0.0001),
        loss='binary_crossentropy',
        metrics=['accuracy'])
    return model


training_dataset = training_dataset.map(preprocess)
validation_dataset = validation_dataset.map(preprocess)
model = create_final_model(pre_trained_model, output_of_last_layer(pre_trained_model))
history = model.fit(training_dataset, validation_data=validation_dataset, epochs=100, callbacks=[EarlyStoppingCallback()])

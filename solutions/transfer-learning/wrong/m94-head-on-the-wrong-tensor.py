# exercise: transfer-learning
# wrong: m94: the head stands on the end of the base, not on what the function is given
# fails: own-head
# cause: head-elsewhere
# says: not on what it is given
"""Horses or humans with a pretrained base: one mistake."""

import tensorflow as tf
from tensorflow.keras import layers
from tensorflow.keras.optimizers import RMSprop
from tensorflow.keras.preprocessing.image import ImageDataGenerator


def train_val_generators(TRAINING_DIR, VALIDATION_DIR):
    """Return a training and a validation generator of 150×150 images between -1 and 1 with 0/1 labels."""
    scale = tf.keras.applications.mobilenet_v2.preprocess_input
    train_datagen = ImageDataGenerator(preprocessing_function=scale)
    train_generator = train_datagen.flow_from_directory(
        TRAINING_DIR,
        target_size=(150, 150),
        batch_size=10,
        class_mode="binary",
    )

    validation_datagen = ImageDataGenerator(preprocessing_function=scale)
    validation_generator = validation_datagen.flow_from_directory(
        VALIDATION_DIR,
        target_size=(150, 150),
        batch_size=10,
        class_mode="binary",
    )
    return train_generator, validation_generator


def create_pre_trained_model(local_weights_file):
    """Return MobileNetV2 without its top, with the weights from the file, frozen."""
    pre_trained_model = tf.keras.applications.MobileNetV2(
        input_shape=(150, 150, 3),
        alpha=0.35,
        include_top=False,
        weights=None,
    )
    pre_trained_model.load_weights(local_weights_file)
    for layer in pre_trained_model.layers:
        layer.trainable = False
    return pre_trained_model


def output_of_last_layer(pre_trained_model):
    """Return the output of the layer that the new layers stand on: 5×5×56."""
    last_layer = pre_trained_model.get_layer("block_15_add")
    return last_layer.output


def create_final_model(pre_trained_model, last_output):
    """Return a compiled network: the frozen base up to `last_output`, then 512 units, a fifth of them dropped, then one."""
    x = layers.Flatten()(pre_trained_model.output)
    x = layers.Dense(512, activation="relu")(x)
    x = layers.Dropout(0.2)(x)
    outputs = layers.Dense(1, activation="sigmoid")(x)
    model = tf.keras.Model(inputs=pre_trained_model.input, outputs=outputs)
    model.compile(
        optimizer=RMSprop(learning_rate=1e-3),
        loss="binary_crossentropy",
        metrics=["accuracy"],
    )
    return model


class EarlyStoppingCallback(tf.keras.callbacks.Callback):
    """Ends the training once more than 99.9 % of the training images are answered rightly."""

    def on_epoch_end(self, epoch, logs=None):
        """Look at the epoch's figures."""
        if logs["accuracy"] > 0.999:
            self.model.stop_training = True

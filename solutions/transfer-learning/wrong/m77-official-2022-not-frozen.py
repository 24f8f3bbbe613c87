# exercise: transfer-learning
# profile: official-2022
# wrong: m77: the base is trained as well
# fails: base-frozen
# cause: base-not-frozen
# says: trainable

import os
import zipfile
import matplotlib.pyplot as plt
import tensorflow as tf
from tensorflow.keras import layers
from tensorflow.keras import Model
from tensorflow.keras.optimizers import RMSprop
from tensorflow.keras.preprocessing.image import ImageDataGenerator
from tensorflow.keras.applications.mobilenet_v2 import MobileNetV2

zip_ref = zipfile.ZipFile('./horse-or-human.zip', 'r')
zip_ref.extractall('/tmp/training')
zip_ref.close()
train_dir = '/tmp/training'
validation_dir = '/tmp/validation'


def train_val_generators(TRAINING_DIR, VALIDATION_DIR):
    train_datagen = ImageDataGenerator(
        rescale=1/255.,
        rotation_range=40,
        width_shift_range=0.2,
        height_shift_range=0.2,
        shear_range=0.2,
        zoom_range=0.2,
        horizontal_flip=True)
    train_generator = train_datagen.flow_from_directory(
        directory=TRAINING_DIR, batch_size=32, class_mode='binary', target_size=(150, 150))
    validation_datagen = ImageDataGenerator(rescale=1/255.)
    validation_generator = validation_datagen.flow_from_directory(
        directory=VALIDATION_DIR, batch_size=32, class_mode='binary', target_size=(150, 150))
    return train_generator, validation_generator


train_generator, validation_generator = train_val_generators(train_dir, validation_dir)
local_weights_file = '/tmp/mobilenet_v2_weights_notop.h5'


def create_pre_trained_model(local_weights_file):
    pre_trained_model = MobileNetV2(input_shape=(150, 150, 3), alpha=0.35,
                                    include_top=False,
                                    weights=None)
    pre_trained_model.load_weights(local_weights_file)
    return pre_trained_model


pre_trained_model = create_pre_trained_model(local_weights_file)
pre_trained_model.summary()


class myCallback(tf.keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs={}):
        if logs.get('accuracy') > 0.999:
            print("\nReached 99.9% accuracy so cancelling training!")
            self.model.stop_training = True


def output_of_last_layer(pre_trained_model):
    last_desired_layer = pre_trained_model.get_layer('block_15_add')
    print('last layer output shape: ', last_desired_layer.output_shape)
    last_output = last_desired_layer.output
    print('last layer output: ', last_output)
    return last_output


last_output = output_of_last_layer(pre_trained_model)


def create_final_model(pre_trained_model, last_output):
    x = layers.Flatten()(last_output)
    x = layers.Dense(1024, activation='relu')(x)
    x = layers.Dropout(0.2)(x)
    x = layers.Dense(1, activation='sigmoid')(x)
    model = Model(inputs=pre_trained_model.input, outputs=x)
    model.compile(optimizer=RMSprop(learning_rate=0.0001),
                  loss='binary_crossentropy',
                  metrics=['accuracy'])
    return model


model = create_final_model(pre_trained_model, last_output)
callbacks = myCallback()
history = model.fit(train_generator, validation_data=validation_generator, epochs=100, verbose=2, callbacks=callbacks)
plt.plot(history.history['accuracy'])
plt.show()

# exercise: transfer-learning
# profile: free-form
# wrong: m77: the base is trained as well
# fails: base-frozen
# cause: base-not-frozen
# says: trainable

import os
import zipfile
import tensorflow as tf
import matplotlib.pyplot as plt
from tensorflow.keras import layers
from tensorflow.keras import Model
from tensorflow.keras.applications.mobilenet_v2 import MobileNetV2
from tensorflow.keras.optimizers import RMSprop
from tensorflow.keras.preprocessing.image import ImageDataGenerator

path_weights = f"{os.getcwd()}/../tmp2/mobilenet_v2_weights_notop.h5"
local_weights_file = path_weights
pre_trained_model = MobileNetV2(input_shape=(150, 150, 3), alpha=0.35, include_top=False, weights=None)
pre_trained_model.load_weights(local_weights_file)
pre_trained_model.summary()
last_layer = pre_trained_model.get_layer('block_15_add')
print('last layer output shape: ', last_layer.output_shape)
last_output = last_layer.output


class myCallback(tf.keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs={}):
        if logs.get('accuracy') > 0.97:
            print("\nReached 97.0% accuracy so cancelling training!")
            self.model.stop_training = True


x = layers.Flatten()(last_output)
x = layers.Dense(1024, activation='relu')(x)
x = layers.Dropout(0.2)(x)
x = layers.Dense(1, activation='sigmoid')(x)
model = Model(pre_trained_model.input, x)
model.compile(optimizer=RMSprop(lr=0.0001), loss='binary_crossentropy', metrics=['accuracy'])
model.summary()
zip_ref = zipfile.ZipFile('/tmp/horse-or-human.zip', 'r')
zip_ref.extractall('/tmp/training')
zip_ref.close()
train_horses_dir = os.path.join('/tmp/training', 'horses')
print(len(os.listdir(train_horses_dir)))
train_dir = '/tmp/training'
validation_dir = '/tmp/validation'
train_datagen = ImageDataGenerator(rescale=1./255.,
                                   rotation_range=40,
                                   width_shift_range=0.2,
                                   height_shift_range=0.2,
                                   shear_range=0.2,
                                   zoom_range=0.2,
                                   horizontal_flip=True)
test_datagen = ImageDataGenerator(rescale=1.0/255.)
train_generator = train_datagen.flow_from_directory(train_dir, batch_size=20, class_mode='binary', target_size=(150, 150))
validation_generator = test_datagen.flow_from_directory(validation_dir, batch_size=20, class_mode='binary', target_size=(150, 150))
callbacks = myCallback()
history = model.fit_generator(train_generator, validation_data=validation_generator, steps_per_epoch=100,
                              epochs=100, validation_steps=50, verbose=2, callbacks=[callbacks])
plt.plot(range(len(history.history['accuracy'])), history.history['accuracy'], 'r')
plt.show()

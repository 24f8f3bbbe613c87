"""Finds what a misspelt name was meant to be, among the names of Keras that the course uses."""

from __future__ import annotations

import difflib
import re
from typing import Literal

_LAYERS = (
    "Activation Add AveragePooling2D BatchNormalization Concatenate Conv2D Dense DepthwiseConv2D Dropout Flatten GlobalAveragePooling2D "
    "GlobalMaxPooling2D Input InputLayer LeakyReLU MaxPooling2D MaxPool2D RandomBrightness RandomContrast RandomFlip RandomRotation "
    "RandomTranslation RandomZoom ReLU Rescaling Reshape Resizing SeparableConv2D Softmax SpatialDropout2D UpSampling2D ZeroPadding2D"
)
_OBJECTS = (
    "Adadelta Adagrad Adam AdamW Adamax Nadam RMSprop SGD Accuracy BinaryAccuracy BinaryCrossentropy CategoricalAccuracy "
    "CategoricalCrossentropy SparseCategoricalAccuracy SparseCategoricalCrossentropy Callback EarlyStopping Model Sequential "
    "ImageDataGenerator MobileNetV2 InceptionV3 image_dataset_from_directory flow flow_from_directory to_categorical load_img img_to_array "
    "binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy mean_squared_error "
    "relu sigmoid softmax tanh linear adam rmsprop sgd activations applications callbacks layers losses metrics models optimizers utils"
)
_ARGUMENTS = (
    "activation alpha batch_size brightness_range callbacks channel_shift_range class_mode classes color_mode cval decay directory dtype "
    "epochs factor fill_mode filters fraction height_factor height_shift_range horizontal_flip image_size include_top input_shape inputs "
    "interpolation kernel_regularizer kernel_size label_mode learning_rate loss metrics mode momentum name optimizer outputs padding "
    "pool_size pooling preprocessing_function rate rescale rotation_range scale seed shape shear_range shuffle steps_per_epoch strides "
    "subset target_size trainable units use_bias validation_data validation_split verbose vertical_flip weights width_factor "
    "width_shift_range x y zoom_range"
)
KNOWN = {"name": f"{_LAYERS} {_OBJECTS}".split(), "argument": _ARGUMENTS.split()}
_ALIKE = 0.75  # of 1, as `difflib` measures it
_START = 4  # letters that two names must begin with to be the same one, shortened or drawn out
_PRIVATE = (r"^keras\._tf_keras\.keras\b", "tf.keras"), (r"^keras\.(?:api|src)\b", "keras"), (r"^tensorflow\b(?:\._api\.v2)?", "tf")


def closest(name: str, what: Literal["name", "argument"] = "name") -> str:
    """Return the known name that begins like `name` or is most like it; "" where there is none, or `name` is known itself."""
    known = {one.lower(): one for one in KNOWN[what]}
    asked = name.lower()
    drawn_out = [one for one in known if len(asked) >= _START and one.startswith(asked)]
    shortened = [one for one in known if len(one) >= _START and asked.startswith(one)]
    alike = difflib.get_close_matches(asked, known, n=1, cutoff=_ALIKE)
    same = [asked] if asked in known else []
    found = [*same, *sorted(drawn_out, key=len), *sorted(shortened, key=len, reverse=True), *alike]
    return known[found[0]] if found and known[found[0]] != name else ""


def public(module: str) -> str:
    """Return a module's name as students write it."""
    for private, written in _PRIVATE:
        module = re.sub(private, written, module)
    return module

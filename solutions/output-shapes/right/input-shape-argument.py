# exercise: output-shapes
# right: the input size stands in the first layer, and the models grow with add()

from tensorflow.keras.layers import Conv2D, MaxPooling2D
from tensorflow.keras.models import Sequential


def conv_model():
    model = Sequential()
    model.add(Conv2D(8, (3, 3), activation="relu", input_shape=(150, 150, 3)))
    return model


def pool_model():
    model = Sequential()
    model.add(MaxPooling2D(2, 2, input_shape=(150, 150, 3)))
    return model


def conv_pool_model():
    model = Sequential()
    model.add(Conv2D(8, (3, 3), activation="relu", input_shape=(150, 150, 3)))
    model.add(MaxPooling2D(2, 2))
    model.summary()
    return model


def output_size(size, kernel, stride=1, padding="valid"):
    """Return the output size of a convolution or pooling along one axis."""
    if padding == "same":
        return (size + stride - 1) // stride
    return (size - kernel) // stride + 1

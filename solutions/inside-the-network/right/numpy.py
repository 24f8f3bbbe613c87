# exercise: inside-the-network
# right: the figures go through NumPy, and come back as its scalars

import numpy as np
import tensorflow as tf


def activation_model(model):
    """Return a model with the output of every layer; a functional model lists its input layer first, a Sequential one does not."""
    layers = [layer for layer in model.layers if not isinstance(layer, tf.keras.layers.InputLayer)]
    return tf.keras.Model(inputs=model.inputs, outputs=[layer.output for layer in layers])


def best_epoch(history):
    """Return the epoch with the lowest validation loss; `argmin` finds the first of equals."""
    return np.argmin(history["val_loss"]) + 1


def generalization_gap(history):
    """Return training accuracy minus validation accuracy in the last epoch."""
    gaps = np.array(history["accuracy"]) - np.array(history["val_accuracy"])
    return gaps[-1]

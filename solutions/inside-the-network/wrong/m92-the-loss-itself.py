# exercise: inside-the-network
# wrong: m92: the lowest validation loss instead of its epoch
# fails: best-epoch
# cause: the-figure-itself
# says: itself; asked is its epoch

import tensorflow as tf


def activation_model(model):
    """Return a model with the output of every layer; a functional model lists its input layer first, a Sequential one does not."""
    layers = [layer for layer in model.layers if not isinstance(layer, tf.keras.layers.InputLayer)]
    return tf.keras.Model(inputs=model.inputs, outputs=[layer.output for layer in layers])


def best_epoch(history):
    """Return the epoch with the lowest validation loss, counted from 1; `index` finds the first of equals."""
    return min(history["val_loss"])


def generalization_gap(history):
    """Return training accuracy minus validation accuracy in the last epoch."""
    return history["accuracy"][-1] - history["val_accuracy"][-1]

# exercise: inside-the-network
# right: the input layer is told by its name's beginning, the model is built with positional arguments

import tensorflow as tf


def activation_model(model):
    """Return a model with the output of every layer."""
    outputs = []
    for layer in model.layers:
        if layer.__class__.__name__ != "InputLayer":
            outputs.append(layer.output)
    return tf.keras.models.Model(model.inputs, outputs)


def best_epoch(history):
    """Return the epoch with the lowest validation loss, counted from 1; `index` finds the first of equals."""
    losses = history["val_loss"]
    return losses.index(min(losses)) + 1


def generalization_gap(history):
    """Return training accuracy minus validation accuracy in the last epoch."""
    return history["accuracy"][-1] - history["val_accuracy"][-1]

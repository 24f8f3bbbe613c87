# exercise: inside-the-network
# right: starts from the only input instead of the list of inputs, and takes names as a dictionary's keys

import tensorflow as tf


def activation_model(model):
    """Return a model with the output of every layer."""
    outputs = {layer.name: layer.output for layer in model.layers if layer.output is not model.inputs[0]}
    return tf.keras.Model(inputs=model.inputs[0], outputs=list(outputs.values()))


def best_epoch(history):
    """Return the epoch with the lowest validation loss, counted from 1; `index` finds the first of equals."""
    losses = history["val_loss"]
    return losses.index(min(losses)) + 1


def generalization_gap(history):
    """Return training accuracy minus validation accuracy in the last epoch."""
    return history["accuracy"][-1] - history["val_accuracy"][-1]

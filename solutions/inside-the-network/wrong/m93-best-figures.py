# exercise: inside-the-network
# wrong: m93: the gap between the best figures of any epoch
# fails: generalization-gap
# cause: gap-of-best-figures
# says: between the best figures

import tensorflow as tf


def activation_model(model):
    """Return a model with the output of every layer; a functional model lists its input layer first, a Sequential one does not."""
    layers = [layer for layer in model.layers if not isinstance(layer, tf.keras.layers.InputLayer)]
    return tf.keras.Model(inputs=model.inputs, outputs=[layer.output for layer in layers])


def best_epoch(history):
    """Return the epoch with the lowest validation loss, counted from 1; `index` finds the first of equals."""
    losses = history["val_loss"]
    return losses.index(min(losses)) + 1


def generalization_gap(history):
    """Return training accuracy minus validation accuracy in the last epoch."""
    return max(history["accuracy"]) - max(history["val_accuracy"])

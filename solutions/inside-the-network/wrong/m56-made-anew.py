# exercise: inside-the-network
# wrong: m56: makes the layers anew in a model that does not know its input size
# fails: sequential-layers, functional-layers
# cause: never-called
# says: never been called

import tensorflow as tf


def activation_model(model):
    """Return a model with the output of every layer; a functional model lists its input layer first, a Sequential one does not."""
    layers = [layer for layer in model.layers if not isinstance(layer, tf.keras.layers.InputLayer)]
    again = tf.keras.Sequential([type(layer).from_config(layer.get_config()) for layer in layers])
    return tf.keras.Model(inputs=again.inputs, outputs=[layer.output for layer in again.layers])


def best_epoch(history):
    """Return the epoch with the lowest validation loss, counted from 1; `index` finds the first of equals."""
    losses = history["val_loss"]
    return losses.index(min(losses)) + 1


def generalization_gap(history):
    """Return training accuracy minus validation accuracy in the last epoch."""
    return history["accuracy"][-1] - history["val_accuracy"][-1]

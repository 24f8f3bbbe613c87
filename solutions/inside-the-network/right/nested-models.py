# exercise: inside-the-network
# right: every output comes from a model of its own within the new one

import tensorflow as tf


def activation_model(model):
    """Return a model that asks one small model per layer."""
    parts = [tf.keras.Model(model.inputs, layer.output) for layer in model.layers if not isinstance(layer, tf.keras.layers.InputLayer)]
    image = tf.keras.Input(shape=model.inputs[0].shape[1:])
    return tf.keras.Model(image, [part(image) for part in parts])


def best_epoch(history):
    """Return the epoch with the lowest validation loss, counted from 1; `index` finds the first of equals."""
    losses = history["val_loss"]
    return losses.index(min(losses)) + 1


def generalization_gap(history):
    """Return training accuracy minus validation accuracy in the last epoch."""
    return history["accuracy"][-1] - history["val_accuracy"][-1]

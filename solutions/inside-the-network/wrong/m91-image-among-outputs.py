# exercise: inside-the-network
# wrong: m91: the input layer of the functional model is among the outputs
# fails: functional-layers
# cause: image-among-outputs
# says: the image itself

import tensorflow as tf


def activation_model(model):
    """Return a model with the output of every layer."""
    return tf.keras.Model(inputs=model.inputs, outputs=[layer.output for layer in model.layers])


def best_epoch(history):
    """Return the epoch with the lowest validation loss, counted from 1; `index` finds the first of equals."""
    losses = history["val_loss"]
    return losses.index(min(losses)) + 1


def generalization_gap(history):
    """Return training accuracy minus validation accuracy in the last epoch."""
    return history["accuracy"][-1] - history["val_accuracy"][-1]

# exercise: inside-the-network
# wrong: m91: other layers than the given ones
# fails: sequential-layers, functional-layers
# cause: foreign-output
# says: none of the given layers

import tensorflow as tf


def activation_model(model):
    """Return a model with the output of every layer; a functional model lists its input layer first, a Sequential one does not."""
    layers = [layer for layer in model.layers if not isinstance(layer, tf.keras.layers.InputLayer)]
    outputs = [model.inputs[0]]
    for _ in layers:
        outputs.append(tf.keras.layers.Conv2D(8, 3)(outputs[-1]))
    return tf.keras.Model(inputs=model.inputs, outputs=outputs[1:])


def best_epoch(history):
    """Return the epoch with the lowest validation loss, counted from 1; `index` finds the first of equals."""
    losses = history["val_loss"]
    return losses.index(min(losses)) + 1


def generalization_gap(history):
    """Return training accuracy minus validation accuracy in the last epoch."""
    return history["accuracy"][-1] - history["val_accuracy"][-1]

# exercise: inside-the-network
# right: best_epoch gives back a float, generalization_gap a TensorFlow scalar

import tensorflow as tf


def activation_model(model):
    """Return a model with the output of every layer; a functional model lists its input layer first, a Sequential one does not."""
    layers = [layer for layer in model.layers if not isinstance(layer, tf.keras.layers.InputLayer)]
    return tf.keras.Model(inputs=model.inputs, outputs=[layer.output for layer in layers])


def best_epoch(history):
    """Return the epoch with the lowest validation loss."""
    return float(min(range(len(history["val_loss"])), key=history["val_loss"].__getitem__) + 1)


def generalization_gap(history):
    """Return training accuracy minus validation accuracy in the last epoch."""
    return tf.constant(history["accuracy"][-1], tf.float64) - tf.constant(history["val_accuracy"][-1], tf.float64)

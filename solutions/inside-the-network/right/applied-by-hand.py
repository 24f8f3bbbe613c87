# exercise: inside-the-network
# right: the layers of a Sequential model are not asked for their output but called again, one on the other

import tensorflow as tf


def activation_model(model):
    """Return a model with the output of every layer."""
    if not isinstance(model, tf.keras.Sequential):
        return tf.keras.Model(model.inputs, [layer.output for layer in model.layers[1:]])
    image = tf.keras.Input(shape=model.input_shape[1:])
    x, outputs = image, []
    for layer in model.layers:
        x = layer(x)
        outputs.append(x)
    return tf.keras.Model(image, outputs)


def best_epoch(history):
    """Return the epoch with the lowest validation loss."""
    best = 0
    for epoch, loss in enumerate(history["val_loss"]):
        if loss < history["val_loss"][best]:
            best = epoch
    return best + 1


def generalization_gap(history):
    """Return training accuracy minus validation accuracy in the last epoch."""
    return history["accuracy"][-1] - history["val_accuracy"][-1]

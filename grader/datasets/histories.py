"""Draws histories of trainings that never took place: of any length, best anywhere, with equals among the best."""

from __future__ import annotations

import numpy as np

from grader.contracts.given import DrawnHistory, Figures

_PLACES = 4  # decimals: coarse enough for equal figures, as Keras' progress bar prints them


def draw_history(drawn: DrawnHistory, random: np.random.RandomState) -> Figures:
    """Return a history with `loss`, `accuracy`, `val_loss` and `val_accuracy`.

    The lowest validation loss, the highest validation accuracy and the lowest training loss mostly lie in different epochs.
    """
    epochs = int(random.randint(drawn.epochs[0], drawn.epochs[1] + 1))
    last = epochs - 1
    best = (0, last, int(random.randint(epochs)), int(random.randint(epochs)))[int(random.randint(4))]
    lowest = random.uniform(0.1, 0.6)
    val_loss = lowest + 0.01 + np.abs(np.arange(epochs) - best) * 0.03 + random.uniform(0, 0.2, epochs)
    for equal in {best, min(best + int(random.randint(4)), last)}:
        val_loss[equal] = lowest
    progress = np.arange(1, epochs + 1) / epochs
    loss = 0.7 - 0.5 * progress + random.uniform(0, 0.1, epochs)
    accuracy = 0.5 + 0.4 * progress + random.uniform(0, 0.1, epochs)
    val_accuracy = random.uniform(0.5, 1, epochs)
    figures = {"loss": loss, "accuracy": accuracy, "val_loss": val_loss, "val_accuracy": val_accuracy}
    return {name: tuple(np.round(values, _PLACES).tolist()) for name, values in figures.items()}

"""Prints how well a drawn dataset separates a network with convolutions from one without.

Run `python benchmarks/drawn.py --data rock-paper-scissors --seeds 3`.

Each seed has a holdout of its own. The networks train as the exercises' protocols say: batches of 20, 180 steps, best epoch;
on small grey images batches of 32, 5 epochs.
"""

from __future__ import annotations

import argparse
import os
import time
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from PIL import Image

from grader.datasets import ArrayDataset, make_holdout, prepare_any

BATCH, STEPS = 20, 180
SMALL, EPOCHS = 32, 5  # images of so few pixels come in thousands, and are trained on in batches of as many


def network(kind: str, shape: tuple[int, ...], classes: int) -> Any:
    """Return the course's network of week 1, or one of dense layers alone, for integer labels."""
    import keras
    from keras import layers

    body: list[Any] = [layers.Input(shape)]
    if kind == "convolutions":
        for filters in (16, 32, 64) if shape[0] > SMALL else (32, 64):
            body += [layers.Conv2D(filters, 3, activation="relu"), layers.MaxPooling2D(2)]
    body += [layers.Flatten(), layers.Dense(512, activation="relu")]
    body.append(layers.Dense(1, activation="sigmoid") if classes == 2 else layers.Dense(classes, activation="softmax"))
    model = keras.Sequential(body)
    loss = "binary_crossentropy" if classes == 2 else "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.RMSprop(1e-3), loss, metrics=["accuracy"])
    return model


def run(data: str, kind: str, seed: int) -> tuple[float, float, int | None, float]:
    """Return best holdout accuracy, last training accuracy, steps until 0.85 was reached, seconds."""
    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    dataset = prepare_any(data)
    if isinstance(dataset, ArrayDataset):
        x = dataset.training.images[..., np.newaxis].astype("float32") / 255
        y = np.array([dataset.labels.index(label) for label in dataset.training.labels])
    else:
        x = np.stack([np.asarray(Image.open(image.path)) for image in dataset.training]).astype("float32") / 255
        y = np.array([dataset.classes.index(image.class_name) for image in dataset.training])
    holdout = make_holdout(dataset, f"benchmark {seed}".encode())
    hx, hy = np.stack(list(holdout.images)).astype("float32") / 255, np.array(holdout.labels)
    keras.utils.set_random_seed(seed)
    model = network(kind, x.shape[1:], len(dataset.classes))
    start, best, reached, trained = time.perf_counter(), 0.0, None, 0.0
    batch, steps = (BATCH, STEPS) if len(x) <= STEPS * BATCH else (SMALL, len(x) * EPOCHS // SMALL)
    for epoch in range(steps * batch // len(x)):
        trained = float(model.fit(x, y, batch_size=batch, verbose=0).history["accuracy"][-1])
        accuracy = float(model.evaluate(hx, hy, batch_size=100, verbose=0)[1])
        best = max(best, accuracy)
        if reached is None and accuracy >= 0.85:
            reached = (epoch + 1) * len(x) // batch
    return best, trained, reached, time.perf_counter() - start


def main() -> None:
    """Print one row per network and seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="cats-vs-dogs")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--networks", nargs="+", default=["convolutions", "dense"], choices=["convolutions", "dense"])
    options = parser.parse_args()
    print("network       seed  best holdout  last training  steps to 0.85  seconds")
    for kind in options.networks:
        for seed in range(options.first, options.first + options.seeds):
            best, trained, reached, seconds = run(options.data, kind, seed)
            print(f"{kind:<12}{seed:>6}{best:>14.3f}{trained:>15.3f}{reached or 'never':>15}{seconds:>9.0f}", flush=True)


if __name__ == "__main__":
    main()

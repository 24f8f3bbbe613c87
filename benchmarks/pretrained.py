"""Prints what the embedded pretrained base is worth on the few images of transfer learning.

It is frozen, with pixels of -1 to 1 (pretrained) and of 0 to 1 (rescaled), frozen and random, and not there at all (scratch).
Run `python benchmarks/pretrained.py --seeds 5`.

Each seed has a holdout of its own. All train in batches of 10, and the best of ten scorings counts; the head is the course's
(Flatten, Dense 512, Dropout 0.2, one sigmoid unit), and the network from scratch is that of its first week.
"""

from __future__ import annotations

import argparse
import os
import time
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from PIL import Image

from grader.datasets import make_holdout, prepare
from grader.datasets.pretrained import pretrained_base

BATCH = 10
SCORINGS = 10  # about as often as the grader looks
WAYS = ("pretrained", "rescaled", "random", "scratch")


def features(way: str, images: np.ndarray) -> np.ndarray:
    """Return what a frozen base makes of images of -1 to 1, or the images themselves."""
    import keras

    if way == "scratch":
        return images
    if way == "rescaled":
        images = (images + 1) / 2
    base = pretrained_base("mobilenet-v2")
    model = keras.applications.MobileNetV2(alpha=0.35, include_top=False, input_shape=images.shape[1:], weights=None)
    if way != "random":
        model.load_weights(str(base.path))
    made: np.ndarray = keras.Model(model.input, model.get_layer(base.cut).output).predict(images, verbose=0)
    return made


def network(way: str, shape: tuple[int, ...]) -> Any:
    """Return the head on features, or the course's network of week 1."""
    import keras
    from keras import layers

    body: list[Any] = [layers.Input(shape)]
    if way == "scratch":
        for filters in (16, 32, 64):
            body += [layers.Conv2D(filters, 3, activation="relu"), layers.MaxPooling2D(2)]
    body += [layers.Flatten(), layers.Dense(512, activation="relu"), layers.Dropout(0.2), layers.Dense(1, activation="sigmoid")]
    model = keras.Sequential(body)
    model.compile(keras.optimizers.RMSprop(1e-3), "binary_crossentropy", metrics=["accuracy"])
    return model


def run(way: str, seed: int, steps: int, count: int | None) -> tuple[float, float, float]:
    """Return best holdout accuracy, last training accuracy, seconds."""
    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    dataset = prepare("horses-or-humans")
    holdout = make_holdout(dataset, f"benchmark {seed}".encode())
    by_class = [[image for image in dataset.training if image.class_name == name] for name in dataset.classes]
    chosen = [image for own in by_class for image in (own if count is None else own[: count // len(by_class)])]
    x = np.stack([np.asarray(Image.open(image.path)) for image in chosen]).astype("float32") / 127.5 - 1
    y = np.array([dataset.classes.index(image.class_name) for image in chosen])
    hx, hy = np.stack(list(holdout.images)).astype("float32") / 127.5 - 1, np.array(holdout.labels)
    start, best, trained = time.perf_counter(), 0.0, 0.0
    keras.utils.set_random_seed(seed)
    x, hx = features(way, x), features(way, hx)
    model = network(way, x.shape[1:])
    interval = max(1, steps * BATCH // len(x) // SCORINGS)  # epochs
    for _ in range(SCORINGS):
        trained = float(model.fit(x, y, batch_size=BATCH, epochs=interval, verbose=0).history["accuracy"][-1])
        best = max(best, float(model.evaluate(hx, hy, batch_size=100, verbose=0)[1]))
    return best, trained, time.perf_counter() - start


def main() -> None:
    """Print one row per way and seed, then the means."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--images", type=int, help="train on fewer")
    parser.add_argument("--ways", nargs="+", default=WAYS, choices=WAYS)
    options = parser.parse_args()
    print("base          seed  best holdout  last training  seconds")
    for way in options.ways:
        found = []
        for seed in range(options.first, options.first + options.seeds):
            best, trained, seconds = run(way, seed, options.steps, options.images)
            found.append(best)
            print(f"{way:<12}{seed:>6}{best:>14.3f}{trained:>15.3f}{seconds:>9.0f}", flush=True)
        print(f"{way:<12}  mean{np.mean(found):>14.3f}   from {min(found):.3f} to {max(found):.3f}", flush=True)


if __name__ == "__main__":
    main()

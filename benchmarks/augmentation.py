"""Prints what augmentation decides on animals that face left in training and right later: `python benchmarks/augmentation.py --seeds 3`.

The network of the exercise trains as its protocol says: batches of 20, up to 180 steps, the best epoch on a holdout of its own per seed.
"""

from __future__ import annotations

import argparse
import os
import time
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from drawn import BATCH, STEPS, network
from PIL import Image

from grader.datasets import make_holdout, prepare

AUGMENTATIONS: dict[str, dict[str, Any]] = {
    "none": {},
    "flip": {"horizontal_flip": True},
    "course": {
        "rotation_range": 40,
        "width_shift_range": 0.2,
        "height_shift_range": 0.2,
        "shear_range": 0.2,
        "zoom_range": 0.2,
        "horizontal_flip": True,
        "fill_mode": "nearest",
    },
    "mild": {"rotation_range": 10, "width_shift_range": 0.05, "height_shift_range": 0.05, "zoom_range": 0.1, "horizontal_flip": True},
    "no flip": {"rotation_range": 10, "width_shift_range": 0.05, "height_shift_range": 0.05, "zoom_range": 0.1},
}


def run(kind: str, seed: int, passes: int) -> tuple[list[float], float, float]:
    """Return holdout accuracy after each epoch, last training accuracy, seconds. `passes` augmented epochs are repeated."""
    import keras
    import tensorflow as tf
    from tensorflow.keras.preprocessing.image import ImageDataGenerator

    tf.config.threading.set_intra_op_parallelism_threads(1)
    dataset = prepare("facing-animals")
    x = np.stack([np.asarray(Image.open(image.path)) for image in dataset.training]).astype("float32")
    y = np.array([dataset.classes.index(image.class_name) for image in dataset.training])
    holdout = make_holdout(dataset, f"benchmark {seed}".encode())
    hx, hy = np.stack(list(holdout.images)).astype("float32") / 255, np.array(holdout.labels)
    keras.utils.set_random_seed(seed)
    flow = ImageDataGenerator(rescale=1 / 255, **AUGMENTATIONS[kind]).flow(x, y, batch_size=len(x))
    recorded = [next(flow) for _ in range(passes)]
    model = network("convolutions", x.shape[1:], 2)
    start, scores, trained = time.perf_counter(), [], 0.0
    for epoch in range(STEPS * BATCH // len(x)):
        images, labels = recorded[epoch % passes]
        trained = float(model.fit(images, labels, batch_size=BATCH, verbose=0).history["accuracy"][-1])
        scores.append(float(model.evaluate(hx, hy, batch_size=100, verbose=0)[1]))
    return scores, trained, time.perf_counter() - start


def main() -> None:
    """Print one row per augmentation and seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--passes", type=int, default=6)
    parser.add_argument("--augmentations", nargs="+", default=list(AUGMENTATIONS), choices=list(AUGMENTATIONS))
    options = parser.parse_args()
    print("augmentation  seed  best holdout  last training  seconds  holdout accuracy after each epoch")
    for kind in options.augmentations:
        for seed in range(options.first, options.first + options.seeds):
            scores, trained, seconds = run(kind, seed, options.passes)
            listed = " ".join(f"{score:.2f}" for score in scores)
            print(f"{kind:<14}{seed:>4}{max(scores):>14.3f}{trained:>15.3f}{seconds:>9.0f}  {listed}", flush=True)


if __name__ == "__main__":
    main()

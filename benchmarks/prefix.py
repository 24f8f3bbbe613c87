"""Prints how much quicker a head on a frozen InceptionV3 is trained when the frozen layers are applied once per image (stand-in weights).

Run `python benchmarks/prefix.py`. It is the course's head on `mixed7`; a second try finds the features in the cache.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from grader.contracts.artifacts import ModelPayload
from grader.contracts.base import digest
from grader.contracts.data_facts import Preprocessing
from grader.datasets import Holdout
from grader.datasets.cache import hash_file
from grader.examine.structure import ModelReading, model_facts
from grader.examine.tasks import Decision, RecordedData, TrainingTask

SIDE = 150
UNITS = 1024


def course_network() -> ModelReading:
    """Return InceptionV3 frozen up to `mixed7`, with the course's head."""
    import keras
    from keras import layers

    base = keras.applications.InceptionV3(include_top=False, input_shape=(SIDE, SIDE, 3), weights=None)
    base.trainable = False
    tensor = layers.Dense(UNITS, activation="relu")(layers.Flatten()(base.get_layer("mixed7").output))
    model = keras.Model(base.input, layers.Dense(1, activation="sigmoid")(layers.Dropout(0.2)(tensor)))
    model.compile(optimizer=keras.optimizers.RMSprop(1e-4), loss="binary_crossentropy")
    payload = ModelPayload(model_class="Functional", config=json.loads(model.to_json()), compile_config=model.get_compile_config())
    reading = model_facts(payload)
    assert isinstance(reading, ModelReading)
    return reading


def course_task(reading: ModelReading, folder: Path, images: int, steps: int) -> TrainingTask:
    """Return a training on random images."""
    paths = folder / "images.npy", folder / "labels.npy"
    np.save(paths[0], np.random.default_rng(1).integers(0, 256, (images, SIDE, SIDE, 3)).astype(np.uint8))
    np.save(paths[1], (np.arange(images) % 2).astype(np.float32))
    assert reading.compiled is not None
    return TrainingTask(
        model=reading.model,
        compiled=reading.compiled,
        data=RecordedData(
            digest=digest(list(map(hash_file, paths))), scale=1 / 255, offset=0.0, passes=(images,), images=paths[0], labels=paths[1]
        ),
        size=(SIDE, SIDE, 3),
        class_labels={"horses": 0, "humans": 1},
        decision=Decision(threshold=0.5),
        preprocessing=Preprocessing(resize=None, scale=1 / 255, offset=0.0),
        batch_size=10,
        max_steps=steps,
        stop_at=1.0,
        tries=1,
        seed="22" * 32,
    )


def main() -> None:
    """Train whole, split, and split again; print seconds and the ratio."""
    from grader.examine import training

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=24)
    parser.add_argument("--hidden", type=int, default=100)
    parser.add_argument("--steps", type=int, default=24)
    options = parser.parse_args()
    training.set_up(1)
    training.set_up = lambda seed: None  # once per process
    pictures = np.random.default_rng(2).integers(0, 256, (options.hidden, SIDE, SIDE, 3)).astype(np.uint8)
    holdout = Holdout(list(pictures), tuple(np.arange(options.hidden) % 2), ("horses", "humans"), "00" * 32, "11" * 32)
    seconds = {}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GRADER_CACHE_DIR"] = f"{folder}/cache"
        task = course_task(course_network(), Path(folder), options.images, options.steps)
        for name, split in (("whole network in every step", False), ("frozen layers once", True), ("features from the cache", True)):
            begun = time.perf_counter()
            training.train(task, holdout, 1, lambda steps, accuracy, seconds: None, split=split)
            seconds[name] = time.perf_counter() - begun
            print(f"{name:<30}{seconds[name]:>8.1f} s", flush=True)
    whole, once, cached = seconds.values()
    print(f"{whole / once:.1f} times as fast; {whole / cached:.1f} times with the features from the cache")


if __name__ == "__main__":
    main()

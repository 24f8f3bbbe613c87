"""Trains the embedded pretrained base as `grader/datasets/pretrained/mobilenet-v2.yaml` prescribes, and writes its weights beside it.

Run `make base` (about half an hour on one core). `--folder` keeps the base's weights after every epoch: `--export` makes the shipped file
of what there is, `--stage 3` begins with a later stage on them.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

from grader.datasets.drawn.pretext import SKETCHES, pretext_images

HOME = Path(__file__).parents[1] / "datasets" / "pretrained"
BATCH = 64


def read_recipe() -> dict[str, Any]:
    """Return the prescription: what is drawn, and how long it is learned."""
    recipe: dict[str, Any] = yaml.safe_load((HOME / "mobilenet-v2.yaml").read_text(encoding="utf-8"))
    return recipe


def new_base(recipe: dict[str, Any]) -> Any:
    """Return the network that is to be shipped, untrained."""
    import keras

    base = keras.applications.MobileNetV2(
        input_shape=(recipe["size"], recipe["size"], 3), alpha=recipe["alpha"], include_top=False, weights=None
    )
    for layer in base.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = recipe["batch_normalization_momentum"]  # Keras' 0.99 lags behind so short a training
    return base


def with_head(base: Any) -> Any:
    """Return the network that learns the pretext task with the base."""
    import keras
    from keras import layers

    return keras.Model(base.input, layers.Dense(len(SKETCHES))(layers.GlobalAveragePooling2D()(base.output)))


def scaled(images: npt.NDArray[np.uint8], halved: npt.NDArray[np.bool_] | bool = False) -> npt.NDArray[np.float32]:
    """Return images of 0 to 255 as -1 to 1, which MobileNetV2 expects, and where `halved` as 0 to 1, which the course uses."""
    values = images.astype(np.float32) / np.float32(127.5) - np.float32(1)
    chosen: npt.NDArray[np.float32] = np.where(np.reshape(halved, (-1, 1, 1, 1)), (values + 1) / 2, values)
    return chosen


def train(recipe: dict[str, Any], folder: Path, first_stage: int) -> None:
    """Train all stages from `first_stage` on, saving after each epoch."""
    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    folder.mkdir(parents=True, exist_ok=True)
    stages = list(enumerate(recipe["stages"], start=1))[first_stage - 1 :]
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        drawn = [pool.submit(pretext_images, stage["images"], stage["seed"], recipe["size"]) for _, stage in stages]
        check = pool.submit(pretext_images, recipe["check"]["images"], recipe["check"]["seed"], recipe["size"])
        keras.utils.set_random_seed(recipe["seed"])
        base = new_base(recipe)
        network = with_head(base)
        begun = time.perf_counter()
        for (number, stage), waiting in zip(stages, drawn, strict=True):
            images, labels = waiting.result()
            if stage.get("new_head"):
                base.load_weights(folder / "base.weights.h5")
                keras.utils.set_random_seed(stage["seed"])
                network = with_head(base)
            steps = len(images) // BATCH
            rate = keras.optimizers.schedules.CosineDecay(
                stage["peak"] / 10, (stage["epochs"] - 1) * steps, warmup_target=stage["peak"], warmup_steps=steps
            )
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            network.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
            rng = np.random.default_rng(stage["seed"])
            for epoch in range(stage["epochs"]):
                order = rng.permutation(len(images))
                for first in range(0, steps * BATCH, BATCH):
                    chosen = order[first : first + BATCH]
                    halved = rng.random(BATCH) < 0.5 if stage.get("both_scalings") else False
                    figures = network.train_on_batch(scaled(images[chosen], halved), labels[chosen], return_dict=True)
                base.save_weights(folder / "part.weights.h5")
                (folder / "part.weights.h5").replace(folder / "base.weights.h5")
                shown = f"stage {number}, epoch {epoch + 1}: training {float(figures['accuracy']):.3f}"
                if check.done():
                    new, true = check.result()
                    accuracy = [float(network.evaluate(scaled(new, halved), true, verbose=0)[1]) for halved in (False, True)]
                    (folder / "accuracy").write_text(" ".join(f"{each:.3f}" for each in accuracy))
                    shown += f", new images {accuracy[0]:.3f} at -1 to 1, {accuracy[1]:.3f} at 0 to 1"
                print(f"{shown}, {time.perf_counter() - begun:.0f} s", flush=True)


def export(recipe: dict[str, Any], folder: Path) -> None:
    """Write the weights as compressed float16 arrays, and their checksum, size and origin into the recipe's file."""
    base = new_base(recipe)
    base.load_weights(folder / "base.weights.h5")
    arrays = {weight.path: weight.numpy().astype(np.float16) for weight in base.weights}
    assert all(np.isfinite(array).all() for array in arrays.values()), "a weight is too large for float16"
    target = HOME / "mobilenet-v2.npz"
    np.savez_compressed(target, **arrays)
    data = target.read_bytes()
    recipe["result"] = {
        "file": target.name,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "pretext_accuracy": dict(zip(("-1 to 1", "0 to 1"), map(float, (folder / "accuracy").read_text().split()), strict=True)),
        "made_with": {name: version(name) for name in ("tensorflow", "keras", "numpy", "pillow")},
    }
    path = HOME / "mobilenet-v2.yaml"
    text = path.read_text(encoding="utf-8").split("\nresult:")[0].rstrip()
    path.write_text(text + "\n" + yaml.safe_dump({"result": recipe["result"]}, sort_keys=False), encoding="utf-8")


def main() -> None:
    """Train, then export; or only one of both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("build/base"))
    parser.add_argument("--stage", type=int, default=1)
    parser.add_argument("--export", action="store_true", help="only export what an earlier run saved")
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    recipe = read_recipe()
    if not options.export:
        train(recipe, options.folder, options.stage)
    export(recipe, options.folder)


if __name__ == "__main__":
    main()

"""The yardstick: grades one submission in a process of its own, as a short script would that knows no zygote and no shared work.

Imports TensorFlow, runs the file, builds its pipelines and its model with plain Keras, trains with the same budget, tries and early ends as
the grader, and scores on the same hidden images.

`python one_submission.py FILE TRAINING_DIR VALIDATION_DIR HOLDOUT.npz PROTOCOL.json [WEIGHTS]`
"""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

HOPELESS_AFTER, HOPELESS_BELOW, HOPELESS_TRIES = 0.6, 0.56, 2  # as in grader.examine


def main() -> None:
    """Grade and print one line."""
    file, training_dir, validation_dir, holdout, protocol, *weights = sys.argv[1:]
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(0)
    budget = json.loads(Path(protocol).read_text(encoding="utf-8"))
    student = runpy.run_path(file)
    training, _ = student["train_val_generators"](training_dir, validation_dir)
    batches = [next(training) for _ in range(len(training))]  # decoded once, as the grader does
    images, labels = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    hidden = np.load(holdout)
    tries, hopeless = [], 0
    while len(tries) < budget["tries"] and hopeless < HOPELESS_TRIES:
        keras.utils.set_random_seed(len(tries))
        accuracy, steps, ended = _train(_model(student, weights), images, labels, hidden, budget)
        tries.append((accuracy, steps))
        hopeless = hopeless + 1 if ended == "hopeless" else 0
        if ended == "reached":
            break
    steps = [steps for _, steps in tries]
    print(f"{Path(file).stem} accuracy {max(tries)[0]:.2f}, steps {steps}", flush=True)


def _model(student: dict[str, Any], weights: list[str]) -> Any:
    if not weights:
        return student["create_model"]()
    base = student["create_pre_trained_model"](weights[0])
    return student["create_final_model"](base, student["output_of_last_layer"](base))


def _train(model: Any, images: Any, labels: Any, hidden: Any, budget: dict[str, Any]) -> tuple[float, int, str]:
    best, steps, size = 0.0, 0, budget["batch_size"]
    while steps < budget["max_steps"]:
        model.fit(images, labels, batch_size=size, verbose=0)
        steps += -(-len(images) // size)
        best = max(best, model.evaluate(hidden["images"], hidden["labels"], batch_size=50, verbose=0)[1])
        if best >= budget["stop_at"]:
            return best, steps, "reached"
        if steps >= HOPELESS_AFTER * budget["max_steps"] and best <= HOPELESS_BELOW:
            return best, steps, "hopeless"
    return best, steps, "budget"


if __name__ == "__main__":
    main()

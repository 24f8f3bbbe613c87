"""Measures the grader's own training: seconds for the course network's whole budget, alone and two tries at once, and the memory."""

from __future__ import annotations

import argparse
import json
import resource
import time

from grader.contracts.artifacts import ModelPayload
from grader.contracts.data_facts import Preprocessing
from grader.datasets import PRACTICE_SECRET, make_holdout, prepare
from grader.examine import Examiner
from grader.examine.structure import ModelReading, model_facts
from grader.examine.tasks import CanonicalData, Decision, TrainingImage, TrainingTask


def course_network() -> ModelReading:
    """Return the network that the course builds in its first week: 16-32-64 filters, 512 units."""
    import keras
    from keras import layers

    model = keras.Sequential([layers.Input((150, 150, 3))])
    for filters in (16, 32, 64):
        model.add(layers.Conv2D(filters, 3, activation="relu"))
        model.add(layers.MaxPooling2D(2))
    for layer in (layers.Flatten(), layers.Dense(512, activation="relu"), layers.Dense(1, activation="sigmoid")):
        model.add(layer)
    model.compile(optimizer=keras.optimizers.RMSprop(1e-3), loss="binary_crossentropy")
    reading = model_facts(
        ModelPayload(model_class="Sequential", config=json.loads(model.to_json()), compile_config=model.get_compile_config())
    )
    assert isinstance(reading, ModelReading)
    return reading


def main() -> None:
    """Train and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=180)
    parser.add_argument("--stop-at", type=float, default=1.0, help="1.0 uses the whole budget in nearly every case")
    options = parser.parse_args()
    dataset = prepare("cats-vs-dogs")
    holdout = make_holdout(dataset, PRACTICE_SECRET)
    reading = course_network()
    assert reading.compiled is not None
    preprocessing = Preprocessing(resize=None, scale=1 / 255, offset=0.0)
    images = [TrainingImage(sha256=i.sha256, label=dataset.classes.index(i.class_name), path=i.path) for i in dataset.training]
    for tries in (1, 2):
        task = TrainingTask(
            model=reading.model,
            compiled=reading.compiled,
            data=CanonicalData(images=tuple(sorted(images, key=lambda image: image.sha256)), preprocessing=preprocessing),
            size=(150, 150, 3),
            class_labels={name: label for label, name in enumerate(dataset.classes)},
            decision=Decision(threshold=0.5),
            preprocessing=preprocessing,
            batch_size=20,
            max_steps=options.steps,
            stop_at=options.stop_at,
            tries=tries,
            seed="00" * 32,
        )
        with Examiner(workers=tries) as examiner:
            examiner.start()
            begun = time.perf_counter()
            facts = examiner.train(task, holdout)
        seconds = time.perf_counter() - begun
        steps = [each.epochs[-1].steps for each in facts.tries]
        print(f"{tries} tries at once: {seconds:.1f} s for {steps} steps; best {facts.holdout_accuracy:.3f}")
    print(f"largest process: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()

"""Building with the warm zygote against one fresh Python process per submission that imports TensorFlow and builds the same.

Prints both times and their ratio; asserts nothing. Run it on an idle machine: `python benchmarks/build.py [ROUNDS]`.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from grader.build import Builder
from grader.build.environment import clean_environment
from grader.contracts.artifacts import Job
from grader.contracts.protocol import Protocol

SOURCE = """
import tensorflow as tf

def create_model():
    layers = [tf.keras.Input((150, 150, 3))]
    for filters in (16, 32, 64):
        layers += [tf.keras.layers.Conv2D(filters, 3, activation="relu"), tf.keras.layers.MaxPooling2D()]
    layers += [tf.keras.layers.Flatten(), tf.keras.layers.Dense(512, activation="relu"), tf.keras.layers.Dense(1, activation="sigmoid")]
    model = tf.keras.Sequential(layers)
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model
"""
PROTOCOL = Protocol.model_validate({"exercise": "bench", "calls": [{"id": "model", "kind": "model", "function": "create_model"}]})


def main() -> None:
    """Time both ways and print them."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with Builder() as builder:
        first, *warm = [_build(builder, number) for number in range(rounds + 1)]
        fresh = [_fresh(builder) for _ in range(rounds)]
    print(f"first build, with the zygote's start: {first:.2f} s")
    print(f"warm build:    {statistics.median(warm):.3f} s (median of {rounds})")
    print(f"fresh process: {statistics.median(fresh):.3f} s (median of {rounds})")
    print(f"ratio:         {statistics.median(fresh) / statistics.median(warm):.1f}")


def _build(builder: Builder, number: int) -> float:
    work = builder.jobs / str(number)
    work.mkdir()
    job = Job(source=SOURCE, functions={"model": "create_model"}, protocol=PROTOCOL, work=str(work), artifacts=str(work / "artifacts"))
    begun = time.perf_counter()
    outcome = builder.build(job)
    assert outcome.calls["model"].fate == "finished", outcome
    return time.perf_counter() - begun


def _fresh(builder: Builder) -> float:
    begun = time.perf_counter()
    code = SOURCE + "\ncreate_model().to_json()\n"
    subprocess.run([sys.executable, "-c", code], check=True, env=clean_environment(builder.jobs), capture_output=True)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()

"""Prints what grading costs: a class against one fresh Python process per submission, the seconds of single checks, and memory.

Each figure stands beside its target; nothing is asserted. Run it on an idle machine with at least two cores.
"""

from __future__ import annotations

import argparse
import atexit
import itertools
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from grader import course
from grader.build.confinement.libc import adopt_orphans
from grader.contracts.training_facts import Try
from grader.datasets import PRACTICE_SECRET, make_holdout, prepare
from grader.pipeline import Pipeline

ROOT = Path(__file__).parents[1]
SOLUTIONS = ROOT / "solutions"
AT_ONCE = 2

CONVOLUTIONS = """
        tf.keras.layers.Conv2D(16, (3, 3), activation="relu"),
        tf.keras.layers.MaxPooling2D(2, 2),
        tf.keras.layers.Conv2D(32, (3, 3), activation="relu"),
        tf.keras.layers.MaxPooling2D(2, 2),
        tf.keras.layers.Conv2D(64, (3, 3), activation="relu"),
        tf.keras.layers.MaxPooling2D(2, 2),"""
UNITS, OPTIMIZER = "Dense(512", "RMSprop(learning_rate=1e-3)"

EDITS = {  # exercise -> function, what is replaced in the solution, by what
    "cats-vs-dogs": [
        ("split_data", "os.path.getsize(os.path.join(SOURCE_DIR, name)) > 0", "os.path.getsize(os.path.join(SOURCE_DIR, name)) > 1"),
        ("train_val_generators", "batch_size=20", "batch_size=25"),
        ("create_model", UNITS, "Dense(256"),
        ("train_model", "epochs=15", "epochs=3"),
    ],
    "augmentation": [("train_val_generators", "batch_size=20", "batch_size=25"), ("create_model", UNITS, "Dense(256")],
    "transfer-learning": [
        ("train_val_generators", "batch_size=10", "batch_size=20"),
        ("create_pre_trained_model", "layer.trainable = False", "layer.trainable = True"),
        ("output_of_last_layer", "block_15_add", "block_14_add"),
        ("create_final_model", "Dropout(0.2)", "Dropout(0.3)"),
    ],
    "fashion": [("dnn_model", "Dense(128", "Dense(64"), ("cnn_model", "Conv2D(64", "Conv2D(32")],
}


@dataclass(frozen=True)
class Used:
    """What a command and everything that it started took."""

    seconds: float  # until the command itself ended
    cpu: float  # user and system seconds of all processes
    peak_mb: float  # resident memory of the largest process
    printed: str


def main() -> None:
    """Measure everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a class of 4 instead of 12")
    parser.add_argument("--only", choices=["class", "single", "watch"], help="leave the others out")
    parser.add_argument("--side", choices=["grader", "fresh"], help=argparse.SUPPRESS)  # how this program calls itself
    parser.add_argument("folder", nargs="?", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        for line in (_with_grader if options.side == "grader" else _with_fresh_processes)(options.folder):
            print(f"  {line}", flush=True)
        return
    adopt_orphans()  # so that the time of every process is counted, whoever started it
    table = Table("what", "measured", "target")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        work = Path(folder)
        lay_out_data(work)
        if options.only in (None, "class"):
            _class(table, work, 4 if options.small else 12)
        if options.only in (None, "single"):
            _single(table, work)
        if options.only in (None, "watch"):
            _watch(table, work)
    Console().print(table)


def _class(table: Table, work: Path, size: int) -> None:
    submissions = work / "class"
    submissions.mkdir()
    for name, source in itertools.islice(_students(), size):
        (submissions / f"{name}.py").write_text(source, encoding="utf-8")
    graded, fresh = (run([sys.executable, __file__, "--side", side, str(work)]) for side in ("grader", "fresh"))
    print(f"grader:\n{graded.printed}fresh processes:\n{fresh.printed}")
    table.add_row(f"CPU of a class of {size} against fresh processes", f"{graded.cpu / fresh.cpu:.2f}", "at most 0.7")
    table.add_row("  grader, CPU (wall)", f"{graded.cpu:.0f} s ({graded.seconds:.0f} s)", "")
    table.add_row("  fresh processes, CPU (wall)", f"{fresh.cpu:.0f} s ({fresh.seconds:.0f} s)", "")
    table.add_row("  largest process of the grader", f"{graded.peak_mb:.0f} MB", "under 2000 MB")


def _single(table: Table, work: Path) -> None:
    shapes = (SOLUTIONS / "output-shapes/solution.py").read_text(encoding="utf-8")
    cats = (SOLUTIONS / "cats-vs-dogs/solution.py").read_text(encoding="utf-8")
    start = cats.index("def split_data")
    unfinished = cats[:start] + cats[cats.index("def create_model") :].replace("def create_model", "def make_model")
    cases = [
        ("a static problem: functions are missing", unfinished.replace("def train_model", "def fit_model"), "under 1 s"),
        ("a structural problem: padded convolution", shapes.replace("Conv2D(16, (3, 3)", "Conv2D(16, (3, 3), padding='same'"), "under 8 s"),
        ("a full check that passes", cats, "under 60 s"),
        ("a full check that fails: dense layers only", varied(cats, "", UNITS, OPTIMIZER), "under 60 s"),
        ("a full check of transfer-learning", (SOLUTIONS / "transfer-learning/solution.py").read_text(encoding="utf-8"), "under 90 s"),
        ("a full check of dropout", (SOLUTIONS / "dropout/solution.py").read_text(encoding="utf-8"), "under 90 s"),
        ("a full check of augmentation", (SOLUTIONS / "augmentation/solution.py").read_text(encoding="utf-8"), "under 90 s"),
    ]
    for title, source, target in cases:
        file = work / "submission.py"
        file.write_text(source, encoding="utf-8")
        used = run([sys.executable, "-m", "grader", "check", str(file)])
        table.add_row(title, f"{used.seconds:.1f} s ({used.cpu:.1f} s of CPU, {used.peak_mb:.0f} MB)", target)


def _watch(table: Table, work: Path) -> None:
    """Measure what an edit of each function costs where everything is warm, as under `--watch`, up to the structural verdict."""
    file = work / "submission.py"
    for exercise, edits in EDITS.items():
        solution = (SOLUTIONS / exercise / "solution.py").read_text(encoding="utf-8")
        with Pipeline(keep=True) as pipeline:
            for name, old, new in [("", "", ""), ("nothing", "", ""), *edits]:
                assert old in solution
                file.write_text(solution.replace(old, new) if old else f"{solution}\n# {name}\n", encoding="utf-8")
                told: list[float] = []
                begun = time.perf_counter()
                pipeline.check(file, train=False, on_structure=lambda _, told=told: told.append(time.perf_counter()))
                whole = time.perf_counter() - begun
                what, target = (f"{exercise}: an edit of {name}", "under 2 s") if name else (f"{exercise}: the first look", "")
                table.add_row(what, f"{told[0] - begun if told else whole:.1f} s (with the probes {whole:.1f} s)", target)


def _students() -> Iterator[tuple[str, str]]:
    """Yield a name and a file for each of a class whose models are all different; every fourth cannot learn."""
    solution = (SOLUTIONS / "cats-vs-dogs/solution.py").read_text(encoding="utf-8")
    learning = itertools.product(((16, 32, 64), (16, 32, 32), (8, 16, 32)), (512, 256, 128), ("RMSprop(learning_rate=1e-3)", "'adam'"))
    failing = [("", UNITS, OPTIMIZER), (CONVOLUTIONS, UNITS, "RMSprop(learning_rate=1e-8)"), ("", "Dense(64", "'sgd'")]
    order = [3, 8, 1, 10, 5, 16, 12, 7, 0, 14, 9, 2]  # any, but not the easiest first
    choices = list(learning)
    for number, chosen in enumerate(order):
        filters, units, optimizer = choices[chosen]
        convolutions = CONVOLUTIONS
        for old, new in zip((16, 32, 64), filters, strict=True):
            convolutions = convolutions.replace(f"Conv2D({old},", f"Conv2D(+{new},")
        values = failing[number // 4] if number % 4 == 3 else (convolutions.replace("+", ""), f"Dense({units}", optimizer)
        yield f"student-{number:02}", varied(solution, *values)


def varied(solution: str, convolutions: str, units: str, optimizer: str) -> str:
    """Return the solution of cats-vs-dogs with other convolutions, another dense layer and another optimizer."""
    assert all(solution.count(part) == 1 for part in (CONVOLUTIONS, UNITS, OPTIMIZER))
    return solution.replace(CONVOLUTIONS, convolutions).replace(UNITS, units).replace(OPTIMIZER, optimizer)


def lay_out_data(work: Path, exercise: str = "cats-vs-dogs", scale: float = 1 / 255, offset: float = 0.0) -> None:
    """Write what the fresh processes need: folders of images, the hidden images as the network takes them, the training budget."""
    protocol = course.load(exercise).protocol
    dataset = prepare(protocol.data or exercise)
    for split in ("training", "validation"):
        for number, image in enumerate(getattr(dataset, split)):
            target = work / split / image.class_name / f"{number}.jpg"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(image.path.read_bytes())
    holdout = make_holdout(dataset, PRACTICE_SECRET)
    images = np.stack(list(holdout.images)) * np.float32(scale) + np.float32(offset)
    np.savez(work / "holdout.npz", images=images, labels=np.array(holdout.labels, "float32"))
    (training,) = protocol.trainings
    (work / "protocol.json").write_text(training.model_dump_json(), encoding="utf-8")


def _with_grader(work: Path) -> Iterator[str]:
    """Grade the class with two pipelines of one worker each, as a class run does."""
    files = sorted((work / "class").iterdir())
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(AT_ONCE, mp_context=context, initializer=_open_pipeline) as pool:
        yield from pool.map(_check, files)


_PIPELINE: Pipeline | None = None


def _open_pipeline() -> None:
    global _PIPELINE  # noqa: PLW0603 - one for each worker process
    _PIPELINE = Pipeline(workers=1)
    atexit.register(_PIPELINE.__exit__, None, None, None)


def _check(file: Path) -> str:
    assert _PIPELINE is not None
    report = _PIPELINE.check(file)
    (training,) = report.trainings
    stages = ", ".join(f"{timing.stage} {timing.seconds:.1f} s" for timing in report.timings)
    return f"{file.stem} accuracy {training.holdout_accuracy or 0:.2f}, steps {[_steps(each) for each in training.tries]} ({stages})"


def _steps(each: Try) -> int:
    return each.epochs[-1].steps if each.epochs else 0


def _with_fresh_processes(work: Path) -> Iterator[str]:
    """Grade the class with one fresh process per submission, two at a time."""
    script = Path(__file__).parent / "baseline" / "one_submission.py"
    data = [str(work / name) for name in ("training", "validation", "holdout.npz", "protocol.json")]

    def grade(file: Path) -> str:
        command = [sys.executable, str(script), str(file), *data]
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[-1]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(grade, sorted((work / "class").iterdir()))


def run(command: list[str], *, shown: bool = False) -> Used:
    """Run a command to its end and wait for whatever it left behind; `shown`: what it says on stderr is seen as it comes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    ended = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=None if shown else subprocess.DEVNULL, text=True, env=environment, check=False
    )
    seconds = time.perf_counter() - begun
    assert ended.returncode in (0, 1), ended
    peak = 0
    while True:
        try:
            peak = max(peak, os.wait3(0)[2].ru_maxrss)
        except ChildProcessError:
            break
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Used(seconds, cpu, max(peak, after.ru_maxrss) / 1024, ended.stdout)


if __name__ == "__main__":
    main()

"""Prints what grading a whole class costs: against a fresh process per submission, judging again, going on, and where the time goes.

The class is made of the solutions of two exercises, of networks with other sizes, of wrong variants, and of copies that only look
different: a quarter are distinct. Each figure stands beside its target; nothing is asserted. Run it on an idle machine with two cores.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
from grading import AT_ONCE, CONVOLUTIONS, OPTIMIZER, SOLUTIONS, UNITS, lay_out_data, run, varied
from rich.console import Console
from rich.table import Table

from grader.build.confinement.libc import adopt_orphans
from grader.datasets.pretrained import pretrained_base

EXERCISES = ("cats-vs-dogs", "transfer-learning")
WRONG = {  # some that training decides, some that the structure does
    "cats-vs-dogs": ("m18-not-rescaled", "m24-no-convolution", "m01-softmax-over-one-unit", "m14-not-compiled"),
    "transfer-learning": ("m46-*", "m47-*", "m01-*", "m14-*"),
}
SECRET = "a secret of the benchmark, long enough"


def main() -> None:
    """Measure everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a class of 4 instead of 120")
    parser.add_argument("--fresh", type=Path, help=argparse.SUPPRESS)  # how this program calls itself
    options = parser.parse_args()
    if options.fresh:
        _fresh(options.fresh)
        return
    adopt_orphans()  # so that the time of every process is counted, whoever started it
    os.environ["GRADER_HOLDOUT_SECRET"] = SECRET
    table = Table("what", "measured", "target")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        _measure(table, Path(folder), 4 if options.small else 120)
    Console().print(table)


def _measure(table: Table, work: Path, size: int) -> None:
    for exercise in EXERCISES:
        for name, source in itertools.islice(_class(exercise, max(size // 8, 1)), size // 2):
            target = work / "class" / f"{exercise}-{name}" / "submission.py"
            target.parent.mkdir(parents=True)
            target.write_text(source, encoding="utf-8")
    scales = {"cats-vs-dogs": (1 / 255, 0.0), "transfer-learning": (1 / 127.5, -1.0)}
    for exercise in EXERCISES:
        (work / exercise).mkdir()
        lay_out_data(work / exercise, exercise, *scales[exercise])
    (work / "transfer-learning" / "base.weights.h5").write_bytes(pretrained_base("mobilenet-v2").path.read_bytes())
    grader = [sys.executable, "-m", "grader"]
    grade = [*grader, "grade", str(work / "class"), "--run", str(work / "run"), "--jobs", str(AT_ONCE)]
    with _Memory() as memory:
        graded = run(grade)
    before = _marks(work / "run")
    again = run(grade)
    regraded = run([*grader, "regrade", str(work / "run")])
    fresh = run([sys.executable, __file__, "--fresh", str(work)])
    print(f"grader:\n{graded.printed}again:\n{again.printed}regrade:\n{regraded.printed}fresh processes:\n{fresh.printed}")
    with sqlite3.connect(work / "run" / "run.sqlite") as db:
        made, bare = db.execute("SELECT count(*), sum(seconds) FROM trainings").fetchone()
        spent = json.loads(db.execute("SELECT text FROM events WHERE kind = 'spent' ORDER BY id").fetchone()[0])
    table.add_row(f"throughput of a class of {size} against fresh processes", f"{fresh.seconds / graded.seconds:.1f} times", "at least 5")
    table.add_row("  grader, wall (CPU)", f"{graded.seconds:.0f} s ({graded.cpu:.0f} s)", "")
    table.add_row("  fresh processes, wall (CPU)", f"{fresh.seconds:.0f} s ({fresh.cpu:.0f} s)", "")
    table.add_row("judging the class again", f"{graded.seconds / regraded.seconds:.0f} times faster", "at least 200")
    table.add_row("  with the start of the command", f"{regraded.seconds:.2f} s", "")
    table.add_row("finished submissions that a second run redoes", f"{_changed(before, work / 'run')} of {len(before)}", "0")
    table.add_row("  the second run", f"{again.seconds:.1f} s", "")
    for stage, seconds in sorted(spent.items(), key=lambda one: -one[1]):
        table.add_row(f"time in {stage}", f"{seconds:.1f} s ({seconds / sum(spent.values()):.0%})", "")
    table.add_row("trainings made", str(made), "")
    if bare:
        table.add_row("CPU of the class over that of bare training", f"{graded.cpu / bare:.2f}", "")
    table.add_row("largest process", f"{graded.peak_mb:.0f} MB", "under 2000 MB")
    table.add_row("largest worker, in each quarter of the run", ", ".join(f"{mb:.0f}" for mb in memory.quarters) + " MB", "not growing")
    table.add_row("the run's folder, per submission", f"{_size(work / 'run') / size / 1000:.0f} kB", "")


def _class(exercise: str, distinct: int) -> Iterator[tuple[str, str]]:
    """Yield a name and a file for each student: `distinct` different networks, each handed in four times in other words."""
    solution = (SOLUTIONS / exercise / "solution.py").read_text(encoding="utf-8")
    sources = [solution, *_others(exercise, solution)]
    for number, source in enumerate(itertools.chain.from_iterable(itertools.repeat(sources[:distinct], 4))):
        copy = number // distinct
        yield f"{number:03}", source + f"\n\n# Handed in by student {number}.\n" + "\n" * copy


def _others(exercise: str, solution: str) -> Iterator[str]:
    """Yield other networks: every third one is a wrong variant, as long as there are any."""
    wrong = [file for name in WRONG[exercise] for file in sorted((SOLUTIONS / exercise / "wrong").glob(f"{name}.py"))]
    for number, sized in enumerate(_sized(exercise, solution)):
        yield sized
        if number % 2 and wrong:
            yield wrong.pop(0).read_text(encoding="utf-8")


def _sized(exercise: str, solution: str) -> Iterator[str]:
    optimizers = ("RMSprop(learning_rate=1e-3)", "'adam'")
    for units, optimizer, more in itertools.product((256, 128, 64, 384), optimizers, (0, 1, 2)):
        if exercise == "cats-vs-dogs":
            yield varied(solution, CONVOLUTIONS.replace("Conv2D(64", f"Conv2D({64 - 16 * more}"), f"Dense({units}", optimizer)
        else:
            assert solution.count(OPTIMIZER) == solution.count(UNITS) == solution.count("Dropout(0.2)") == 1
            yield (
                solution.replace(OPTIMIZER, optimizer).replace(UNITS, f"Dense({units}").replace("Dropout(0.2)", f"Dropout(0.{2 + more})")
            )


def _fresh(work: Path) -> None:
    """Grade the class with one fresh process per submission, two at a time; what a variant breaks ends its process early."""
    script = Path(__file__).parent / "baseline" / "one_submission.py"

    def grade(file: Path) -> str:
        exercise = next(name for name in EXERCISES if file.parent.name.startswith(name))
        data = [str(work / exercise / name) for name in ("training", "validation", "holdout.npz", "protocol.json")]
        weights = [str(work / exercise / "base.weights.h5")] if exercise == "transfer-learning" else []
        command = [sys.executable, str(script), str(file), *data, *weights]
        ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
        return f"{file.parent.name}: {ended.stdout.splitlines()[-1] if ended.returncode == 0 else 'ended with an error'}"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for line in pool.map(grade, sorted((work / "class").glob("*/submission.py"))):
            print(f"  {line}", flush=True)


class _Memory:
    """Looks every second how large the largest descendant process is."""

    def __enter__(self) -> _Memory:
        self._seen: list[float] = []
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _look(self) -> None:
        me = psutil.Process()
        while not self._end.wait(1.0):
            largest = 0
            for process in me.children(recursive=True):
                try:
                    largest = max(largest, process.memory_info().rss)
                except psutil.Error:
                    continue
            self._seen.append(largest / 1e6)

    @property
    def quarters(self) -> list[float]:
        """The largest in each quarter of the time, in MB."""
        step = max(len(self._seen) // 4, 1)
        return [max(self._seen[start : start + step], default=0.0) for start in range(0, step * 4, step)]


def _marks(folder: Path) -> set[tuple[int, float]]:
    with sqlite3.connect(folder / "run.sqlite") as db:
        return set(db.execute("SELECT id, made FROM marks"))


def _changed(before: set[tuple[int, float]], folder: Path) -> int:
    return len(_marks(folder) ^ before)


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


if __name__ == "__main__":
    begun = time.perf_counter()
    main()
    print(f"{time.perf_counter() - begun:.0f} s in all")

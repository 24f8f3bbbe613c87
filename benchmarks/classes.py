"""Prints what grading a whole class costs: against a fresh process per submission, judging again, going on, and where the time goes.

The class is made of the solutions of two exercises, of networks with other sizes, of wrong variants, and of copies under comments, with
renamed variables and functions in another order, or with arguments written differently: a quarter are distinct. Each figure stands beside
its target; nothing is asserted. What is under way is said on stderr, and the table is printed even where a phase fails. Run it on an idle
machine with two cores.
"""

from __future__ import annotations

import argparse
import ast
import itertools
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
from grading import AT_ONCE, CONVOLUTIONS, OPTIMIZER, SOLUTIONS, UNITS, Used, lay_out_data, run, varied
from rich.console import Console
from rich.table import Table

from grader.build.confinement.libc import adopt_orphans
from grader.datasets.pretrained import pretrained_base

EXERCISES = ("cats-vs-dogs", "transfer-learning")
WRONG = {  # some that training decides, some that the structure does
    "cats-vs-dogs": ("m18-not-rescaled", "m24-no-convolution", "m01-softmax-over-one-unit", "m14-not-compiled"),
    "transfer-learning": ("m46-*", "m47-*", "m01-*", "m14-*"),
}
COPIES = 4  # of each distinct one
GRADER = [sys.executable, "-m", "grader"]
SECRET = "a secret of the benchmark, long enough"


def main() -> None:
    """Measure everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=120, metavar="N", help="submissions of the class, a multiple of 8 (default: 120)")
    parser.add_argument("--minutes", type=float, default=45, help="fresh processes are begun only as long as they would end by then")
    parser.add_argument("--fresh", type=Path, help=argparse.SUPPRESS)  # how this program calls itself
    parser.add_argument("--round", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fresh:
        _fresh(options.fresh, options.round)
        return
    adopt_orphans()  # so that the time of every process is counted, whoever started it
    os.environ["GRADER_HOLDOUT_SECRET"] = SECRET
    until = time.perf_counter() + options.minutes * 60
    results = _Results()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        work = Path(folder)
        _lay_out(work, options.size)
        graded: list[Used] = []
        for phase in (
            lambda: graded.append(_grade(results, work, options.size)),
            lambda: _kill(results, work),
            lambda: _fresh_processes(results, work, graded[0], options.size, until),
        ):
            try:
                phase()
            except Exception as error:  # what was measured before is worth its while
                traceback.print_exc()
                results.add("a phase failed", f"{type(error).__name__}: {error}"[:200], "")
    Console().print(results.table)


class _Results:
    """The table, each row of which is said as soon as it is known."""

    def __init__(self) -> None:
        self.table = Table("what", "measured", "target")

    def add(self, what: str, measured: str, target: str = "") -> None:
        """Add a row."""
        self.table.add_row(what, measured, target)
        _say(f"{what}: {measured}" + (f" (target: {target})" if target else ""))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _lay_out(work: Path, size: int) -> None:
    for exercise in EXERCISES:
        for name, source in itertools.islice(_class(exercise, max(size // 8, 1)), size // 2):
            target = work / "class" / f"{exercise}-{name}" / "submission.py"
            target.parent.mkdir(parents=True)
            target.write_text(source, encoding="utf-8")
    scales = {"cats-vs-dogs": (1 / 255, 0.0), "transfer-learning": (1 / 127.5, -1.0)}
    for exercise in EXERCISES:
        (work / exercise).mkdir()
        lay_out_data(work / exercise, exercise, *scales[exercise])
    (work / "transfer-learning" / "base.h5").write_bytes(pretrained_base("mobilenet-v2").path.read_bytes())


def _grade(results: _Results, work: Path, size: int) -> Used:
    """Grade the class, once more, and judge it again."""
    grade = [*GRADER, "grade", str(work / "class"), "--run", str(work / "run"), "--jobs", str(AT_ONCE)]
    with _Memory() as memory:
        graded = run(grade, shown=True)
    results.add("the class, wall (CPU)", f"{graded.seconds:.0f} s ({graded.cpu:.0f} s)")
    with sqlite3.connect(work / "run" / "run.sqlite") as db:
        made, bare = db.execute("SELECT count(*), sum(seconds) FROM trainings").fetchone()
        measured = db.execute("SELECT count(*) FROM evidence").fetchone()[0]
        spent = json.loads(db.execute("SELECT text FROM events WHERE kind = 'spent' ORDER BY id").fetchone()[0])
        states = dict(db.execute("SELECT state, count(*) FROM submissions GROUP BY state"))
    results.add("  submissions", ", ".join(f"{number} {state}" for state, number in states.items()), f"{size} done")
    results.add("  measured, trainings made", f"{measured}, {made}")
    for stage, seconds in sorted(spent.items(), key=lambda one: -one[1]):
        results.add(f"  time in {stage}", f"{seconds:.1f} s ({seconds / sum(spent.values()):.0%})")
    if bare:
        results.add("CPU of the class over that of bare training", f"{graded.cpu / bare:.2f}")
    results.add("largest process", f"{graded.peak_mb:.0f} MB", "under 2000 MB")
    results.add("largest worker, in each quarter of the run", ", ".join(f"{mb:.0f}" for mb in memory.quarters) + " MB", "not growing")
    results.add("the run's folder, per submission", f"{_size(work / 'run') / size / 1000:.0f} kB")
    before = _marks(work / "run")
    again = run(grade)
    results.add("finished submissions that a second run redoes", f"{_changed(before, work / 'run')} of {len(before)}", "0")
    results.add("  the second run", f"{again.seconds:.1f} s")
    regraded = run([*GRADER, "regrade", str(work / "run")])
    results.add("judging the class again", f"{graded.seconds / regraded.seconds:.0f} times faster", "at least 200")
    results.add("  with the start of the command", f"{regraded.seconds:.2f} s")
    return graded


def _kill(results: _Results, work: Path) -> None:
    """Kill a run in the middle (of an exercise without training, which is as good and sooner done), and go on."""
    for file in (SOLUTIONS / "output-shapes").glob("wrong/*.py"):
        target = work / "killed" / file.stem / "submission.py"
        target.parent.mkdir(parents=True)
        target.write_bytes(file.read_bytes())
    folder = work / "killed-run"
    grade = [*GRADER, "grade", str(work / "killed"), "--run", str(folder), "--jobs", str(AT_ONCE)]
    count = len(list((work / "killed").iterdir()))
    process = subprocess.Popen(grade, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    while process.poll() is None and len(_marks(folder)) < count // 2:
        time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = _marks(folder)
    run(grade)
    after = _marks(folder)
    results.add("finished before SIGKILL, and redone by the same command", f"{len(before)}, {len(before - after)}", "0 redone")
    results.add("  marks in the end, submissions", f"{len(after)}, {count}", "equal")


def _fresh_processes(results: _Results, work: Path, graded: Used, size: int, until: float) -> None:
    """Grade with a fresh process per submission: every distinct one once, then all of them in other words, and so on, as time allows."""
    seconds = cpu = 0.0
    rounds = 0
    while rounds < COPIES and (not rounds or time.perf_counter() + seconds / rounds < until):
        used = run([sys.executable, __file__, "--fresh", str(work), "--round", str(rounds)], shown=True)
        seconds, cpu, rounds = seconds + used.seconds, cpu + used.cpu, rounds + 1
        _say(f"fresh processes, round {rounds} of {COPIES}: {used.seconds:.0f} s ({used.cpu:.0f} s of CPU)")
    whole = COPIES / rounds
    scaled = "" if rounds == COPIES else f", {rounds} of {COPIES} rounds measured and the rest taken to be like them"
    results.add(f"throughput of a class of {size} against fresh processes", f"{seconds * whole / graded.seconds:.1f} times", "at least 5")
    results.add("  in CPU", f"{cpu * whole / graded.cpu:.1f} times")
    results.add("  fresh processes, wall (CPU)", f"{seconds * whole:.0f} s ({cpu * whole:.0f} s){scaled}")


def _class(exercise: str, distinct: int) -> Iterator[tuple[str, str]]:
    """Yield a name and a file for each student: `distinct` different networks, each handed in four times in other words."""
    solution = (SOLUTIONS / exercise / "solution.py").read_text(encoding="utf-8")
    sources = [solution, *itertools.islice(_others(exercise, solution), distinct - 1)]
    assert len(set(sources)) == distinct
    for copy, worded in enumerate((_commented, _commented, _renamed, _reworded)):
        for number, source in enumerate(sources):
            yield f"{copy * distinct + number:03}", worded(source, copy)


def _commented(source: str, copy: int) -> str:
    between = "\n\n\n# My own part\n\n" if copy else "\n\n\n"
    return source.replace("\n\n\n", between) + f"\n\n# Handed in for the {copy + 1}. time.\n"


def _renamed(source: str, _: int) -> str:
    """Return the same with other variables, functions in another order and no comments."""
    tree = ast.parse(source)
    for function in tree.body:
        if isinstance(function, ast.FunctionDef):
            names = [node for node in ast.walk(function) if isinstance(node, ast.Name)]
            bound = {node.id for node in names if isinstance(node.ctx, ast.Store)} - {argument.arg for argument in function.args.args}
            for node in names:
                node.id = f"my_{node.id}" if node.id in bound else node.id
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    rest = [node for node in tree.body if not isinstance(node, ast.FunctionDef)]
    return source.split("\n", 1)[0] + "\n" + ast.unparse(ast.Module([*rest, *reversed(functions)], []))


def _reworded(source: str, _: int) -> str:
    """Return the same with arguments by name: another source, an equal network."""
    named = re.sub(r"Conv2D\((\d+), \(3, 3\)", r"Conv2D(filters=\1, kernel_size=3", source)
    return re.sub(r"\bDense\((\d+)", r"Dense(units=\1", named)


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


def _fresh(work: Path, number: int) -> None:
    """Grade one round of the class with one fresh process per submission, two at a time; what a variant breaks ends its process early."""
    script = Path(__file__).parent / "baseline" / "one_submission.py"

    def grade(file: Path) -> str:
        exercise = next(name for name in EXERCISES if file.parent.name.startswith(name))
        data = [str(work / exercise / name) for name in ("training", "validation", "holdout.npz", "protocol.json")]
        weights = [str(work / exercise / "base.h5")] if exercise == "transfer-learning" else []
        command = [sys.executable, str(script), str(file), *data, *weights]
        ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
        return f"{file.parent.name}: {ended.stdout.splitlines()[-1] if ended.returncode == 0 else 'ended with an error'}"

    files = []
    for exercise in EXERCISES:
        every = sorted((work / "class").glob(f"{exercise}-*/submission.py"))
        distinct = len(every) // COPIES
        files += every[number * distinct : (number + 1) * distinct]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for line in pool.map(grade, files):
            _say(f"  fresh: {line}")


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
    if not (folder / "run.sqlite").exists():
        return set()
    try:
        with sqlite3.connect(folder / "run.sqlite") as db:
            return set(db.execute("SELECT id, made FROM marks"))
    except sqlite3.OperationalError:  # the tables are being made
        return set()


def _changed(before: set[tuple[int, float]], folder: Path) -> int:
    return len(_marks(folder) ^ before)


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


if __name__ == "__main__":
    begun = time.perf_counter()
    main()
    print(f"{time.perf_counter() - begun:.0f} s in all")

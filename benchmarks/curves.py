"""Prints what the curves of a try cost drawn by matplotlib, in time and bytes, against the SVG that the report's templates write.

Run `python benchmarks/curves.py`. The same lines, points and labels; matplotlib (extra `dev`) writes small SVG, text as text, and PNG.
"""

from __future__ import annotations

import io
import runpy
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from grader.contracts.report import Report
from grader.contracts.training_facts import Epoch, Try
from grader.report import to_html

ROOT = Path(__file__).parents[1]
EPOCHS = 12
TRIES = 3
ROUNDS = 15


def a_try(number: int) -> Try:
    """Return a try that climbs to 92%."""
    epochs = tuple(
        Epoch(steps=15 * n, loss=0.7 / n, accuracy=0.95 - 0.4 / n, holdout_accuracy=0.92 - 0.42 / n - 0.01 * number)
        for n in range(1, EPOCHS + 1)
    )
    return Try(number=number, epochs=epochs, best_epoch=EPOCHS, holdout_accuracy=epochs[-1].holdout_accuracy or 0, ended="budget")


def report(tries: int) -> Report:
    """Return a hand-made report of so many tries."""
    made: Report = runpy.run_path(str(ROOT / "tests/report/conftest.py"))["REPORTS"]["passed"]()
    trained = made.trainings[0].model_copy(update={"tries": tuple(map(a_try, range(1, tries + 1))), "threshold": 0.85})
    return made.model_copy(update={"trainings": (trained,)})


def plotted(one: Try, kind: str) -> bytes:
    """Return the same curves drawn by matplotlib."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "grader"}):
        figure = Figure(figsize=(3.6, 2.1))
        axes = figure.add_axes((0.15, 0.2, 0.8, 0.75))
        steps = [epoch.steps for epoch in one.epochs]
        axes.plot(steps, [epoch.accuracy for epoch in one.epochs], "--.", color="#8a5a00")
        axes.plot(steps, [epoch.holdout_accuracy for epoch in one.epochs], "-.", color="#0b57c2")
        axes.plot(steps[one.best_epoch - 1], one.holdout_accuracy, "o", fillstyle="none")
        axes.axhline(0.5, linestyle=":")
        axes.axhline(0.85, linestyle="--")
        axes.set(xlabel="steps", ylim=(0, 1), yticks=(0, 0.25, 0.5, 0.75, 1))
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axes.grid(axis="y")
        file = io.BytesIO()
        figure.savefig(file, format=kind, metadata={"Date": None} if kind == "svg" else None)
    return file.getvalue()


def seconds(call: Callable[[], object]) -> float:
    """Return the median time of a call that has been made before."""
    call()
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def imported(code: str) -> float:
    """Return the median time of an import in fresh processes, without Python's own start."""

    def run(what: str) -> float:
        return seconds(lambda: subprocess.run([sys.executable, "-c", what], check=True, cwd=ROOT))

    return run(code) - run("pass")


def main() -> None:
    """Print it."""
    many, none = report(TRIES), report(0)
    ours = (seconds(lambda: to_html(many)) - seconds(lambda: to_html(none))) / TRIES
    size = (len(to_html(many).encode()) - len(to_html(none).encode())) / TRIES
    one = a_try(1)
    for kind in ("svg", "png"):
        drawn = plotted(one, kind)
        styled = f", {drawn.count(b'style=')} style attributes, which the page's policy refuses" if kind == "svg" else ", one colour scheme"
        print(f"matplotlib, {kind}: {seconds(lambda kind=kind: plotted(one, kind)) / ours:.0f} times the time, ", end="")
        print(f"{len(drawn) / size:.1f} times the bytes of ours{styled}")
    ratio = imported("from matplotlib.figure import Figure") / imported("import jinja2")
    print(f"importing it: {ratio:.1f} times the time of Jinja, which the page needs anyway")


if __name__ == "__main__":
    main()

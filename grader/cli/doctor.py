"""`grader doctor`: what this machine offers, what will protect it, and what is missing. Imports no TensorFlow."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import click

from grader.contracts.errors import ExitCode

_CLASS_RUNS = ("bubblewrap",)  # layers around a class run, not around one check
_SPEED = ("zygote",)  # makes building cheap, protects nothing
_PACKAGES = ("tensorflow", "keras", "numpy", "pillow", "scipy")
_FREE_GB = 2.0  # a submission may write up to 1 GB and have 0.6 GB of batches recorded
_MEMORY_GB = 4.0  # two workers at up to 2 GB


@dataclass(frozen=True)
class Line:
    """One thing looked at. `absent` costs comfort or protection, `broken` means that nothing can be graded."""

    state: Literal["ok", "absent", "broken"]
    name: str
    text: str


@click.command()
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """Show what this machine offers, and what will protect it."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from grader.report.text import one_line  # noqa: PLC0415

    console = Console()
    marks = {"ok": ("ok", "green"), "absent": ("-", "yellow"), "broken": ("no", "bold red")}
    broken = 0
    for heading, lines in (("Machine", machine()), ("Software", software()), ("Isolation", isolation()), ("Data", data())):
        console.print(Text(heading, style="bold"))
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(width=4, justify="right")
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for line in lines:
            mark, style = marks[line.state]
            table.add_row(Text(mark, style=style), Text(one_line(line.name)), Text(one_line(line.text)))
            broken += line.state == "broken"
        console.print(table)
    if broken:
        console.print(Text("Nothing can be graded here until what is marked 'no' is put right.", style="bold red"))
        ctx.exit(int(ExitCode.GRADER_FAULT))
    console.print(Text("Ready to grade."))


def machine() -> Iterator[Line]:
    """Look at system, processors and memory."""
    import platform  # noqa: PLC0415

    import psutil  # noqa: PLC0415

    yield Line("ok", "system", f"{platform.system()} {platform.release()}, {platform.machine()}, Python {platform.python_version()}")
    affinity = getattr(os, "sched_getaffinity", None)
    usable = len(affinity(0)) if affinity else os.cpu_count() or 1
    yield Line(
        "ok" if usable > 1 else "absent", "processors", f"{usable} usable" + ("" if usable > 1 else ": two tries cannot run at once")
    )
    memory = psutil.virtual_memory()
    limit = _container_limit()
    total = min(memory.total, limit) if limit else memory.total
    text = (
        f"{total / 1e9:.1f} GB{' (limit of the container)' if limit and limit < memory.total else ''}, {memory.available / 1e9:.1f} GB free"
    )
    yield Line("ok" if total >= _MEMORY_GB * 1e9 else "absent", "memory", text)


def software() -> Iterator[Line]:
    """Look at the packages that grading needs, by their metadata."""
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415

    for name in _PACKAGES:
        try:
            yield Line("ok", name, version(name))
        except PackageNotFoundError:
            yield Line("broken", name, "not installed: install the grader again with pip")


def isolation() -> Iterator[Line]:
    """Look at what will confine a submission's code."""
    from grader.build import probe  # noqa: PLC0415

    layers = probe()
    for layer in layers:
        yield Line("ok" if layer.in_force else "absent", layer.name, layer.why)
    in_force = [layer.name for layer in layers if layer.in_force]
    around = [name for name in in_force if name not in _CLASS_RUNS and name not in _SPEED]
    text = ", ".join(around) or "nothing but a process of its own: enough for your own work, not for the files of strangers"
    if any(name in in_force for name in _CLASS_RUNS):
        text += f"; {', '.join(_CLASS_RUNS)} can be put around all of it when a whole class is graded"
    yield Line("ok" if around else "absent", "in force", text)


def data() -> Iterator[Line]:
    """Look at the cache and the datasets in it."""
    from grader.datasets import DATASETS, state_of  # noqa: PLC0415
    from grader.datasets.cache import cache_root  # noqa: PLC0415

    root = cache_root()
    there = next(path for path in (root, *root.parents) if path.exists())
    if not (there.is_dir() and os.access(there, os.W_OK)):
        yield Line("broken", "cache", f"{root} cannot be written; set GRADER_CACHE_DIR to a folder that can")
        return
    free = shutil.disk_usage(there).free / 1e9
    yield Line("ok" if free >= _FREE_GB else "absent", "cache", f"{root}, {free:.1f} GB free")
    for name, info in DATASETS.items():
        states = [state_of(name, "embedded"), state_of(name, "official")]
        damaged = [state.variant for state in states if state.readiness == "damaged"]
        ready = [f"{state.variant} ({sum(state.images.values())} images)" for state in states if state.readiness == "ready"]
        if damaged:
            yield Line("absent", name, f"{' and '.join(damaged)} data damaged: grader data verify {name} says what")
        elif ready:
            yield Line("ok", name, ", ".join(ready))
        elif info.drawn:
            yield Line("ok", name, "drawn when it is first needed")
        else:
            yield Line("absent", name, f"not here: grader data import {name} PATH")


def _container_limit() -> int | None:
    """Return the memory limit of the control group, in bytes."""
    try:
        return int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii"))
    except (OSError, ValueError):  # no control groups, or "max"
        return None

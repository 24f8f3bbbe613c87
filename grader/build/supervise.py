"""Keeps one child's limits from outside: time for each call, memory of it and all it started, disk, and what is kept of its output.

Runs in the zygote, or in the grader itself where there is none. Nothing the child says decides here but the marker that a call has begun,
and a forged marker only moves the child's own clock: the sum of its time stays bounded.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal, Protocol

import psutil
from pydantic import Field, TypeAdapter, ValidationError

from ..contracts.artifacts import Layer
from ..contracts.base import Frozen
from ..contracts.protocol import Limits
from .harmless import harmless

STDOUT_CHARACTERS = 20_000
_STATUS_BYTES = 20_000
_POLL_SECONDS = 0.01
_MEMORY_EVERY, _DISK_EVERY = 0.03, 0.25
PATIENCE = 2  # times a limit: no longer is a busy machine waited for
_SMALLEST_FILE = 4096  # what an entry costs at least: a million empty files fill a disk too
_LAYERS = TypeAdapter(tuple[Layer, ...])


class Child(Protocol):
    """A running child, however it was started."""

    def poll(self) -> int | None:
        """Return its exit code, negative for a signal, or None while it runs."""

    def read(self, seconds: float) -> bytes:
        """Wait at most so long for output and return what there is."""

    def tree(self) -> list[psutil.Process]:
        """Return it and everything it started."""

    def end(self) -> None:
        """End it and everything it started, and wait for that."""


class Ended(Frozen):
    """How a child ended, and what was measured."""

    fate: Literal["exited", "timeout", "out-of-memory", "disk-full", "never-started"]
    exit_code: int | None = None
    stage: str | None = None  # the call it was in; None while importing the submission
    seconds: dict[str, float] = Field(default_factory=dict)  # per call begun
    total_seconds: float = 0.0  # since the student's code began
    peak_memory_mb: int = 0
    stdout: str = ""
    layers: tuple[Layer, ...] = ()


class _Output:
    """The child's first line is ours, written before any of the student's code ran; the rest is theirs."""

    def __init__(self) -> None:
        self._status = b""
        self._text = b""
        self.layers: tuple[Layer, ...] | None = None

    def take(self, data: bytes) -> None:
        if self.layers is None:
            self._status += data
            if b"\n" not in self._status:
                return
            line, _, data = self._status.partition(b"\n")
            try:
                self.layers = _LAYERS.validate_json(line[:_STATUS_BYTES])
            except ValidationError:  # a crash's own words
                data = self._status
                self._status = b""
        room = 4 * STDOUT_CHARACTERS - len(self._text)
        self._text += data[: max(room, 0)]

    def text(self) -> str:
        return harmless(
            (self._text if self.layers is not None else self._status + self._text).decode("utf-8", "replace"), STDOUT_CHARACTERS
        )


def supervise(
    child: Child,
    work: Path,
    artifacts: Path,
    calls: Sequence[str],
    limits: Limits,
    start_limit: float,
    announce: Callable[[str], None],
) -> Ended:
    """Watch `child` until it ends or breaks a limit, end all that is left of it, and tell how it went; `announce` gets each call begun."""
    output = _Output()
    clock = _Clock(calls, artifacts, announce)
    peak, next_memory, next_disk = 0, 0.0, 0.0
    begun = time.monotonic()
    fate: Literal["exited", "timeout", "out-of-memory", "disk-full", "never-started"] = "exited"
    try:
        while True:
            exit_code = child.poll()
            output.take(child.read(0.0 if exit_code is not None else _POLL_SECONDS))
            now = time.monotonic()
            if output.layers is None:
                if exit_code is not None or now - begun > start_limit:
                    fate = "never-started"
                    break
                continue
            clock.look(now)
            if exit_code is not None:
                break
            over = clock.stage_seconds(now) - limits.seconds
            if over > 0 and over > min(queued_seconds(child.tree()), PATIENCE * limits.seconds):
                fate = "timeout"
                break
            if now >= next_memory:
                next_memory = now + _MEMORY_EVERY
                peak = max(peak, resident_bytes(child.tree()))
                if peak > limits.memory_mb << 20:
                    fate = "out-of-memory"
                    break
            if now >= next_disk:
                next_disk = now + _DISK_EVERY
                most = limits.disk_mb << 20
                if folder_bytes(work, most) + unlinked_bytes(child.tree()) > most:
                    fate = "disk-full"
                    break
    finally:
        child.end()
    exit_code = child.poll()
    while data := child.read(0.0):
        output.take(data)
    now = time.monotonic()
    clock.look(now)
    return Ended(
        fate=fate,
        exit_code=exit_code,
        stage=clock.stage,
        seconds=clock.seconds(now),
        total_seconds=clock.total_seconds(now),
        peak_memory_mb=peak >> 20,
        stdout=output.text(),
        layers=output.layers or (),
    )


class _Clock:
    """Reads from the markers which call the child is in, and since when."""

    def __init__(self, calls: Sequence[str], artifacts: Path, announce: Callable[[str], None]) -> None:
        self._waiting = list(calls)
        self._artifacts = artifacts
        self._announce = announce
        self._begun: dict[str | None, float] = {}
        self.stage: str | None = None

    def look(self, now: float) -> None:
        self._begun.setdefault(None, now)
        while self._waiting and os.path.lexists(self._artifacts / f"{self._waiting[0]}.started"):
            self.stage = self._waiting.pop(0)
            self._begun[self.stage] = now
            self._announce(self.stage)

    def stage_seconds(self, now: float) -> float:
        return now - self._begun[self.stage]

    def total_seconds(self, now: float) -> float:
        return now - self._begun[None]

    def seconds(self, now: float) -> dict[str, float]:
        starts = [*self._begun.items()]
        ends = [start for _, start in starts[1:]] + [now]
        return {call: round(end - start, 3) for (call, start), end in zip(starts, ends, strict=True) if call is not None}


def queued_seconds(processes: Sequence[psutil.Process]) -> float:
    """Return how long that thread of `processes` stood in line for a processor which did so longest (Linux); 0 where this cannot be seen.

    On a busy machine that is no fault of the submission. Threads can make each other wait, so it is forgiven only within bounds.
    """
    longest = 0
    for process in processes:
        for thread in Path(f"/proc/{process.pid}/task").glob("*/schedstat"):
            with suppress(OSError, ValueError, IndexError):  # it has ended, or the kernel does not tell
                longest = max(longest, int(thread.read_text("ascii").split()[1]))
    return longest / 1e9


def resident_bytes(processes: Sequence[psutil.Process]) -> int:
    """Return the resident memory of all of `processes`; what has ended meanwhile counts nothing."""
    total = 0
    for process in processes:
        try:
            total += process.memory_info().rss
        except psutil.Error:
            continue
    return total


def folder_bytes(folder: Path, most: int) -> int:
    """Return what the files below `folder` take on disk; stops counting beyond `most`. What cannot be looked into counts as too much."""
    total, waiting = 0, [os.fspath(folder)]
    while waiting and total <= most:
        current = waiting.pop()
        try:
            with os.scandir(current) as entries:
                for entry in entries:
                    try:
                        details = entry.stat(follow_symlinks=False)
                        if entry.is_dir(follow_symlinks=False):
                            waiting.append(entry.path)
                    except FileNotFoundError:
                        continue
                    total += max(getattr(details, "st_blocks", details.st_size // 512 + 1) * 512, _SMALLEST_FILE)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:  # too deep a path, or a folder made unreadable: a way to hide files from this count
            return most + 1
    return total


def unlinked_bytes(processes: Sequence[psutil.Process]) -> int:
    """Return what files without a name take that `processes` hold open (Linux); 0 where this cannot be seen."""
    total = 0
    for process in processes:
        try:
            descriptors = [entry.path for entry in os.scandir(f"/proc/{process.pid}/fd")]
        except OSError:
            continue
        for path in descriptors:
            try:
                details = os.stat(path)  # noqa: PTH116 - follows the descriptor, as it must
            except OSError:
                continue
            if details.st_nlink == 0:
                total += getattr(details, "st_blocks", 0) * 512
    return total

"""When a child has taken too long: by the clock, but for the time that a busy machine kept it waiting."""

from __future__ import annotations

import os
import sys
from itertools import count
from pathlib import Path

import psutil
import pytest

from grader.build import supervise
from grader.contracts.protocol import Limits


class Endless:
    """A child that says what it must and then never ends."""

    def __init__(self) -> None:
        self.said = [b"[]\n"]
        self.ended = False

    def poll(self) -> int | None:
        return -9 if self.ended else None

    def read(self, seconds: float) -> bytes:
        return self.said.pop() if self.said else b""

    def tree(self) -> list[psutil.Process]:
        return []

    def end(self) -> None:
        self.ended = True


@pytest.mark.parametrize(
    ("queued", "ends"),
    [(0.0, 60), (20.0, 80), (500.0, 180)],
    ids=["an idle machine", "a busy one", "threads that keep each other waiting"],
)
def test_waiting_for_a_processor_is_forgiven_within_bounds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, queued: float, ends: int
) -> None:
    ticks = count(1000)
    monkeypatch.setattr("grader.build.supervise.time.monotonic", lambda: float(next(ticks)))
    monkeypatch.setattr("grader.build.supervise.queued_seconds", lambda _: queued)
    ended = supervise.supervise(Endless(), tmp_path, tmp_path, ["model"], Limits(seconds=60), 30, lambda _: None)
    assert ended.fate == "timeout"
    assert ends <= ended.total_seconds <= ends + 3


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_a_process_tells_how_long_it_was_kept_waiting() -> None:
    assert 0 < supervise.queued_seconds([psutil.Process(os.getpid())]) < 86_400
    assert supervise.queued_seconds([]) == 0

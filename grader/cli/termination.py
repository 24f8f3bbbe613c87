"""Lets a signal that ends the command end it as Ctrl-C does: what it started first, then its folders."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))  # asked to end; the terminal has gone


@contextmanager
def tidy_termination() -> Iterator[None]:
    """Turn the first such signal into `SystemExit`, so that everything is left as it should be; a second one ends the process at once."""
    if threading.current_thread() is not threading.main_thread():  # only there can signals be received
        yield
        return
    before = {number: signal.signal(number, _leave) for number in ENDING if signal.getsignal(number) is signal.SIG_DFL}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001
    for each in ENDING:
        signal.signal(each, signal.SIG_DFL)
    raise SystemExit(128 + number)  # as shells have it

"""What a confined child uses in place of what it may not: semaphores outside `/dev/shm`, and a harmless `os.utime`.

Keras' folder loaders open a `ThreadPool`, whose locks are named POSIX semaphores: files in `/dev/shm`, which every process of the
machine shares. A child that may not fork has no one to share them with, so threads' locks do.
"""

from __future__ import annotations

import importlib
import os
import threading
from typing import Any

_RECURSIVE_MUTEX = 0


class ThreadSemaphore:
    """Answers like `_multiprocessing.SemLock`, within one process."""

    SEM_VALUE_MAX = 2**31 - 1

    def __init__(self, kind: int, value: int, maxvalue: int, name: str, unlink: bool) -> None:  # noqa: ARG002 - SemLock's signature
        self.kind, self.maxvalue, self.handle, self.name = kind, maxvalue, 0, None
        self._value, self._owner, self._depth = value, 0, 0
        self._changed = threading.Condition()

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        """Take one; returns whether it was taken."""
        me = threading.get_ident()
        with self._changed:
            if self.kind == _RECURSIVE_MUTEX and self._owner == me:
                self._depth += 1
                return True
            if not self._changed.wait_for(lambda: self._value > 0, (timeout if block else 0)):
                return False
            self._value -= 1
            self._owner, self._depth = me, self._depth + 1
            return True

    def release(self) -> None:
        """Give one back. Raises ValueError beyond the maximum, AssertionError for another thread's mutex."""
        with self._changed:
            if self.kind == _RECURSIVE_MUTEX:
                if self._owner != threading.get_ident():
                    raise AssertionError("attempt to release recursive lock not owned by thread")
                if self._depth > 1:
                    self._depth -= 1
                    return
                self._owner = 0
            elif self._value >= self.maxvalue:
                raise ValueError("semaphore or lock released too many times")
            self._depth -= 1
            self._value += 1
            self._changed.notify()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *exception: object) -> None:
        self.release()

    def _count(self) -> int:
        return self._depth

    def _is_mine(self) -> bool:
        return self._depth > 0 and self._owner == threading.get_ident()

    def _get_value(self) -> int:
        return self._value

    def _is_zero(self) -> bool:
        return self._value == 0

    def _after_fork(self) -> None:
        self._depth = 0


def use_standins() -> None:
    """Have `multiprocessing` make its locks of threads' ones from now on, and `os.utime` notice a missing file."""
    module: Any = importlib.import_module("_multiprocessing")
    module.SemLock = ThreadSemaphore
    os.utime = _utime


def _utime(path: Any, *arguments: Any, dir_fd: int | None = None, follow_symlinks: bool = True, **keywords: Any) -> None:  # noqa: ARG001
    """Change nothing: the filter pretends that the system call succeeds, and `Path.touch` would believe that a missing file is there."""
    if isinstance(path, int):
        os.fstat(path)
    else:
        os.stat(path, dir_fd=dir_fd, follow_symlinks=follow_symlinks)

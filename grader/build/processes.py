"""Two ways of holding a running child: one forked by the zygote, one started as a fresh process."""

from __future__ import annotations

import os
import select
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import psutil

_CHUNK = 1 << 18
_PASSES = 200  # a child that may fork can make processes as fast as they are ended: bounded, but not for long


class ForkedChild:
    """A child of this process, which is a subreaper: everything below this process is the child's."""

    def __init__(self, pid: int, output: int, abandoned: Callable[[], None], control: int) -> None:
        self._pid, self._output, self._control = pid, output, control
        self._abandoned = abandoned
        self._exit_code: int | None = None
        self._open = True
        os.set_blocking(output, False)

    def poll(self) -> int | None:
        """Return its exit code, negative for a signal, or None while it runs."""
        if self._exit_code is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                self._exit_code = os.waitstatus_to_exitcode(status)
        return self._exit_code

    def read(self, seconds: float) -> bytes:
        """Wait at most so long for output and return what there is; ends everything where the grader has gone."""
        ready, _, _ = select.select([self._output, self._control] if self._open else [self._control], [], [], seconds)
        if self._control in ready:
            self.end()
            self._abandoned()
        if self._output not in ready:
            return b""
        try:
            data = os.read(self._output, _CHUNK)
        except BlockingIOError:
            return b""
        self._open = bool(data)
        return data

    def tree(self) -> list[psutil.Process]:
        """Return it and everything it started."""
        return _descendants(os.getpid())

    def end(self) -> None:
        """End everything below this process and wait for it."""
        self.poll()
        for _ in range(_PASSES):
            left = [process for process in self.tree() if process.pid != self._pid or self._exit_code is None]
            if not left:
                return
            for process in left:
                _kill(process)
            for process in left:
                self._reap(process.pid)

    def _reap(self, pid: int) -> None:
        try:
            ended, status = os.waitpid(pid, 0 if pid == self._pid else os.WNOHANG)
        except ChildProcessError:  # a grandchild: it comes to us once its parent has gone
            return
        if ended == self._pid:
            self._exit_code = os.waitstatus_to_exitcode(status)


class FreshProcess:
    """A process started for one build, with its output read by a thread."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._data = b""
        self._changed = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._drain, daemon=True)
        self._reader.start()

    def _drain(self) -> None:
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        while data := os.read(descriptor, _CHUNK):
            with self._changed:
                # A reader that is never behind by more than this cannot be made to hold a gigabyte.
                self._changed.wait_for(lambda: len(self._data) < 16 * _CHUNK or self._ended)
                self._data += data
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def poll(self) -> int | None:
        """Return its exit code, negative for a signal, or None while it runs."""
        return self._process.poll()

    def read(self, seconds: float) -> bytes:
        """Wait at most so long for output and return what there is."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._data), seconds)
            data, self._data = self._data, b""
            self._changed.notify_all()
        return data

    def tree(self) -> list[psutil.Process]:
        """Return it and everything it started that still knows its parent."""
        try:
            process = psutil.Process(self._process.pid)
            return [process, *process.children(recursive=True)]
        except psutil.Error:
            return []

    def end(self) -> None:
        """End it and what it started, and wait for that."""
        for _ in range(_PASSES):
            left = [process for process in self.tree() if process.is_running()]
            if self._process.poll() is not None and len(left) <= 1:
                break
            for process in left:
                _kill(process)
            psutil.wait_procs(left, timeout=1)
        self._process.wait()
        self._reader.join(timeout=1)
        if not self._reader.is_alive() and self._process.stdout is not None:
            self._process.stdout.close()


def _descendants(pid: int) -> list[psutil.Process]:
    """Return all processes below `pid` as the kernel lists them: unlike psutil's way, without looking at every process of the machine."""
    found, waiting = [], [pid]
    while waiting:
        current = waiting.pop()
        try:
            for thread in os.scandir(f"/proc/{current}/task"):
                waiting += [int(child) for child in Path(thread.path, "children").read_text().split()]
            if current != pid:
                found.append(psutil.Process(current))
        except (OSError, psutil.Error):  # it has just ended
            continue
    return found


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.Error:
        return

"""Trusted child processes: each runs a function of ours in a fork of a process that has imported TensorFlow and run nothing."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from types import ModuleType
from typing import Any

import psutil

from grader.contracts.errors import GraderError
from grader.contracts.progress import Step

# TensorFlow is to compute on one thread, without a GPU, in silence, and nothing may depend on the order of a set.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "CUDA_VISIBLE_DEVICES": "-1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "KERAS_BACKEND": "tensorflow",
    "PYTHONHASHSEED": "0",
    "PYTHONSAFEPATH": "1",  # in a student's checkout, a `socket.py` beside the submission must not be imported here
    # Large tensors are kept by the allocator from step to step; giving them back to the kernel each time cost a quarter of a training.
    # (glibc ignores a threshold of mmap above 32 MB, which is why mmap is switched off instead.)
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_TRIM_THRESHOLD_": "2000000000",
}
PRELOAD = ["grader.examine.quiet", "tensorflow", "keras", "numpy", "scipy.ndimage", "PIL.Image", "grader.examine.warm"]
LONGEST_SOCKET_PATH = 107  # bytes; unix(7)
SOCKET_NAME = len("/pymp-12345678/listener-12345678")  # how multiprocessing names it below the temporary folder
MOST_KEPT_BYTES = 1500 << 20  # resident, of a worker that is kept
ATTEMPTS = 2  # a worker that dies is our fault or the machine's: once more, then it is reported

Say = Callable[[Step], None]
_starting = threading.RLock()


def _context() -> Any:
    # A fork of a process that imported TensorFlow is safe on Linux only.
    return multiprocessing.get_context("forkserver" if sys.platform == "linux" else "spawn")


def warm_up() -> None:
    """Begin importing TensorFlow in the process that workers are forked from, without waiting for it."""
    if sys.platform == "linux":
        from multiprocessing import forkserver

        multiprocessing.get_context("forkserver").set_forkserver_preload(PRELOAD)
        with _environment(), _short_temporary_folder():
            forkserver.ensure_running()


@contextmanager
def _short_temporary_folder() -> Iterator[None]:
    """Let the fork server's socket lie in `/tmp` where the temporary folder's path leaves no room for a socket's name."""
    before = tempfile.gettempdir()
    if len(os.fsencode(before)) + SOCKET_NAME > LONGEST_SOCKET_PATH:
        tempfile.tempdir = "/tmp"  # noqa: S108  # a folder of its own, 0700, is made in it
    try:
        yield
    finally:
        tempfile.tempdir = before


@contextmanager
def _anonymous_main() -> Iterator[None]:
    """Keep a worker from running the user's script again, as multiprocessing would: no function of ours is defined there."""
    with _starting:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main


@contextmanager
def _environment() -> Iterator[None]:
    with _starting:  # the environment is the whole process's, and a run starts workers from several threads
        yield from _changed_environment()


def _changed_environment() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in ENVIRONMENT}
    os.environ.update(ENVIRONMENT)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@dataclass
class Worker:
    """One running process. `seconds` is a guard against our own faults, not a limit on students."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    seconds: float
    attempt: int = 1

    def __post_init__(self) -> None:
        warm_up()
        context = _context()
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs, self.function, self.arguments), daemon=True)
        try:
            with _environment(), _anonymous_main():
                self.process.start()
        except (OSError, EOFError) as error:
            raise GraderError(
                f"A worker of the grader could not be started: {error}.",
                hint="Is there enough memory, and is the grader's installation whole? Nothing was marked.",
            ) from error
        theirs.close()
        self.deadline = time.monotonic() + self.seconds

    def ask(self, function: Callable[..., Any], arguments: tuple[Any, ...], seconds: float) -> None:
        """Have a worker that has answered do something else. Raises OSError where it has gone."""
        self.function, self.arguments, self.seconds, self.attempt = function, arguments, seconds, 1
        self.connection.send((function, arguments))
        self.deadline = time.monotonic() + seconds

    def spent(self) -> bool:
        """Return whether it has gone, or takes more memory than one that waits should."""
        try:
            used: int = psutil.Process(self.process.pid).memory_info().rss
        except psutil.Error:
            return True
        return used > MOST_KEPT_BYTES

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self.process.kill()
        self.process.join()
        self.connection.close()


class Crew:
    """Runs workers side by side and hands over what they say. Not for use from several threads.

    `keep`: a worker that has answered waits for the next start, with all that it has loaded and allocated; else each is used once.
    """

    def __init__(self, *, keep: bool = False) -> None:
        self._running: dict[Any, Worker] = {}
        self._keep = keep
        self._idle: Worker | None = None

    def __len__(self) -> int:
        return len(self._running)

    def start(self, key: Any, function: Callable[..., Any], arguments: tuple[Any, ...], seconds: float) -> None:
        """Start `function(say, *arguments)` in a process of its own, known as `key`."""
        kept, self._idle = self._idle, None
        if kept is not None:
            try:
                kept.ask(function, arguments, seconds)
            except OSError:  # it died while it had nothing to do
                kept.end()
            else:
                self._running[key] = kept
                return
        self._running[key] = Worker(function, arguments, seconds)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._running)

    def pids(self) -> list[int]:
        """Return the process ids of the running workers."""
        return [worker.process.pid for worker in self._running.values()]

    def cancel(self, keys: Iterable[Any]) -> None:
        """End the workers known as such."""
        for key in tuple(keys):
            self._running.pop(key).end()

    def close(self) -> None:
        """End all workers."""
        self.cancel(self)
        if self._idle is not None:
            self._idle.end()
            self._idle = None

    def next_result(self, progress: Callable[[Any], None]) -> tuple[Any, Any]:
        """Wait until a worker is done; return its key and result. What workers say meanwhile goes to `progress`.

        Raises `GraderError` for what went wrong in a worker: a fault of ours, or of the machine.
        """
        while True:
            for worker in self._running.values():
                if time.monotonic() > worker.deadline:
                    raise GraderError(
                        f"The grader's own {worker.function.__name__.strip('_')} took longer than {worker.seconds:.0f} seconds.",
                        hint="Is the machine overloaded? Check the submission again; nothing was marked.",
                    )
            ready = wait([worker.connection for worker in self._running.values()], timeout=1.0)
            for key, worker in list(self._running.items()):
                if worker.connection not in ready:
                    continue
                try:
                    kind, value = worker.connection.recv()
                except (EOFError, OSError):
                    self._revive(key)
                    continue
                if kind == "step":
                    progress(value)
                    continue
                done = self._running.pop(key)
                if kind == "fault" or not self._keep or self._idle is not None or done.spent():
                    done.end()
                else:
                    self._idle = done
                if kind == "fault":
                    raise GraderError(*value)
                return key, value

    def _revive(self, key: Any) -> None:
        """Start a worker that died once more."""
        dead = self._running.pop(key)
        dead.process.join(1)
        status = dead.process.exitcode
        dead.end()
        if dead.attempt >= ATTEMPTS:
            raise GraderError(
                f"A worker of the grader died twice (exit status {status}).",
                hint="Is there enough memory? `grader doctor` shows what this machine offers. Nothing was marked.",
            )
        self._running[key] = Worker(dead.function, dead.arguments, dead.seconds, dead.attempt + 1)


def _work(connection: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """Run in the child: call the function, send what it says and its result; then the same with what is asked next."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is interrupted too, and ends us
    from . import quiet  # noqa: F401  # where workers are not forked, nothing has imported it yet

    asked: queue.SimpleQueue[tuple[Callable[..., Any], tuple[Any, ...]]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(connection, asked), daemon=True).start()
    while True:
        connection.send(_answer(connection, function, arguments))
        function, arguments = asked.get()


def _answer(connection: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[str, Any]:
    try:
        return "result", function(lambda step: connection.send(("step", step)), *arguments)
    except GraderError as error:
        return "fault", (error.message, error.hint)
    except MemoryError:
        return "fault", ("The grader ran out of memory.", "Close other programs, or grade with fewer workers.")
    except Exception as error:
        lines = "".join(traceback.format_exception(error))
        return "fault", (f"{function.__name__.strip('_')} failed: {type(error).__name__}: {error}", lines[-4000:])


def _listen(connection: Connection, asked: queue.SimpleQueue[tuple[Callable[..., Any], tuple[Any, ...]]]) -> None:
    """Take what the parent asks for next; when it hangs up, or has died, end at once, whatever is under way."""
    try:
        while True:
            asked.put(connection.recv())
    except (EOFError, OSError):
        os._exit(1)

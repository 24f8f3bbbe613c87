"""How a child is come by: forked by a warm zygote on Linux, or started as a fresh process elsewhere."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

import psutil
from pydantic import ValidationError

from ..contracts.artifacts import Job, Layer
from ..contracts.errors import GraderError
from .environment import PACKAGE_ROOT, clean_environment, package_paths
from .processes import FreshProcess
from .request import Request
from .supervise import PATIENCE, Ended, supervise
from .wall import walled

Announce = Callable[[str], None]

_START_SECONDS = 300.0  # TensorFlow's import on a slow, busy machine
_GRACE_SECONDS = 60.0
_CLOSE_SECONDS = 5.0
_ANSWER_BYTES = 1 << 20


class Backend(Protocol):
    """Runs one child after the other."""

    def start(self) -> None:
        """Begin warming up, without waiting."""

    def run(self, job: Job, calls: Sequence[str], announce: Announce) -> Ended:
        """Run one child for `calls` and tell how it ended. Raises GraderError."""

    def layer(self) -> Layer:
        """Say how children are come by."""

    def close(self) -> None:
        """End every process."""


def _command(module: str) -> list[str]:
    """Return the command for a module of this package, found where the grader itself found its packages."""
    paths = [*package_paths(), str(PACKAGE_ROOT)]
    code = f"import sys; sys.path[:] = {[*_standard(), *paths]!r}; from {__package__}.{module} import main; main()"
    return [sys.executable, "-P", "-c", code]


def _standard() -> list[str]:
    return [path for path in sys.path if path.endswith(".zip")]


class FreshBackend:
    """A fresh process per run: TensorFlow's import each time."""

    def __init__(self, home: Path, confine: bool) -> None:
        self._home, self._confine = home, confine

    def start(self) -> None:
        """Nothing to warm."""

    def close(self) -> None:
        """Nothing lasts."""

    def layer(self) -> Layer:
        """Say how children are come by."""
        return Layer(name="zygote", in_force=False, why="each build is a fresh process")

    def run(self, job: Job, calls: Sequence[str], announce: Announce) -> Ended:
        """Run one fresh process for `calls`."""
        request = Request(job=job, calls=tuple(calls), confine=self._confine, packages=tuple(package_paths()))
        process = subprocess.Popen(
            _command("fresh"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=job.work,
            env=clean_environment(self._home),
            start_new_session=True,
        )
        assert process.stdin is not None
        child = FreshProcess(process)
        try:
            process.stdin.write(request.model_dump_json().encode())
            process.stdin.close()
        except OSError:  # it died at once: told below by its exit
            pass
        ended = supervise(child, Path(job.work), Path(job.artifacts), calls, job.protocol.limits, _START_SECONDS, announce)
        return _started(ended)


class ZygoteBackend:
    """A warm zygote, replaced once per run if it dies."""

    def __init__(self, home: Path, jobs: Path, confine: bool, wall: bool) -> None:
        self._home, self._jobs, self._confine, self._wall = home, jobs, confine, wall
        self._zygote: _Zygote | None = None

    def start(self) -> None:
        """Begin importing TensorFlow in the zygote, without waiting."""
        if self._zygote is None:
            self._zygote = _Zygote(self._home, self._jobs if self._wall else None)

    def close(self) -> None:
        """End the zygote and all below it."""
        if self._zygote is not None:
            self._zygote.close()
            self._zygote = None

    def layer(self) -> Layer:
        """Say how children are come by."""
        return Layer(name="zygote", in_force=True, why="TensorFlow is imported once, each build is a fork of it")

    def run(self, job: Job, calls: Sequence[str], announce: Announce) -> Ended:
        """Have the zygote fork a child for `calls`; a zygote that dies or hangs is replaced once."""
        if self._wall and self._jobs not in Path(job.work).parents:
            raise GraderError(f"with the bubblewrap wall a job's folder must be made below {self._jobs}. Received: {job.work}")
        request = Request(job=job, calls=tuple(calls), confine=self._confine, packages=tuple(package_paths()))
        try:
            return self._ask(request, announce)
        except _ZygoteLostError:
            self.close()
        try:
            return self._ask(request, announce)
        except _ZygoteLostError as problem:
            self.close()
            raise GraderError(
                f"the process that runs submissions ended twice: {problem}", hint="`grader doctor` shows what this machine offers."
            ) from problem

    def _ask(self, request: Request, announce: Announce) -> Ended:
        self.start()
        assert self._zygote is not None
        return _started(self._zygote.run(request, announce))


def _started(ended: Ended) -> Ended:
    if ended.fate == "never-started":
        raise GraderError(f"the process for a submission did not start: {ended.stdout[-2000:].strip() or 'it said nothing'}")
    return ended


class _ZygoteLostError(Exception):
    """The zygote died, hung or spoke nonsense."""


class _Zygote:
    """The launcher's end of one zygote."""

    def __init__(self, home: Path, jobs: Path | None) -> None:
        command = _command("zygote")
        self._words: BinaryIO = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - closed with the zygote
        self._process = subprocess.Popen(
            walled(command, jobs, home) if jobs else command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
            cwd=home,
            env=clean_environment(home),
            start_new_session=True,
        )
        self._received = b""
        self._warm_until: float | None = time.monotonic() + _START_SECONDS

    def run(self, request: Request, announce: Announce) -> Ended:
        """Send one request and follow it to its end. Raises _ZygoteLostError."""
        limits = request.job.protocol.limits
        if self._warm_until is not None:
            self._answer(self._warm_until)
            self._warm_until = None
        self._send(request.model_dump_json().encode() + b"\n")
        until = time.monotonic() + (1 + PATIENCE) * limits.seconds * (len(request.calls) + 1) + _GRACE_SECONDS
        while True:
            answer = self._answer(until)
            if "ended" in answer:
                try:
                    return Ended.model_validate(answer["ended"])
                except ValidationError as problem:
                    raise _ZygoteLostError(str(problem)) from problem
            if answer.get("call") in request.calls:
                announce(answer["call"])

    def close(self) -> None:
        """Close the line, which ends the zygote; end it and all below it where that does not help."""
        below = _below(self._process.pid)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.close()
            self._process.wait(_CLOSE_SECONDS)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
        for process in below:
            try:
                process.kill()
            except psutil.Error:
                continue
        self._process.wait()
        self._process.stdout.close()
        self._words.close()

    def _send(self, data: bytes) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(data)
            self._process.stdin.flush()
        except OSError as problem:
            raise self._lost("its line is closed") from problem

    def _answer(self, until: float) -> dict[str, Any]:
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        while b"\n" not in self._received:
            ready, _, _ = select.select([descriptor], [], [], max(until - time.monotonic(), 0))
            data = os.read(descriptor, 1 << 16) if ready else b""
            self._received += data
            if not data or len(self._received) > _ANSWER_BYTES:
                raise self._lost("it does not answer" if not ready else "it has ended")
        line, _, self._received = self._received.partition(b"\n")
        try:
            answer = json.loads(line)
        except ValueError as problem:
            raise self._lost("its answer is no JSON") from problem
        return answer if isinstance(answer, dict) else {}

    def _lost(self, what: str) -> _ZygoteLostError:
        self._words.seek(0)
        words = self._words.read()[-2000:].decode("utf-8", "replace").strip()
        return _ZygoteLostError(f"{what}. {words}".strip())


def _below(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []

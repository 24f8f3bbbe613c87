"""Builds submissions from the trusted side: hands a job to a confined child, once more for the calls that a dead child did not get to."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from pydantic import ValidationError

from ..contracts.artifacts import BuildOutcome, CallError, CallOutcome, Fate, Job, Layer
from ..contracts.errors import GraderError
from ..contracts.progress import Progress, Step, silent
from .backends import Backend, FreshBackend, ZygoteBackend
from .confinement import probe as probe_confinement
from .leftovers import Home
from .request import IMPORT_ERROR
from .supervise import STDOUT_CHARACTERS, Ended
from .sweep import sweep_artifacts
from .wall import probe_wall

Wall = Literal["none", "bubblewrap"]

_IMPORT_ERROR_BYTES = 100_000
_ROOM_MB = 64
_DIED: dict[Fate, tuple[str, str]] = {
    "timeout": ("TimeoutError", "the statements outside the functions do not end within {seconds:g} seconds"),
    "out-of-memory": ("MemoryError", "the statements outside the functions use more than {memory_mb} MB of memory"),
    "disk-full": ("OSError", "the statements outside the functions write more than {disk_mb} MB"),
    "died": ("SystemExit", "the statements outside the functions end the process ({status})"),
}


class Builder:
    """Builds one submission after the other; keeps TensorFlow warm in between where the system can fork (Linux).

    `confine=False` leaves the kernel's layers out (they are reported as switched off). With `wall="bubblewrap"` a job's folder must be made
    below `jobs`; where bubblewrap does not start, the builder works without it and says why.
    """

    def __init__(self, confine: bool = True, wall: Wall = "none") -> None:
        self._lock = threading.Lock()
        self._home = Home()
        self.jobs = self._home.path / "jobs"
        self.jobs.mkdir()
        self._wall = probe_wall() if wall == "bubblewrap" else None
        self._backend: Backend
        if sys.platform == "linux":
            self._backend = ZygoteBackend(self._home.path, self.jobs, confine, self._wall is not None and self._wall.in_force)
        else:
            self._backend = FreshBackend(self._home.path, confine)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def forks(self) -> bool:
        """Whether a further process costs next to nothing."""
        return isinstance(self._backend, ZygoteBackend)

    def start(self) -> None:
        """Begin warming up, without waiting for it."""
        with self._lock:
            self._backend.start()

    def close(self) -> None:
        """End every process of this builder and remove its folder."""
        with self._lock:
            self._backend.close()
            self._home.remove()

    def build(self, job: Job, progress: Progress = silent) -> BuildOutcome:
        """Make the calls of `job` and tell how they fared; results are in `job.artifacts`. Raises GraderError for our own faults."""
        with self._lock:
            return _Build(job, progress, self._backend, self._wall).outcome()


class _Build:
    """One submission's building: as many children as it takes."""

    def __init__(self, job: Job, progress: Progress, backend: Backend, wall: Layer | None) -> None:
        self._job, self._progress, self._backend, self._wall = job, progress, backend, wall
        self._artifacts = Path(job.artifacts)
        self._ids = tuple(call.id for call in job.protocol.calls if call.id in job.functions)
        self._calls: dict[str, CallOutcome] = {}
        self._import_error: CallError | None = None
        self._runs: list[Ended] = []
        work = Path(job.work)
        if not (work.is_absolute() and work.is_dir() and self._artifacts.parent == work):
            raise GraderError(f"`artifacts` must be a folder directly inside the job's folder {work}. Received: {job.artifacts}")
        try:
            self._artifacts.mkdir(mode=0o700, exist_ok=True)
            details = self._artifacts.lstat()
        except OSError as problem:
            raise GraderError(f"cannot prepare {self._artifacts}: {problem.strerror}", hint="Is the disk full?") from problem
        self._identity = (details.st_dev, details.st_ino)

    def outcome(self) -> BuildOutcome:
        """Run children until every call has been made or given up."""
        remaining = self._ids
        self._require_room()
        while remaining:
            ended = self._backend.run(self._job, remaining, self._announce)
            self._runs.append(ended)
            self._require_room()
            remaining = self._settle(ended, remaining)
        finished = {call for call, outcome in self._calls.items() if outcome.fate == "finished"}
        if not sweep_artifacts(self._artifacts, self._identity, finished, self._job.protocol.limits.recorded_mb):
            gone = "died", "the folder of results was replaced"
            self._calls |= {call: CallOutcome(fate="died", seconds=self._calls[call].seconds, exit_status=gone[1]) for call in finished}
        return BuildOutcome(
            calls=self._calls,
            import_error=self._import_error,
            peak_memory_mb=max((ended.peak_memory_mb for ended in self._runs), default=0),
            seconds=round(sum(ended.total_seconds for ended in self._runs), 3),
            stdout="".join(ended.stdout for ended in self._runs)[:STDOUT_CHARACTERS],
            isolation=self._layers(),
        )

    def _require_room(self) -> None:
        """Raise GraderError where the disk is full: what then fails is not the submission's fault."""
        if shutil.disk_usage(self._job.work).free < _ROOM_MB << 20:
            raise GraderError(
                f"The disk is full: {Path(self._job.work).parent} has less than {_ROOM_MB} MB left for what submissions write.",
                hint="Make room there, or let TMPDIR name a folder on another disk.",
            )

    def _announce(self, call: str) -> None:
        done = self._ids.index(call)
        self._progress(Step(stage="building", doing="calling", text=self._job.functions[call], done=done, total=len(self._ids)))

    def _settle(self, ended: Ended, asked: tuple[str, ...]) -> tuple[str, ...]:
        """Note how the calls of one child fared, and return those that another child has to make."""
        if ended.stage is None:
            return self._settle_import(ended, asked)
        last = asked.index(ended.stage)
        for call in asked[: last + 1]:
            seconds = ended.seconds.get(call, 0.0)
            done = self._has_artifact(call)
            whole = call != ended.stage or (ended.fate == "exited" and ended.exit_code == 0 and call == asked[-1])
            if done and whole:
                self._calls[call] = CallOutcome(fate="finished", seconds=seconds)
            else:
                fate = _fate(ended) if call == ended.stage else "died"
                self._calls[call] = CallOutcome(fate=fate, seconds=seconds, exit_status=_exit_status(ended) if fate == "died" else "")
        return asked[last + 1 :]

    def _settle_import(self, ended: Ended, asked: tuple[str, ...]) -> tuple[str, ...]:
        raised = self._read_import_error() if ended.fate == "exited" else None
        fate: Fate = "raised-on-import" if raised else _fate(ended)
        status = _exit_status(ended) if fate == "died" else ""
        for call in asked:
            self._calls[call] = CallOutcome(fate=fate, exit_status=status)
        if raised is None:
            kind, sentence = _DIED[fate]
            facts = self._job.protocol.limits.model_dump() | {"status": status}
            raised = CallError(type=kind, message=sentence.format(**facts))
        self._import_error = raised
        return ()

    def _has_artifact(self, call: str) -> bool:
        return os.path.lexists(self._artifacts / f"{call}.json")

    def _read_import_error(self) -> CallError | None:
        """Return what the child wrote on its failed import; it may be anything, so it is read as untrusted."""
        path = self._artifacts / IMPORT_ERROR
        try:
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        except OSError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            try:
                return CallError.model_validate_json(file.read(_IMPORT_ERROR_BYTES))
            except (ValidationError, OSError):
                return CallError(type="Exception", message="the file cannot be imported, and what it says about it cannot be read")

    def _layers(self) -> tuple[Layer, ...]:
        layers = self._runs[-1].layers if self._runs else ()
        wall = (self._wall,) if self._wall else ()
        limits = self._job.protocol.limits
        why = f"kept from outside: {limits.seconds:g} s a function, {limits.memory_mb} MB memory, {limits.disk_mb} MB disk"
        return (*layers, self._backend.layer(), *wall, Layer(name="limits", in_force=True, why=why))


def _fate(ended: Ended) -> Fate:
    if ended.fate in {"exited", "never-started"}:
        return "died"
    return ended.fate  # type: ignore[return-value]


def _exit_status(ended: Ended) -> str:
    code = ended.exit_code
    if code is None:
        return "unknown"
    if code >= 0:
        return f"exit code {code}"
    import signal  # noqa: PLC0415 - names only where there is one to name

    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"


def probe() -> tuple[Layer, ...]:
    """Return what this machine offers and what will be in force, quickly and without TensorFlow; for `grader doctor`."""
    zygote = sys.platform == "linux"
    why = "TensorFlow is imported once, each build is a fork" if zygote else "only on Linux; a fresh process per build instead"
    return (*probe_confinement(), Layer(name="zygote", in_force=zygote, why=why), probe_wall())

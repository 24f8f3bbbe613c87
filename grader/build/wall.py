"""Bubblewrap, the outer wall around a zygote: its own processes, network, IPC, `/tmp` and `/dev/shm`; of the files only what it needs."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ..contracts.artifacts import Layer
from .confinement.enforce import readable_paths
from .environment import PACKAGE_ROOT, package_paths

_NAME = "bubblewrap"
_PROGRAMS = ("/bin", "/usr/bin", "/usr/local/bin")  # the interpreter may be among them; the child cannot execute anything
_OWN_CODE = ("__init__.py", "build", "contracts")
_PROBE_SECONDS = 10
_IN_FORCE = "the zygote sees no other process, no network, and of the files only the system, the packages and its jobs"


@functools.cache
def probe_wall() -> Layer:
    """Return whether bubblewrap can be put around a zygote here; takes a few milliseconds, once."""
    program = shutil.which("bwrap")
    if sys.platform != "linux" or program is None:
        return Layer(name=_NAME, in_force=False, why="bubblewrap (bwrap) is not installed")
    command = [program, *_UNSHARED, "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true"]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_PROBE_SECONDS, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError) as problem:
        said = getattr(problem, "stderr", b"") or str(problem).encode()
        return Layer(name=_NAME, in_force=False, why=f"bwrap does not start here: {said.decode('utf-8', 'replace').strip()[:200]}")
    return Layer(name=_NAME, in_force=True, why=_IN_FORCE)


# No --die-with-parent: it would end the zygote with the *thread* that started it. It ends when the launcher's end of its input closes.
_UNSHARED = ("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--new-session")


def walled(command: Sequence[str], jobs: Path, home: Path) -> list[str]:
    """Return `command` inside the wall; `jobs` and `home` are the only folders that it can write."""
    own = [PACKAGE_ROOT / "grader" / name for name in _OWN_CODE]
    seen = [path for path in readable_paths(package_paths()) if not str(path).startswith(("/proc", "/sys", "/dev"))]
    seen += [*map(Path, _PROGRAMS), Path(sys.prefix) / "pyvenv.cfg", Path(sys.executable), Path(sys.executable).resolve(), *own]
    binds = ["--ro-bind-try", "/sys/devices/system", "/sys/devices/system"]
    # Shortest first: a bind over a folder would hide what was bound inside it.
    for place in sorted({str(path) for path in seen}, key=len):
        binds += ["--ro-bind-try", place, place]
    for folder in (jobs, home):
        binds += ["--bind", str(folder), str(folder)]
    bwrap = shutil.which("bwrap") or "bwrap"
    private = ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/dev/shm", "--tmpfs", "/tmp"]  # noqa: S108 - inside the wall
    return [bwrap, *_UNSHARED, *private, *binds, "--", *command]

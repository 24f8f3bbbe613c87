"""Puts every layer that the machine offers over the calling process, and says which are in force."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from ...contracts.artifacts import Layer

_SYSTEM = (
    "/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo", "/usr/share/fonts",
    "/usr/share/mime", "/etc/ld.so.cache", "/etc/localtime", "/etc/timezone", "/etc/mime.types", "/etc/nsswitch.conf",
    "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/filesystems", "/proc/sys/vm/overcommit_memory",
    "/sys/devices/system/cpu", "/sys/devices/system/node", "/dev/urandom", "/dev/random",
)  # fmt: skip
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full")
_OPEN_FILES = 1024

_SWITCHED_OFF = "switched off"
_ONLY_LINUX = "only Linux has it"


def readable_paths(packages: Iterable[str]) -> list[Path]:
    """Return what the child may read beside its own folder: system libraries, the interpreter's library, `packages`, its own `/proc`."""
    libraries = [Path(prefix, "lib") for prefix in {sys.base_prefix, sys.base_exec_prefix}]
    return [*map(Path, _SYSTEM), *libraries, *map(Path, packages)]


def probe(wanted: bool = True) -> tuple[Layer, ...]:
    """Return the layers that `confine` would put in force here, without doing so."""
    if not wanted:
        return _absent(_SWITCHED_OFF)
    if sys.platform != "linux":
        return _absent(_ONLY_LINUX)
    from . import landlock, seccomp  # noqa: PLC0415 - they load libc

    version = landlock.abi()
    return (
        Layer(name="landlock", in_force=True, why=f"ABI {version}: keeps it from {landlock.covers(version)}")
        if version
        else Layer(name="landlock", in_force=False, why="this kernel has no Landlock, or it is switched off"),
        Layer(name="seccomp", in_force=True, why="no new processes, programs or sockets, no signals to others")
        if seccomp.supported()
        else Layer(name="seccomp", in_force=False, why=f"no filter for {os.uname().machine}"),
        Layer(name="privileges", in_force=True, why="no capabilities, no new privileges, no core dumps"),
    )


def confine(work: Path, packages: Iterable[str], file_mb: int) -> tuple[Layer, ...]:
    """Confine the calling process for good to reading `packages` and writing `work`. Must run before it starts a thread.

    Returns the layers; one that the machine refuses is reported as not in force, and the others still hold.
    """
    if sys.platform != "linux":
        return _absent(_ONLY_LINUX)
    from . import landlock, libc, seccomp, standins  # noqa: PLC0415 - they load libc

    paths = readable_paths(packages)

    def restrict_files() -> str:
        version = landlock.restrict(paths, map(Path, _DEVICES), work)
        standins.use_standins()
        return f"ABI {version}: keeps it from {landlock.covers(version)}"

    def filter_calls() -> str:
        seccomp.install()
        return "no new processes, programs or sockets, no signals to others"

    def give_up_privileges() -> str:
        _limit_resources(file_mb)
        libc.forbid_new_privileges()
        libc.drop_capabilities()
        # The zygote is closed to inspection and the child inherits that; but the disk limit counts the files that it holds open.
        libc.set_inspectable(True)
        return "no capabilities, no new privileges, no core dumps"

    privileges = _attempt("privileges", give_up_privileges)
    offered = {layer.name: layer for layer in probe()}
    files = _attempt("landlock", restrict_files) if offered["landlock"].in_force else offered["landlock"]
    calls = _attempt("seccomp", filter_calls) if offered["seccomp"].in_force else offered["seccomp"]
    return (files, calls, privileges)


def _absent(why: str) -> tuple[Layer, ...]:
    return tuple(Layer(name=name, in_force=False, why=why) for name in ("landlock", "seccomp", "privileges"))


def _attempt(name: str, put_in_force: Callable[[], str]) -> Layer:
    try:
        return Layer(name=name, in_force=True, why=put_in_force())
    except OSError as problem:
        return Layer(name=name, in_force=False, why=f"the machine refused it: {problem.strerror}")


def _limit_resources(file_mb: int) -> None:
    import resource  # noqa: PLC0415 - absent on Windows

    for limit, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, file_mb << 20),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
    ):
        _, most = resource.getrlimit(limit)
        allowed = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(limit, (allowed, allowed))

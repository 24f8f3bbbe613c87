"""Landlock: which files the child may open, no TCP, no signals or abstract sockets to the outside.

Source of numbers and structures: linux/landlock.h; what each ABI adds: docs.kernel.org/userspace-api/landlock.html.
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from . import libc

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_VERSION_FLAG = 1
_RULE_PATH_BENEATH = 1

_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE = 1 << 4, 1 << 5
_MAKE_DIR, _MAKE_REG, _MAKE_SYM = 1 << 7, 1 << 8, 1 << 12
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_FILE_RIGHTS_OF_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
_TCP_BIND_AND_CONNECT = 0b11  # ABI 4
_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11  # ABI 6

_READ = _READ_FILE | _READ_DIR
# Neither devices, nor sockets, nor FIFOs: nothing that blocks whoever opens it afterwards. And no program may be executed anywhere.
_WRITE = _READ | _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _MAKE_SYM | _REFER | _TRUNCATE
_ONLY_FOLDERS = _READ_DIR | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _MAKE_SYM | _REFER


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("tcp", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def abi() -> int:
    """Return the kernel's Landlock ABI, 0 where it has none or it is switched off."""
    try:
        return libc.syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG)
    except OSError:
        return 0


def covers(version: int) -> str:
    """Say what an ABI of Landlock keeps a process from."""
    parts = ["files outside its own folder"]
    if version >= 4:
        parts.append("TCP")
    if version >= 6:
        parts.append("signals and abstract sockets to other processes")
    return ", ".join(parts)


def restrict(readable: Iterable[Path], devices: Iterable[Path], writable: Path) -> int:
    """Restrict the calling thread for good and return the ABI used. Paths that do not exist are left out. Raises OSError."""
    version = abi()
    handled = _FILE_RIGHTS_OF_ABI[min(version, 5)]
    rules = _Ruleset(handled, _TCP_BIND_AND_CONNECT if version >= 4 else 0, _SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    descriptor = libc.syscall(_CREATE_RULESET, rules, size, 0)
    try:
        for path in readable:
            _allow(descriptor, path, _READ)
        for path in devices:
            _allow(descriptor, path, (_READ_FILE | _WRITE_FILE | _TRUNCATE) & handled)
        _allow(descriptor, writable, _WRITE & handled)
        libc.syscall(_RESTRICT_SELF, descriptor, 0)
    finally:
        os.close(descriptor)
    return version


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= ~_ONLY_FOLDERS
        libc.syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, _PathBeneath(rights, place), 0)
    finally:
        os.close(place)

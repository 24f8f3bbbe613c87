"""The few calls into libc that Python does not offer: prctl, raw system calls and dropping capabilities."""

from __future__ import annotations

import ctypes
import os

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_SECCOMP = 22
_PR_CAPBSET_DROP = 24
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
_SECCOMP_MODE_FILTER = 2
_LINUX_CAPABILITY_VERSION_3 = 0x20080522
_CAPSET = {"x86_64": 126, "aarch64": 91}

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def prctl(option: int, *arguments: int) -> int:
    """Call prctl; raises OSError."""
    words = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:4]]
    return _checked(_libc.prctl(option, *words), f"prctl({option})")


def syscall(number: int, *arguments: ctypes.Array[ctypes.c_char] | ctypes.Structure | int | None) -> int:
    """Make a raw system call; structures and buffers are passed by address. Raises OSError."""
    words = [
        ctypes.c_long(value) if isinstance(value, int) else ctypes.c_void_p() if value is None else ctypes.byref(value)
        for value in arguments
    ]
    return _checked(_libc.syscall(ctypes.c_long(number), *words), f"system call {number}")


def die_with_parent() -> None:
    """Have the kernel kill this process when the thread that forked it ends."""
    prctl(_PR_SET_PDEATHSIG, 9)


def set_inspectable(allowed: bool) -> None:
    """Let other processes of the same user look into this one's memory, environment and open files, or keep them out."""
    prctl(_PR_SET_DUMPABLE, int(allowed))


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent dies, so that none escapes."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1)


def forbid_new_privileges() -> None:
    """Make set-user-id programs powerless; also what lets an ordinary user install a filter."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def install_filter(program: ctypes.Structure) -> None:
    """Install a seccomp program over the calling thread and all it starts."""
    _checked(_libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_SECCOMP_MODE_FILTER), ctypes.byref(program)), "seccomp")


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapabilitySets(ctypes.Structure):
    _fields_ = (("words", ctypes.c_uint32 * 6),)


def drop_capabilities() -> None:
    """Give up every capability for good: root becomes an ordinary user who happens to own root's files."""
    number = 0
    while True:
        try:
            prctl(_PR_CAPBSET_DROP, number)
        except OSError:  # EINVAL past the last one; EPERM where this process never had the right
            break
        number += 1
    prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    header = _CapabilityHeader(_LINUX_CAPABILITY_VERSION_3, 0)
    syscall(_CAPSET[os.uname().machine], header, _CapabilitySets())

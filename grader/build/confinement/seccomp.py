"""Seccomp: a BPF program that refuses system calls which Landlock does not cover: processes, sockets, signals, shared memory.

The program is a list of rules, each a few instructions that either return an answer or fall through to the next.
Source: linux/seccomp.h, linux/filter.h.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys

from . import libc
from .syscalls import ABSENT, CLONE, MMAP, PRETENDED, REFUSED, SELF_ONLY, SELF_OR_ZERO, SENDTO, SETPRIORITY

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_COLUMN = {"x86_64": 0, "aarch64": 1}
_X32_BIT = 0x40000000

_LOAD, _JUMP_EQUAL, _JUMP_ANY_BIT, _JUMP_AT_LEAST, _AND, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x54, 0x06
_ALLOW, _KILL_PROCESS, _ANSWER = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE = 0, 4  # offsets in struct seccomp_data
_CLONE_THREAD = 0x00010000
_MAP_SHARED_ANONYMOUS = 0x21

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, operand


def _argument(index: int, high: bool = False) -> int:
    return 16 + 8 * index + (4 if high else 0)  # both architectures are little-endian


def _answer(number: int) -> Instruction:
    return (_RETURN, 0, 0, _ANSWER | number)


_REFUSE = _answer(errno.EPERM)
_PERMIT: Instruction = (_RETURN, 0, 0, _ALLOW)


def _when(number: int | None, *body: Instruction) -> list[Instruction]:
    """Return a rule: for this system call run `body`, which must end in a return on every path."""
    if number is None:
        return []
    return [(_JUMP_EQUAL, 0, len(body), number), *body]


def assemble(machine: str, own_pid: int) -> list[Instruction]:
    """Return the filter for a process on `machine` ("x86_64" or "aarch64"). Raises KeyError for another."""
    column = _COLUMN[machine]
    program: list[Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_JUMP_EQUAL, 1, 0, _AUDIT_ARCH[machine]),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if machine == "x86_64":
        program += [(_JUMP_AT_LEAST, 0, 1, _X32_BIT), _REFUSE]
    # A thread is no new process; anything else that `clone` makes is.
    program += _when(CLONE[column], (_LOAD, 0, 0, _argument(0)), (_JUMP_ANY_BIT, 1, 0, _CLONE_THREAD), _REFUSE, _PERMIT)
    # Shared anonymous memory can leave a process' resident size without being freed: the memory limit would not see it.
    program += _when(
        MMAP[column],
        (_LOAD, 0, 0, _argument(3)),
        (_AND, 0, 0, _MAP_SHARED_ANONYMOUS),
        (_JUMP_EQUAL, 0, 1, _MAP_SHARED_ANONYMOUS),
        _REFUSE,
        _PERMIT,
    )
    program += _when(
        SENDTO[column],
        (_LOAD, 0, 0, _argument(4)),
        (_JUMP_EQUAL, 0, 2, 0),
        (_LOAD, 0, 0, _argument(4, high=True)),
        (_JUMP_EQUAL, 1, 0, 0),
        _REFUSE,
        _PERMIT,
    )
    program += _when(SETPRIORITY[column], (_LOAD, 0, 0, _argument(1)), (_JUMP_EQUAL, 1, 0, 0), _REFUSE, _PERMIT)
    for numbers in SELF_ONLY.values():
        program += _when(numbers[column], (_LOAD, 0, 0, _argument(0)), (_JUMP_EQUAL, 1, 0, own_pid), _REFUSE, _PERMIT)
    for numbers in SELF_OR_ZERO.values():
        body = ((_LOAD, 0, 0, _argument(0)), (_JUMP_EQUAL, 2, 0, 0), (_JUMP_EQUAL, 1, 0, own_pid), _REFUSE, _PERMIT)
        program += _when(numbers[column], *body)
    for table, answer in ((REFUSED, _REFUSE), (PRETENDED, _answer(0)), (ABSENT, _answer(errno.ENOSYS))):
        for numbers in table.values():
            program += _when(numbers[column], answer)
    return [*program, _PERMIT]


def supported() -> bool:
    """Tell whether this module knows the machine's system calls."""
    return sys.platform == "linux" and os.uname().machine in _COLUMN and sys.byteorder == "little"


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint16), ("jt", ctypes.c_uint8), ("jf", ctypes.c_uint8), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(_Instruction)))


def install() -> None:
    """Install the filter over the calling thread for good; needs no-new-privileges. Raises OSError."""
    program = assemble(os.uname().machine, os.getpid())
    instructions = (_Instruction * len(program))(*(_Instruction(*instruction) for instruction in program))
    libc.install_filter(_Program(len(program), instructions))

"""Opens what the child left in its artifact folder. Anything may be there: links, pipes, huge files, JSON made to break a parser."""

from __future__ import annotations

import json
import math
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tokenize import TokenError
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from grader.contracts.artifacts import Artifact
from grader.examine.settings import printable

MAX_JSON_BYTES = 32 << 20
MAX_ARRAY_BYTES = 4 << 30
MAX_DEPTH = 100
MAX_DIGITS = 18  # of a whole number
MAX_AXES = 6
DTYPES = frozenset({"uint8", "int8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float16", "float32", "float64", "bool"})

_LONE_SURROGATE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)


class Unreadable(ValueError):  # noqa: N818 - it is a fact about a file before it is an error
    """An artifact that cannot be used; the message is a clause that says why."""


def read_artifact(folder: Path, call: str) -> Artifact | Unreadable:
    """Return what the child says about one call, or why that cannot be read. Checks form, not truth."""
    try:
        with open_untrusted(folder, f"{call}.json", MAX_JSON_BYTES) as file:
            text = file.read(MAX_JSON_BYTES + 1).decode("utf-8", "replace")
        text = _LONE_SURROGATE.sub(r"\\ufffd", text)
        _check_json(text)
        artifact = Artifact.model_validate_json(text, strict=True)
    except Unreadable as error:
        return error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        return Unreadable(f"it does not have the form of an artifact: {printable('.'.join(map(str, first['loc'])))}: {first['msg'][:200]}")
    if artifact.call != call:
        return Unreadable("it is about another call")
    return artifact


def open_array(folder: Path, name: str, max_bytes: int = MAX_ARRAY_BYTES) -> npt.NDArray[Any]:
    """Return an array of plain numbers, memory-mapped for reading; raises `Unreadable`."""
    with open_untrusted(folder, name, max_bytes) as file:
        try:
            version = np.lib.format.read_magic(file)
            read_header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
            shape, fortran, dtype = read_header(file)
        except (ValueError, KeyError, TypeError, SyntaxError, TokenError, RecursionError, MemoryError, EOFError) as error:
            raise Unreadable(f"it is no array file ({type(error).__name__})") from None
        if dtype.hasobject or dtype.name not in DTYPES or not dtype.isnative or dtype.shape:
            raise Unreadable(f"it is an array of {printable(str(dtype))}, not of numbers")
        if len(shape) > MAX_AXES or not all(isinstance(size, int) and size >= 0 for size in shape):
            raise Unreadable("its shape is impossible")
        offset, size = file.tell(), os.fstat(file.fileno()).st_size
        if math.prod(shape) * dtype.itemsize != size - offset:
            raise Unreadable("its length does not fit its shape")
        if not math.prod(shape):
            return np.zeros(shape, dtype)
        return np.memmap(file, dtype=dtype, mode="r", offset=offset, shape=shape, order="F" if fortran else "C")


@contextmanager
def open_untrusted(folder: Path, name: str, max_bytes: int, *, links: bool = False) -> Iterator[BinaryIO]:
    """Open a regular file directly in `folder` for reading, following no symbolic link; raises `Unreadable`.

    With `links`, a file may have further names (hard links). The folder's own last component may have been replaced by the child as
    well; what lies above it is the grader's.
    """
    if not name or "/" in name or os.sep in name or "\0" in name or name in (".", ".."):
        raise Unreadable("its name is impossible")
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    flags |= getattr(os, "O_NONBLOCK", 0)  # opening a pipe must not wait for its other end
    directory = None
    try:
        if os.open in os.supports_dir_fd:
            directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            descriptor = os.open(name, flags, dir_fd=directory)
        else:
            if any(stat.S_ISLNK(path.lstat().st_mode) for path in (folder, folder / name)):
                raise Unreadable("it is a link")
            descriptor = os.open(folder / name, flags)
    except OSError as error:
        raise Unreadable("it is missing" if isinstance(error, FileNotFoundError) else "it is no plain file") from None
    finally:
        if directory is not None:
            os.close(directory)
    with _closing(descriptor):
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise Unreadable("it is no plain file")
        if facts.st_nlink != 1 and not links:
            raise Unreadable("it has a second name elsewhere")
        if hasattr(os, "geteuid") and facts.st_uid != os.geteuid():
            raise Unreadable("it belongs to someone else")
        if facts.st_size > max_bytes:
            raise Unreadable(f"it is too large ({facts.st_size >> 20:,} MB)")
        with open(descriptor, "rb", closefd=False) as file:
            yield file


@contextmanager
def _closing(descriptor: int) -> Iterator[None]:
    try:
        yield
    finally:
        os.close(descriptor)


def _check_json(text: str) -> None:
    """Refuse JSON that parsers disagree about or choke on: duplicate keys, NaN, huge numbers, deep nesting."""
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_constant, parse_int=_integer, parse_float=_number)
    except RecursionError:
        raise Unreadable("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise Unreadable(f"it is no JSON ({error.msg})") from None
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise Unreadable("it is nested too deeply")
        level = [
            inner
            for item in level
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
            if isinstance(inner, dict | list)
        ]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Unreadable("it names a key twice")
    return made


def _constant(name: str) -> Any:
    raise Unreadable(f"it holds {name}, which is no number")


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise Unreadable("it holds a whole number that is too large")
    return int(text)


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise Unreadable("it holds a number that is too large")
    return value

"""Reads the files of an archive or folder one after the other, in memory and within bounds; nothing is extracted under a foreign name."""

from __future__ import annotations

import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from grader.contracts.errors import UsageError

MAX_FILE = 32 * 2**20  # bytes of one image; the largest official one has 0.3 MB
MAX_TABLE = 256 * 2**20  # bytes of one file of a dataset of arrays; the largest official one has 83 MB
MAX_TOTAL = 8 * 2**30  # bytes unpacked; the largest official archive has 0.9 GB
MAX_ENTRIES = 200_000  # the largest official archive has 25,000
_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz")


@dataclass(frozen=True)
class SourceEntry:
    """One file. `data` is None where it was not read: `problem` says why."""

    path: PurePosixPath
    data: bytes | None
    problem: str = ""


def printable(text: str, most: int = 120) -> str:
    """Return foreign text so that a terminal shows it and does nothing else."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in text)
    shown = shown.encode("utf-8", "backslashreplace").decode()
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def is_archive(path: Path) -> bool:
    """Return whether the name is that of an archive that can be read."""
    return path.name.lower().endswith(_SUFFIXES)


def read_source(path: Path, *, tables: bool = False) -> Iterator[SourceEntry]:
    """Yield the files in an archive, or in a folder and the archives that lie directly in it (under the archive's name).

    Files may be larger where `tables` are expected.
    Raises `UsageError` for what is neither, and for an archive that is encrypted, damaged, hostile or too large.
    """
    budget = _Budget(path, MAX_TABLE if tables else MAX_FILE)
    if path.is_dir():
        yield from _read_folder(path, budget)
    elif not path.exists():
        raise UsageError(f"There is no file or folder {printable(str(path))}.", hint="Give the archive that you downloaded, or its folder.")
    elif not path.is_file():
        raise UsageError(f"{printable(str(path))} is neither a file nor a folder.")
    else:
        yield from _read_archive(path, budget)


class _Budget:
    """Counts entries and bytes, and refuses a source that has more than any dataset known here."""

    def __init__(self, path: Path, largest: int) -> None:
        self.largest = largest  # bytes of one file
        self._name = printable(path.name)
        self._entries = 0
        self._bytes = 0

    def take(self, size: int) -> None:
        self._entries += 1
        self._bytes += size
        if self._entries > MAX_ENTRIES or self._bytes > MAX_TOTAL:
            raise UsageError(
                f"{self._name} unpacks to more than {MAX_ENTRIES:,} files or {MAX_TOTAL // 2**30} GiB; no dataset of this course does.",
                hint="Use the publisher's own archive.",
            )


def _read_folder(folder: Path, budget: _Budget) -> Iterator[SourceEntry]:
    for path in sorted(folder.rglob("*")):
        name = PurePosixPath(path.relative_to(folder).as_posix())
        if path.is_symlink():
            yield SourceEntry(name, None, "a symbolic link")
        elif path.is_dir():
            continue
        elif not path.is_file():
            yield SourceEntry(name, None, "not a regular file")
        elif is_archive(path) and path.parent == folder:
            stem = path.name.lower().removesuffix(".gz").removesuffix(".tar").removesuffix(".tgz").removesuffix(".zip")
            for entry in _read_archive(path, budget):
                yield SourceEntry(PurePosixPath(stem) / entry.path, entry.data, entry.problem)
        else:
            try:
                size = path.stat().st_size
                budget.take(size)
                yield SourceEntry(name, path.read_bytes()) if size <= budget.largest else _too_large(name, budget)
            except OSError as error:
                yield SourceEntry(name, None, f"cannot be read ({error.strerror})")


def _read_archive(path: Path, budget: _Budget) -> Iterator[SourceEntry]:
    name = printable(path.name)
    if not is_archive(path):
        raise UsageError(f"{name} is no archive that can be read.", hint=f"Give a folder, or a file ending in {', '.join(_SUFFIXES)}.")
    try:
        yield from _read_zip(path, budget) if path.name.lower().endswith(".zip") else _read_tar(path, budget)
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, NotImplementedError) as error:
        raise UsageError(f"{name} is damaged or no such archive: {printable(str(error))}.", hint="Download or copy it again.") from error
    except OSError as error:
        raise UsageError(
            f"{name} cannot be read: {printable(error.strerror or str(error))}.", hint="Copy it again, or check its permissions."
        ) from error


def _read_zip(path: Path, budget: _Budget) -> Iterator[SourceEntry]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            name = _checked_name(info.filename, path)
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind not in {0, stat.S_IFREG}:
                raise _hostile(path, f"{printable(info.filename)} is a link or device")
            if info.flag_bits & 1:
                raise UsageError(f"{printable(path.name)} is encrypted.", hint="Unpack it with its password, then import the folder.")
            budget.take(info.file_size)
            if info.file_size > budget.largest:
                yield _too_large(name, budget)
                continue
            try:
                with archive.open(info) as stream:
                    data = stream.read(budget.largest + 1)  # never more than the entry declares, whatever it holds
            except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError) as error:
                yield SourceEntry(name, None, f"damaged in the archive ({printable(str(error), 60)})")
                continue
            yield SourceEntry(name, data)


def _read_tar(path: Path, budget: _Budget) -> Iterator[SourceEntry]:
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isdir():
                continue
            name = _checked_name(member.name, path)
            if not member.isfile():
                raise _hostile(path, f"{printable(member.name)} is a link or device")
            budget.take(member.size)  # before anything reads on: skipping a member unpacks it too
            if member.size > budget.largest:
                yield _too_large(name, budget)
                continue
            stream = archive.extractfile(member) or io.BytesIO()
            yield SourceEntry(name, stream.read())


def _too_large(name: PurePosixPath, budget: _Budget) -> SourceEntry:
    return SourceEntry(name, None, f"larger than {budget.largest // 2**20} MiB")


def _checked_name(name: str, path: Path) -> PurePosixPath:
    pure = PurePosixPath(name.replace("\\", "/"))
    if pure.is_absolute() or ".." in pure.parts or ":" in (pure.parts or ("",))[0]:
        raise _hostile(path, f"{printable(name)} points outside of it")
    return pure


def _hostile(path: Path, why: str) -> UsageError:
    return UsageError(f"{printable(path.name)} is refused: its entry {why}.", hint="Use the publisher's own archive.")

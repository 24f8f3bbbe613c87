"""Finds the one submission in what was handed in - a file, a folder, a zip - and reads its bytes without trusting any of it."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from zlib import error as ZlibError

from grader.contracts.errors import SubmissionError, UsageError
from grader.words import Table

MAX_SOURCE = 5_000_000  # bytes of Python
MAX_NOTEBOOK = 50_000_000  # bytes; outputs may hold pictures
MAX_ENTRIES = 2000  # in a zip
SUFFIXES = (".py", ".ipynb")
_USUAL = ("submission.py", "submission.ipynb")

# What is wrong with a file, and what to do about it.
WORDS = Table(
    "submission.files",
    {
        "nothing-there": "There is no file or folder {name}.",
        "nothing-there-do": "Check the path, or run the command in the file's folder.",
        "other-kind": "{name} is neither Python (.py) nor a notebook (.ipynb).",
        "other-kind-do": "Hand in a .py, an .ipynb, a folder or a .zip.",
        "folder": "The folder {name}",
        "archive": "The archive {name}",
        "holds-none": "{where} holds no .py and no .ipynb file.",
        "holds-none-do": "Put your submission.py or submission.ipynb there.",
        "deeper": "There is one in {folders}: name it.",
        "several-deeper": "There is one in {folders}: name them.",
        "holds-several": "{where} holds several submissions: {listed}.",
        "holds-several-do": "Name one of them, or leave only one there.",
        "too-large": "{name} is larger than {limit} MB.",
        "too-large-do": "Is this really the file with your functions?",
        "too-large-notebook-do": "Clear its outputs and save it again.",
        "not-allowed": "{name} may not be read: permission denied.",
        "not-allowed-do": "Allow reading it, for example with `chmod u+r`.",
        "unreadable": "{name} cannot be read: {error}.",
        "unreadable-do": "Save it again and try once more.",
        "link": "{name} is a link.",
        "link-do": "Hand in the file itself.",
        "not-regular": "{name} is not a regular file (it is a pipe or a device).",
        "not-regular-do": "Hand in a saved file.",
        "too-many": "{name} holds {number} files.",
        "too-many-do": "Zip only your submission.",
        "no-zip": "{name} is not a zip that can be read: {error}.",
        "no-zip-do": "Zip the submission again, or hand in the file itself.",
        "unsafe-path": "{name} holds a file with an unsafe path: {inside}.",
        "unsafe-path-do": "Zip the submission again from inside its folder.",
        "holds-link": "{name} holds a link: {inside}.",
        "holds-link-do": "Zip the file itself.",
        "password": "{name} is protected by a password.",
        "password-do": "Zip it again without one.",
    },
)


@dataclass(frozen=True)
class RawFile:
    """A submission as it was handed in."""

    name: str  # shown name
    data: bytes

    @property
    def notebook(self) -> bool:
        """Whether the name says that it is a notebook."""
        return self.name.lower().endswith(".ipynb")


def read_raw(path: Path) -> RawFile:
    """Return the submission that `path` is or holds.

    Raises:
        UsageError: there is nothing at `path`.
        SubmissionError: it holds no submission, several, or one that cannot be read.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UsageError(WORDS["nothing-there"].format(name=shown(path)), hint=WORDS["nothing-there-do"]) from error
    except (OSError, ValueError) as error:
        raise _unreadable(shown(path), error) from error
    if stat.S_ISDIR(mode):
        return _from_folder(path)
    name = shown(path.name)
    if path.suffix.lower() == ".zip":
        return _from_zip(path)
    if path.suffix.lower() not in SUFFIXES:
        raise _refused("other-kind", name=name)
    return RawFile(name, _read(path, name, follow=True))


def _refused(what: str, *, to_do: str = "", **told: object) -> SubmissionError:
    """Return the error that says what is wrong, and what to do about it."""
    return SubmissionError(WORDS[what].format(**told), hint=WORDS[f"{to_do or what}-do"])


def shown(name: str | Path) -> str:
    """Return a file name as text that any encoder accepts."""
    return str(name).encode("utf-8", "replace").decode("utf-8")


def _from_folder(folder: Path) -> RawFile:
    try:
        files = sorted(entry.name for entry in os.scandir(folder) if not entry.is_dir(follow_symlinks=False))
    except OSError as error:
        raise _unreadable(shown(folder), error) from error
    name = _choose(files, WORDS["folder"].format(name=shown(folder.resolve().name)), _deeper(folder))
    return RawFile(shown(name), _read(folder / name, shown(name), follow=False))


def _deeper(folder: Path) -> list[str]:
    """Return the folders in this one that hold a submission by its usual name, as `grader start` makes them."""
    try:
        inside = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False))
        return [name for name in inside if any((folder / name / usual).is_file() for usual in _USUAL)]
    except OSError:
        return []


def _choose(names: list[str], where: str, deeper: Sequence[str] = ()) -> str:
    found = [name for name in names if name.lower().endswith(SUFFIXES) and not PurePosixPath(name).name.startswith((".", "__"))]
    preferred = [name for name in found if PurePosixPath(name).name.lower() in _USUAL]
    candidates = preferred or found
    if not candidates:
        if deeper:
            told = WORDS["deeper" if len(deeper) == 1 else "several-deeper"].format(folders=", ".join(shown(name) for name in deeper[:5]))
            raise SubmissionError(WORDS["holds-none"].format(where=where), hint=told)
        raise _refused("holds-none", where=where)
    if len(candidates) > 1:
        listed = ", ".join(shown(name) for name in candidates[:10]) + (" …" if len(candidates) > 10 else "")
        raise _refused("holds-several", where=where, listed=listed)
    return candidates[0]


def _limit(name: str) -> int:
    return MAX_NOTEBOOK if name.lower().endswith(".ipynb") else MAX_SOURCE


def _too_large(name: str, limit: int) -> SubmissionError:
    to_do = "too-large-notebook" if name.lower().endswith(".ipynb") else "too-large"
    return _refused("too-large", to_do=to_do, name=name, limit=limit // 1_000_000)


def _unreadable(name: str, error: Exception) -> SubmissionError:
    if isinstance(error, PermissionError):
        return _refused("not-allowed", name=name)
    return _refused("unreadable", name=name, error=getattr(error, "strerror", None) or error)


def _read(path: Path, name: str, *, follow: bool) -> bytes:
    """Read a regular file up to its limit; a pipe or device never blocks. In a folder, links are not followed out of it."""
    limit = _limit(name)
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | (0 if follow else getattr(os, "O_NOFOLLOW", 0))
    try:
        status = path.stat() if follow else path.lstat()
        if stat.S_ISLNK(status.st_mode):
            raise _refused("link", name=name)
        if not stat.S_ISREG(status.st_mode):
            raise _refused("not-regular", name=name)
        if status.st_size > limit:
            raise _too_large(name, limit)
        with os.fdopen(os.open(path, flags), "rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise _unreadable(name, error) from error
    if len(data) > limit:
        raise _too_large(name, limit)
    return data


def _from_zip(path: Path) -> RawFile:
    """Read one member in memory; nothing is ever unpacked."""
    name = shown(path.name)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                raise _refused("too-many", name=name, number=len(entries))
            for entry in entries:
                _refuse_unsafe(entry, name)
            chosen = _choose(_shallowest(entries), WORDS["archive"].format(name=name))
            return RawFile(f"{name}/{shown(chosen)}", _read_member(archive, archive.getinfo(chosen), name))
    except OSError as error:
        raise _unreadable(name, error) from error
    except (zipfile.BadZipFile, ZlibError, EOFError, NotImplementedError, RuntimeError, ValueError, KeyError, UnicodeError) as error:
        raise _refused("no-zip", name=name, error=error) from error


def _refuse_unsafe(entry: zipfile.ZipInfo, name: str) -> None:
    parts = PurePosixPath(entry.filename.replace("\\", "/"))
    shown_entry = shown(entry.filename)
    if parts.is_absolute() or ".." in parts.parts or (parts.parts and ":" in parts.parts[0]):
        raise _refused("unsafe-path", name=name, inside=shown_entry)
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise _refused("holds-link", name=name, inside=shown_entry)
    if entry.flag_bits & 0x1:
        raise _refused("password", name=name)


def _shallowest(entries: list[zipfile.ZipInfo]) -> list[str]:
    """Return the files on the first level that holds any; a zip usually wraps everything in one folder."""
    files = [e.filename for e in entries if not e.is_dir()]
    files = [f for f in files if not any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(f).parts)]
    relevant = [f for f in files if f.lower().endswith(SUFFIXES)]
    depth = min((len(PurePosixPath(f).parts) for f in relevant), default=0)
    return sorted(f for f in relevant if len(PurePosixPath(f).parts) == depth)


def _read_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> bytes:
    limit = _limit(entry.filename)
    label = f"{name}/{shown(entry.filename)}"
    if entry.file_size > limit:
        raise _too_large(label, limit)
    with archive.open(entry) as member:
        data = member.read(limit + 1)  # the size in the directory may lie
    if len(data) > limit:
        raise _too_large(label, limit)
    return data

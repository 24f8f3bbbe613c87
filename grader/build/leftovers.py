"""Folders of builders: each is held by a lock for as long as its process lives, and removed at the next start where that was killed."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

from .sweep import remove_tree

PREFIX = "grader-build-"
_OWNER = "owner.lock"
_UNOWNED_SECONDS = 86_400  # a folder without an owner's mark may be about to get one, or be a builder's of another version


class Home:
    """A builder's private folder, held until it is removed."""

    def __init__(self) -> None:
        _remove_leftovers(Path(tempfile.gettempdir()))
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
        draft = self.path / f"{_OWNER}.new"
        self._mark: IO[bytes] = draft.open("wb")
        if _locked(self._mark):
            draft.rename(self.path / _OWNER)  # locked before anyone can find it

    def remove(self) -> None:
        """Remove the folder and everything in it."""
        if sys.platform == "win32":  # what is open cannot be removed there, and nobody else removes anything
            self._mark.close()
        remove_tree(self.path)
        self._mark.close()  # only now: whoever starts meanwhile must not take the folder for a dead builder's


def _remove_leftovers(temporary: Path) -> None:
    """Remove the folders of dead builders of the same user; whatever stands in the way is left for the next start."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        for folder in temporary.glob(f"{PREFIX}*"):
            with contextlib.suppress(OSError):
                details = folder.lstat()
                if stat.S_ISDIR(details.st_mode) and details.st_uid == os.getuid() and _dead(folder, details.st_mtime):
                    remove_tree(folder)


def _dead(folder: Path, changed: float) -> bool:
    mark = folder / _OWNER
    if not mark.is_file() or mark.is_symlink():
        return time.time() - changed > _UNOWNED_SECONDS
    with mark.open("r+b") as file:
        return _locked(file)


def _locked(file: IO[bytes]) -> bool:
    """Return whether the file is now locked by this process, until it is closed: no other one holds it."""
    if sys.platform == "win32":
        return False
    import fcntl  # noqa: PLC0415 - POSIX only

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True

"""Tidies, from the trusted side, what a child left: only plain files of bounded size stay, and any folder can be removed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

_JSON_BYTES = 16 << 20
_SLACK_BYTES = 1 << 20


def sweep_artifacts(folder: Path, identity: tuple[int, int], finished: set[str], recorded_mb: int) -> bool:
    """Keep the artifacts of `finished` calls and remove everything that is no plain file of its own within its size.

    Call only once the child and all it started have ended. Returns False, and leaves an empty folder, where the child has replaced the
    folder itself (`identity`: device and inode when it was made).
    """
    details = folder.lstat() if os.path.lexists(folder) else None
    if details is None or not stat.S_ISDIR(details.st_mode) or (details.st_dev, details.st_ino) != identity:
        _remove(folder)
        folder.mkdir(mode=0o700)
        return False
    folder.chmod(0o700)
    room = (recorded_mb << 20) + _SLACK_BYTES
    for path in list(_children(folder)):
        details = path.lstat()
        plain = stat.S_ISREG(details.st_mode) and details.st_nlink == 1
        if plain and path.suffix == ".json" and path.stem in finished and details.st_size <= _JSON_BYTES:
            path.chmod(0o600)
        elif plain and path.suffix == ".npy" and details.st_size <= room:
            room -= details.st_size
            path.chmod(0o600)
        else:
            _remove(path)
    return True


def remove_tree(folder: Path) -> None:
    """Remove a folder that a child has written to, however deep it is and whatever its permissions; follows no link."""
    _remove(folder)


def _children(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for entry in entries:
            yield Path(entry.path)


def _remove(path: Path) -> None:
    if not os.path.lexists(path):
        return
    if not stat.S_ISDIR(path.lstat().st_mode):
        path.unlink()
        return
    path.chmod(0o700)
    moved = 0
    while children := list(_children(path)):
        for child in children:
            if not stat.S_ISDIR(child.lstat().st_mode):
                child.unlink()
                continue
            # A tree deeper than the longest path, or than the stack, is flattened: each folder comes to the top before it goes.
            child.chmod(0o700)
            for grandchild in list(_children(child)):
                if stat.S_ISDIR(grandchild.lstat().st_mode):
                    moved += 1
                    grandchild.chmod(0o700)  # renaming a folder writes its `..`
                    grandchild.rename(path / f".removed-{moved}-{os.getpid()}")
                else:
                    grandchild.unlink()
            child.rmdir()
    path.rmdir()

"""Files that a command writes: refused before the work starts where they cannot be written, replaced in one step at its end."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from grader.contracts.errors import GraderError, UsageError

_SUBMISSIONS = {".py", ".ipynb", ".zip"}


def require_writable(path: Path, option: str, usual: str = "report.html") -> None:
    """Raise `UsageError` where `path` cannot be written, or is something that a report must not replace; `usual` is a name to suggest."""
    target = path.resolve()
    if path.suffix.lower() in _SUBMISSIONS - {Path(usual).suffix}:
        raise UsageError(f"{option} {path}: a report does not go into a {path.suffix} file.", hint=f"Try {option} {usual}")
    if target.exists() and not target.is_file():
        raise UsageError(f"{option} {path}: this is no ordinary file.", hint=f"Try {option} {usual}")
    if not target.parent.is_dir():
        raise UsageError(f"{option} {path}: the folder {path.parent} does not exist.", hint="Make it first, or name another.")
    if target.exists() and not os.access(target, os.W_OK):
        raise UsageError(f"{option} {path}: this file is read-only.", hint="Name another file.")
    try:
        _create(target).unlink()
    except OSError as error:
        raise UsageError(f"{option} {path} cannot be written: {error.strerror or error}.", hint="Name another file.") from error


def replace(path: Path, content: str | bytes) -> None:
    """Write a text (in UTF-8) or bytes to `path`, so that no one ever sees half of it."""
    target = path.resolve()
    try:
        draft = _create(target)
        try:
            draft.write_bytes(content.encode() if isinstance(content, str) else content)
            draft.replace(target)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise GraderError(f"{path} could not be written: {error.strerror or error}.", hint="Is there space left on the disk?") from error


def _create(target: Path) -> Path:
    # Beside the target, since only within one file system can a file be replaced in one step; with the permissions of any new file.
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    draft.open("x").close()
    return draft

"""Files that a command writes: refused before the work starts where they cannot be written, replaced in one step at its end."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from grader.contracts.errors import GraderError, UsageError
from grader.words import Table

WORDS = Table(
    "output-file",
    {
        "not-into": "{option} {path}: a report does not go into a {suffix} file.",
        "try": "Try {option} {usual}",
        "no-file": "{option} {path}: this is no ordinary file.",
        "no-folder": "{option} {path}: the folder {folder} does not exist.",
        "make-it": "Make it first, or name another.",
        "read-only": "{option} {path}: this file is read-only.",
        "name-another": "Name another file.",
        "unwritable": "{option} {path} cannot be written: {why}.",
        "unwritten": "{path} could not be written: {why}.",
        "space": "Is there space left on the disk?",
    },
)

_SUBMISSIONS = {".py", ".ipynb", ".zip"}


def require_writable(path: Path, option: str, usual: str = "report.html") -> None:
    """Raise `UsageError` where `path` cannot be written, or is something that a report must not replace; `usual` is a name to suggest."""
    target, tried = path.resolve(), WORDS["try"].format(option=option, usual=usual)
    if path.suffix.lower() in _SUBMISSIONS - {Path(usual).suffix}:
        raise UsageError(WORDS["not-into"].format(option=option, path=path, suffix=path.suffix), hint=tried)
    if target.exists() and not target.is_file():
        raise UsageError(WORDS["no-file"].format(option=option, path=path), hint=tried)
    if not target.parent.is_dir():
        raise UsageError(WORDS["no-folder"].format(option=option, path=path, folder=path.parent), hint=WORDS["make-it"])
    if target.exists() and not os.access(target, os.W_OK):
        raise UsageError(WORDS["read-only"].format(option=option, path=path), hint=WORDS["name-another"])
    try:
        _create(target).unlink()
    except OSError as error:
        raise UsageError(
            WORDS["unwritable"].format(option=option, path=path, why=error.strerror or error), hint=WORDS["name-another"]
        ) from error


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
        raise GraderError(WORDS["unwritten"].format(path=path, why=error.strerror or error), hint=WORDS["space"]) from error


def _create(target: Path) -> Path:
    # Beside the target, since only within one file system can a file be replaced in one step; with the permissions of any new file.
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    draft.open("x").close()
    return draft

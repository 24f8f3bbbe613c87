"""The instructor's secret that the hidden images are drawn from: made on first use, readable by its owner alone."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_config_path

from grader.contracts.errors import GraderError, UsageError

VARIABLE = "GRADER_HOLDOUT_SECRET"
_LEAST = 16  # characters; a shorter one could be guessed


@dataclass(frozen=True)
class Secret:
    """The secret, where it comes from, and whether it was made just now."""

    value: bytes
    source: str
    new: bool = False


def secret_file() -> Path:
    """Return where the secret is kept."""
    return user_config_path("cnn-grader") / "holdout.secret"


def holdout_secret() -> Secret:
    """Return the secret of the variable `GRADER_HOLDOUT_SECRET`, else of the file, which is made where it is absent.

    Raises `UsageError` for one that is too short, `GraderError` where the file can neither be read nor made.
    """
    given = os.environ.get(VARIABLE)
    if given is not None:
        return Secret(_checked(given, VARIABLE), f"the variable {VARIABLE}")
    file = secret_file()
    try:
        if file.is_file():
            return Secret(_checked(file.read_text(encoding="utf-8"), str(file)), str(file))
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        value = secrets.token_urlsafe(32)
        with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as stream:
            stream.write(value + "\n")
    except OSError as error:
        raise GraderError(f"The secret in {file} cannot be kept: {error.strerror or error}.", hint=f"Or set {VARIABLE}.") from error
    return Secret(value.encode(), str(file), new=True)


def _checked(value: str, where: str) -> bytes:
    if len(value.strip()) < _LEAST:
        raise UsageError(
            f"The secret in {where} is shorter than {_LEAST} characters.", hint="Use a long random one, or remove it: a new one is made."
        )
    return value.strip().encode()

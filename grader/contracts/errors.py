"""The four kinds of trouble, told apart by whose they are; each knows its exit code."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .base import Place


class ExitCode(IntEnum):
    """What the commands for students and CI answer to the shell."""

    PASSED = 0
    BELOW_PASS_MARK = 1
    USAGE = 2
    GRADER_FAULT = 3
    UNREADABLE_SUBMISSION = 4


class GraderError(Exception):
    """The grader's own fault, or the machine's (disk full, a dead worker). Never a student's zero."""

    exit_code = ExitCode.GRADER_FAULT

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint  # what to do next, as a sentence


class UsageError(GraderError):
    """The command was given something it cannot work with."""

    exit_code = ExitCode.USAGE


class AuthorError(GraderError):
    """An exercise author's mistake: a rubric that cannot be used. The message holds file, line and the valid choices."""

    exit_code = ExitCode.USAGE


class SubmissionError(GraderError):
    """The student's file cannot be read at all."""

    exit_code = ExitCode.UNREADABLE_SUBMISSION

    def __init__(self, message: str, hint: str = "", *, place: Place | None = None) -> None:
        super().__init__(message, hint)
        self.place = place  # where in the file, as far as one line is to blame; the message begins with it

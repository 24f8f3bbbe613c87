"""Describes an exception out of a student's code: its type, its words, the deepest line of theirs."""

from __future__ import annotations

import re
import traceback

from ..contracts.artifacts import CallError
from .harmless import harmless

FILE_NAME = "submission.py"
_FRAMES = 6
_COLOURS = re.compile(r"\x1b\[[\d;]*m")  # Keras prints some messages in bold
_NO_KEYBOARD = ": the code asks for keyboard input, and nobody is there to type while it is graded"


def call_error(problem: BaseException) -> CallError:
    """Return `problem` as data. Never raises, whatever `__str__` does."""
    return CallError(
        type=harmless(type(problem).__name__, 300),
        message=harmless(_message(problem), 8000),
        line=_line(problem),
        tail=harmless(_tail(problem), 8000),
    )


def _message(problem: BaseException) -> str:
    try:
        text = str(problem)
    except BaseException as second:  # a student's own exception class
        return f"(its message cannot be shown: {type(second).__name__})"
    if isinstance(problem, EOFError) and text == "EOF when reading a line":
        return text + _NO_KEYBOARD
    if isinstance(problem, SystemExit):
        return f"the code ends the program (exit code {text})"
    return _COLOURS.sub("", text)


def _line(problem: BaseException) -> int | None:
    if isinstance(problem, SyntaxError) and problem.filename == FILE_NAME:
        return problem.lineno
    line = None
    for frame, number in traceback.walk_tb(problem.__traceback__):
        if frame.f_code.co_filename == FILE_NAME:
            line = number
    return line


def _tail(problem: BaseException) -> str:
    try:
        frames = list(traceback.extract_tb(problem.__traceback__))
        theirs = next((number for number, frame in enumerate(frames) if frame.filename == FILE_NAME), len(frames))
        frames = frames[theirs : theirs + 1] + frames[theirs + 1 :][1 - _FRAMES :]  # where they called, and the end of what came of it
        return "".join(traceback.format_list(frames))[-8000:]
    except BaseException:  # e.g. a patched traceback module
        return ""

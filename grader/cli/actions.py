"""GitHub Actions' side of a job: its summary, its outputs, its log (some lines of which are commands), and the files of a repository."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from grader.contracts.base import Place
from grader.contracts.errors import GraderError
from grader.report.github import Locate
from grader.submission.notebook_lines import file_line

MOST_SUMMARY = 1 << 20  # bytes for a step; more is refused as a whole
_CUT = "\n\n(The summary was too long: the rest is in the report.)\n"


def in_actions() -> bool:
    """Return whether this is a step of a GitHub Actions job."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


@contextmanager
def no_commands() -> Iterator[None]:
    """Keep GitHub from taking anything that is printed meanwhile for a command; only a word that nobody can guess ends that."""
    if not in_actions():
        yield
        return
    word = secrets.token_hex(16)
    _say(f"::stop-commands::{word}")
    try:
        yield
    finally:
        _say(f"::{word}::")


def add_summary(markdown: str) -> None:
    """Append to the summary of the step."""
    text = markdown + "\n"
    if len(text.encode()) > MOST_SUMMARY:
        room = MOST_SUMMARY - len(_CUT.encode())
        text = text.encode()[:room].decode(errors="ignore").rpartition("\n")[0] + _CUT
    _append("GITHUB_STEP_SUMMARY", text)


def set_outputs(values: Mapping[str, str]) -> None:
    """Set outputs of the step; a value with several lines stays one value."""
    blocks = []
    for name, value in values.items():
        end = f"end-{secrets.token_hex(16)}"
        blocks.append(f"{name}<<{end}\n{value}\n{end}\n")
    _append("GITHUB_OUTPUT", "".join(blocks))


def locator(path: Path) -> Locate:
    """Return what finds the places of the submission at `path` in the repository: file, and line of that file where it is known."""

    def locate(place: Place) -> tuple[str, int | None]:
        file = path / place.file if path.is_dir() else path
        line = place.line
        if place.cell is not None and line is not None:
            line = _line_of_notebook(file, place.cell, line)
        elif file.suffix.lower() == ".zip":
            line = None
        return _in_repository(file), line

    return locate


def _line_of_notebook(file: Path, cell: int, line: int) -> int | None:
    try:
        return file_line(file.read_text(encoding="utf-8-sig"), cell, line)
    except (OSError, ValueError):
        return None


def _in_repository(file: Path) -> str:
    root = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
    absolute = file.absolute()
    try:
        return (absolute.parent.resolve() / absolute.name).relative_to(root).as_posix()
    except ValueError:
        return file.as_posix()


def _append(variable: str, text: str) -> None:
    name = os.environ.get(variable)
    if not name:
        return
    try:
        with Path(name).open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise GraderError(f"{variable} cannot be written: {error.strerror or error}.") from error


def _say(line: str) -> None:
    click.echo(line)

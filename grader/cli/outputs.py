"""The formats that a report is written in: one option for each, with the file to write; `-` prints it, and nothing else, on stdout."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from grader.contracts.errors import UsageError
from grader.words import Table

if TYPE_CHECKING:
    from grader.contracts.report import Report

F = TypeVar("F", bound=Callable[..., Any])

# Name of the option -> what its help says, and the file that is suggested where one is asked for.
FORMATS = {
    "json": ("Write the report as JSON.", "report.json"),
    "html": ("Write the report as an HTML page.", "report.html"),
    "markdown": ("Write a summary in Markdown.", "summary.md"),
    "junit": ("Write JUnit XML, a test for each criterion.", "junit.xml"),
    "gradescope": ("Write Gradescope's results.json.", "results.json"),
    "prairielearn": ("Write PrairieLearn's results.json.", "results.json"),
}
WRITTEN = Table(
    "outputs",
    {
        "json": "JSON report: {file}",
        "html": "HTML report: {file}",
        "markdown": "Markdown summary: {file}",
        "junit": "JUnit XML: {file}",
        "gradescope": "Gradescope results: {file}",
        "prairielearn": "PrairieLearn results: {file}",
        "needs-file": "--{option} needs a file.",
        "try": "Try --{option} {file}",
        "one-report": "{why}; --{option} - prints one report.",
        "name-file": "Name a file: --{option} {file}",
        "both-print": "--{option} - and --{other} - would both print on stdout.",
        "name-one": "Name a file for one of them.",
        "same-file": "--{option} and --{other} name the same file.",
        "try-both": "Try --{option} {file} --{other} {second}",
    },
)
STDOUT = Path("-")
_PRINTED = [name for name in FORMATS if name != "html"]
_FILE = click.Path(dir_okay=True, path_type=Path, allow_dash=True)


def output_options(command: F) -> F:
    """Give a command the options `--json FILE`, `--html FILE`, …; it gets them as keywords `to_json`, `to_html` and so on."""
    for name, (text, *_) in reversed(FORMATS.items()):
        command = click.option(f"--{name}", f"to_{name}", type=_FILE, metavar="FILE", help=text)(command)
    return command


class Outputs:
    """The files that were asked for. Making it refuses, before any work starts, what could not be written at its end."""

    def __init__(self, asked: Mapping[str, Path | None], *, not_printed: str = "") -> None:
        """Take the keywords of `output_options`; `not_printed`: why no format can have stdout for itself, as a clause."""
        from .output import require_writable  # noqa: PLC0415

        self._files = {name: file for name in FORMATS if (file := asked.get(f"to_{name}")) is not None}
        printed = [name for name, file in self._files.items() if file == STDOUT]
        for name in printed:
            if name not in _PRINTED:
                raise UsageError(WRITTEN["needs-file"].format(option=name), hint=WRITTEN["try"].format(option=name, file=FORMATS[name][1]))
            if not_printed:
                raise UsageError(
                    WRITTEN["one-report"].format(why=not_printed, option=name),
                    hint=WRITTEN["name-file"].format(option=name, file=FORMATS[name][1]),
                )
        if len(printed) > 1:
            raise UsageError(WRITTEN["both-print"].format(option=printed[0], other=printed[1]), hint=WRITTEN["name-one"])
        seen: dict[Path, str] = {}
        for name, file in self._files.items():
            if file == STDOUT:
                continue
            if (other := seen.setdefault(file.resolve(), name)) != name:
                raise UsageError(
                    WRITTEN["same-file"].format(option=other, other=name),
                    hint=WRITTEN["try-both"].format(option=other, file=FORMATS[other][1], other=name, second=FORMATS[name][1]),
                )
            require_writable(file, f"--{name}", FORMATS[name][1])

    def __bool__(self) -> bool:
        """Whether any format was asked for."""
        return bool(self._files)

    @property
    def printed(self) -> bool:
        """Whether stdout belongs to one of the formats."""
        return STDOUT in self._files.values()

    @property
    def page(self) -> bool:
        """Whether the HTML page is among them."""
        return "html" in self._files

    def write(self, report: Report) -> None:
        """Write every file, then print what belongs on stdout."""
        from grader import report as renderers  # noqa: PLC0415

        from .output import replace  # noqa: PLC0415

        texts = {name: getattr(renderers, f"to_{name}")(report) for name in self._files}
        for name, text in texts.items():
            if self._files[name] != STDOUT:
                replace(self._files[name], text)
        for name, text in texts.items():
            if self._files[name] == STDOUT:
                click.echo(text, nl=False)

    def say(self) -> None:
        """Tell on stderr which files were written."""
        from grader.report.text import one_line  # noqa: PLC0415

        for name, file in self._files.items():
            if file != STDOUT:
                click.echo(WRITTEN[name].format(file=one_line(str(file))), err=True)

"""The `grader` command itself: imports only the subcommand that is asked for, and turns trouble into a sentence and an exit code."""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import sys
from typing import Any

import click

from grader import __version__
from grader.contracts.errors import ExitCode, GraderError

# Name -> module, attribute, and the line that `grader --help` shows, so that help need not import the module.
COMMANDS = {
    "exercises": ("grader.cli.exercises", "exercises", "List the exercises."),
    "start": ("grader.cli.start", "start", "Copy an exercise's instructions and starter."),
    "check": ("grader.cli.check", "check", "Grade one submission."),
    "hint": ("grader.cli.hint", "hint", "Show the next hint for a criterion."),
    "ci": ("grader.cli.ci", "ci", "Grade in a CI job or a harness."),
    "grade": ("grader.cli.grade", "grade", "Grade a class."),
    "regrade": ("grader.cli.regrade", "regrade", "Judge a run's stored evidence again."),
    "override": ("grader.cli.marks", "override", "Decide a criterion by hand; the decision outlives every rubric."),
    "gradebook": ("grader.cli.gradebook", "gradebook", "Show a run's marks, and what needs a human."),
    "review": ("grader.cli.gradebook", "review", "List what needs a human, with the reason."),
    "report": ("grader.cli.site", "report", "Write a run's report: a front page and a page per student."),
    "export": ("grader.cli.export", "export", "Fill a run's marks into an LMS's own export."),
    "explain-mark": ("grader.cli.appeal", "explain_mark", "Show how a mark was decided, point by point."),
    "similar": ("grader.cli.similar", "similar", "Show likely copies in a run."),
    "forget": ("grader.cli.marks", "forget", "Remove a student from a run."),
    "bundle": ("grader.cli.bundle", "bundle", "Write an exercise as an archive for a grading service."),
    "concepts": ("grader.cli.concepts", "concepts", "List the ideas of the course, and where each is checked."),
    "explain": ("grader.cli.concepts", "explain", "Explain one idea of the course, with an example to run."),
    "data": ("grader.cli.data", "data", "List, prepare, fetch, import and verify datasets and weights."),
    "cache": ("grader.cli.cache", "cache", "Show and tidy what is kept between runs."),
    "rubric": ("grader.cli.rubric", "rubric", "Check and calibrate rubrics, or print their JSON Schema."),
    "translation": ("grader.cli.translation", "translation", "Write and check translations of what students read."),
    "doctor": ("grader.cli.doctor", "doctor", "Show what this machine offers, and what will protect it."),
}
INTERRUPTED = 130  # 128 + SIGINT, as shells have it
BROKEN_PIPE = 141  # 128 + SIGPIPE


class LazyGroup(click.Group):
    """Imports a subcommand only when it is the one that was asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the order in which a student meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return one subcommand."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of subcommands from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; whatever goes wrong ends in a sentence and the exit code that belongs to it."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()  # a closed pipe shows here, not while the interpreter shuts down
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except GraderError as error:
            _say(error)
            ctx.exit(int(error.exit_code))
        except KeyboardInterrupt:
            from grader.words.troubles import WORDS  # noqa: PLC0415

            click.echo(f"\n{WORDS['interrupted']}", err=True)
            ctx.exit(INTERRUPTED)
        except Exception as error:  # the last line of defence: never a traceback
            if isinstance(error, BrokenPipeError) or getattr(error, "errno", None) == errno.EPIPE:
                _discard_output()
                ctx.exit(BROKEN_PIPE)
            _say_fault(error)
            ctx.exit(int(ExitCode.GRADER_FAULT))
        return result


def _say(error: GraderError) -> None:
    from grader.report.text import many_lines  # noqa: PLC0415
    from grader.words.troubles import WORDS  # noqa: PLC0415

    click.echo(f"{WORDS['error']} {many_lines(error.message)}", err=True)
    if error.hint:
        click.echo(many_lines(error.hint), err=True)
    if error.exit_code is ExitCode.GRADER_FAULT:
        click.echo(WORDS["not-counted"], err=True)


def _say_fault(error: Exception) -> None:
    from grader.report.text import one_line  # noqa: PLC0415
    from grader.words.troubles import WORDS  # noqa: PLC0415

    what = one_line(f"{type(error).__name__}: {error}")[:300]
    click.echo(WORDS["own-fault"].format(what=what), err=True)
    try:
        click.echo(WORDS["details-in"].format(file=one_line(_write_fault(error))), err=True)
    except OSError as unwritable:
        click.echo(WORDS["details-lost"].format(why=one_line(str(unwritable))), err=True)


def _write_fault(error: Exception) -> str:
    """Write the traceback into a new private file of the temporary folder; return its path."""
    import platform  # noqa: PLC0415
    import shlex  # noqa: PLC0415
    import tempfile  # noqa: PLC0415
    import traceback  # noqa: PLC0415

    with tempfile.NamedTemporaryFile(
        "w", prefix="grader-fault-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
    ) as file:
        file.write(f"grader {__version__}, Python {platform.python_version()}, {platform.platform()}\n")
        file.write(f"$ {shlex.join(sys.argv)}\n\n")
        file.writelines(traceback.format_exception(error))
    return file.name


def _discard_output() -> None:
    """Point stdout at nothing, so that the interpreter's last flush finds no broken pipe."""
    with contextlib.suppress(OSError, ValueError):  # stdout is no real file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, package_name="cnn-grader", prog_name="grader", message="%(prog)s %(version)s")
def main() -> None:
    """Check exercises of a course on convolutional neural networks in TensorFlow.

    Start with `grader exercises`, then `grader start EXERCISE`, edit, and `grader check`.
    """
    for stream in (sys.stdout, sys.stderr):
        # A console that cannot show a character gets its escape, not an error.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")

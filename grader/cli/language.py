"""The option `--language` of every command that shows what students read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def language_option(command: F) -> F:
    """Give a command the option; the whole command then speaks that language."""
    return click.option(
        "--language",
        metavar="CODE",
        envvar="GRADER_LANGUAGE",
        expose_value=False,
        callback=_speak,
        help="Language of what a student reads, such as `de`; also GRADER_LANGUAGE.",
    )(command)


def _speak(context: click.Context, _option: click.Parameter, code: str | None) -> None:
    from grader.words import ENGLISH, speak  # noqa: PLC0415

    # Until the command is wholly over: what it failed of is said by the group.
    context.find_root().call_on_close(speak(code or ENGLISH))

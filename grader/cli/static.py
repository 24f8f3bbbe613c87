"""`grader check --static`: what the text of files alone tells, in a second and without TensorFlow; made for a commit hook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from grader.contracts.errors import ExitCode, SubmissionError, UsageError
from grader.words import Table
from grader.words.places import placed

WORDS = Table(
    "static",
    {
        "empty": "{file}: not checked: it is empty",
        "unreadable": "{file}: error: {message}",
        "no-exercise": "{file}: not checked: it names no exercise",
        "error": "{where}: error: {message}",
        "note": "{where}: note: {message}",
        "nothing": "{file}: nothing to object to in the text ({number} of {total} functions written, {exercise})",
        "no-functions": "{file}: nothing to object to in the text (no functions, {exercise})",
    },
)


def static_check(paths: Sequence[Path], *, exercise: str | None, profile: str) -> ExitCode:
    """Print what is noticed in each file, errors before notes, and return the worst code; a file of no exercise is passed over.

    Raises `UsageError` for a path that does not exist, or an exercise that does not.
    """
    codes = [_one(path, exercise, profile) for path in paths]
    order = (ExitCode.UNREADABLE_SUBMISSION, ExitCode.BELOW_PASS_MARK)
    return next((code for code in order if code in codes), ExitCode.PASSED)


def _one(path: Path, exercise: str | None, profile: str) -> ExitCode:
    from grader.report.text import one_line  # noqa: PLC0415
    from grader.submission import read_submission  # noqa: PLC0415

    if path.is_file() and path.stat().st_size == 0:  # such as `__init__.py`
        click.echo(one_line(WORDS["empty"].format(file=path)))
        return ExitCode.PASSED
    try:
        submission = read_submission(path, exercise=exercise, profile=profile)
    except SubmissionError as error:
        _say_unreadable(path, error)
        return error.exit_code
    except UsageError:
        if exercise is not None or not path.is_file():
            raise
        click.echo(one_line(WORDS["no-exercise"].format(file=path)))
        return ExitCode.PASSED
    shown = path / submission.file if path.is_dir() else path
    for finding in submission.findings:
        place = finding.place
        where = f"{shown}" if place is None else placed(place.model_copy(update={"file": str(shown)}))
        if place is not None and place.cell is None and place.line is not None:
            where = f"{shown}:{place.line}"  # as compilers write it: editors make it a link
        click.echo(one_line(WORDS[finding.severity].format(where=where, message=finding.message)))
    wrong = any(finding.severity == "error" for finding in submission.findings)
    if not submission.findings:
        started = sum(not function.unattempted for function in submission.functions.values())
        told = {"file": shown, "number": started, "total": len(submission.functions), "exercise": submission.exercise}
        click.echo(one_line(WORDS["nothing" if submission.functions else "no-functions"].format(**told)))
    return ExitCode.BELOW_PASS_MARK if wrong else ExitCode.PASSED


def _say_unreadable(path: Path, error: SubmissionError) -> None:
    """Print where it breaks off and why, as a compiler does, then the line itself."""
    from grader.report.text import one_line  # noqa: PLC0415

    why, *excerpt = error.message.split("\n")
    where = str(path)
    if error.place is not None and error.place.line is not None:
        inside = error.place.file if path.is_dir() or path.suffix.lower() == ".zip" else ""
        where = f"{path / inside}:{error.place.line}"
        why = why.removeprefix(f"{placed(error.place)}: ")
    click.echo(one_line(WORDS["unreadable"].format(file=where, message=f"{why} {error.hint}".rstrip())))
    for line in excerpt:
        click.echo(one_line(line))

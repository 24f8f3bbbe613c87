"""`grader ci`: grades what a push or a harness hands over, and writes the result to every place where that environment looks for it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from grader.contracts.errors import ExitCode, GraderError, SubmissionError, UsageError
from grader.words import Table
from grader.words.troubles import WORDS as TROUBLES

from .classroom50 import BODY, RESULT, hand_in, write_classroom50
from .language import language_option
from .outputs import Outputs, output_options

if TYPE_CHECKING:
    from grader.contracts.report import Report
    from grader.datasets.dataset import Variant
    from grader.report.github import Annotation, Locate

WORDS = Table(
    "ci",
    {
        "written": "Written: {folder} ({files})",
        "for-each": "a folder for each submission",
        "not-graded": "Not graded",
        "not-graded-file": "Not graded: {file}",
        "prints-log": "`grader ci` prints for a log",
        "one-report": "One file holds one report, and several submissions were named.",
        "has-all": "--output DIR has all of them.",
        "link": "--output {folder} is a link.",
        "name-folder": "Name a folder.",
        "link-inside": "{folder} is a link.",
        "remove": "Remove it, or name another --output.",
        "not-replaced": "{file} cannot be replaced: {why}.",
    },
)
_WRITTEN = ("report.json", "report.html", "junit.xml", "summary.md")


@dataclass(frozen=True)
class Graded:
    """One submission and what came of it."""

    path: Path
    report: Report | None  # None: there is none
    error: GraderError | None = None  # why there is no submission, why it could not be read, or why the grader failed

    @property
    def name(self) -> str:
        """The submission's name where there are several: two students' `submission.py` are told apart by their folders."""
        inside = self.report is not None and self.path.suffix.lower() != ".zip" and self.path.is_dir()
        return (self.path / self.report.file if self.report is not None and inside else self.path).as_posix()

    @property
    def code(self) -> ExitCode:
        """What a command for this submission alone would answer."""
        from .check import exit_code  # noqa: PLC0415

        if self.error is not None:
            return self.error.exit_code
        assert self.report is not None
        return exit_code(self.report)


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--exercise", metavar="NAME", help="Which exercise this is, where the files do not say.")
@click.option("--profile", metavar="NAME", default="native", show_default=True, help="Which generation of the assignment the files answer.")
@click.option("--data", type=click.Choice(["embedded", "official"]), default="embedded", show_default=True, help="Which images to use.")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("grader-report"),
    show_default=True,
    metavar="DIR",
    help="Folder for report.json, report.html, junit.xml and summary.md.",
)
@output_options
@click.option("--classroom50", is_flag=True, help="Write Classroom 50's result.json and release-body.md, too; implies --exit-zero.")
@language_option
@click.option("--exit-zero", is_flag=True, help="End with 0 whatever the mark is; other codes then mean that there is none.")
@click.pass_context
def ci(
    ctx: click.Context,
    /,
    paths: tuple[Path, ...],
    exercise: str | None,
    profile: str,
    data: Literal["embedded", "official"],
    output: Path,
    classroom50: bool,
    exit_zero: bool,
    **files: Path | None,
) -> None:
    """Grade in a CI job or a harness.

    PATHS are submissions as `grader check` takes them, by default the current folder. The mark is measured on the hidden images of the
    secret in GRADER_HOLDOUT_SECRET, where it is set, else on the public practice images. In GitHub Actions there are also annotations, a
    step summary, and the outputs points, max-points, passed, status and report.

    \b
    Exit codes: 0 passed, 1 below the pass mark, 2 wrong usage,
    3 the grader's own fault, 4 a submission could not be loaded.
    """  # noqa: D301
    from grader.report.text import one_line  # noqa: PLC0415

    from .actions import no_commands  # noqa: PLC0415
    from .termination import tidy_termination  # noqa: PLC0415

    paths = paths or (Path(),)
    outputs = Outputs(files, not_printed=WORDS["prints-log"])
    if outputs and len(paths) > 1:
        raise UsageError(WORDS["one-report"], hint=WORDS["has-all"])
    hand = hand_in() if classroom50 else None
    _clear(output, classroom50=classroom50)
    with tidy_termination(), no_commands():
        graded = _grade(paths, exercise=exercise, profile=profile, data=data)
        reports = [one.report for one in graded if one.report is not None]
        _write_reports(output, graded)
        if hand is not None and reports:
            write_classroom50(reports, hand)
        if reports:
            what = _WRITTEN if len(reports) == 1 else (WORDS["for-each"], *_WRITTEN[2:])
            click.echo(one_line(WORDS["written"].format(folder=f"{output}{os.sep}", files=", ".join(what))))
        for report in reports:
            outputs.write(report)
        outputs.say()
    _tell_actions(graded, output)
    ctx.exit(int(_code(graded, exit_zero=exit_zero or classroom50)))


def _grade(paths: Sequence[Path], *, exercise: str | None, profile: str, data: Variant) -> list[Graded]:
    from rich.console import Console  # noqa: PLC0415

    from grader.grading import unreadable_report  # noqa: PLC0415
    from grader.pipeline import Pipeline  # noqa: PLC0415
    from grader.report import to_terminal  # noqa: PLC0415

    from .progress import display  # noqa: PLC0415

    messages = Console(stderr=True)
    graded = []
    with Pipeline(data=data, secret=_secret()) as pipeline:
        for path in paths:
            try:
                with display(messages) as shown:
                    report = pipeline.check(
                        path,
                        exercise=exercise,
                        profile=profile,
                        progress=shown.step,
                        on_finding=shown.finding,
                        on_structure=shown.structure,
                    )
                one = Graded(path, report)
            except SubmissionError as error:
                file = path.resolve().name
                one = Graded(path, unreadable_report(error, file, exercise, profile, data) if exercise else None, error)
            except GraderError as error:
                one = Graded(path, None, error)
            graded.append(one)
            if one.report is not None:
                to_terminal(one.report, Console(), page=True)
            else:
                assert one.error is not None
                _say_error(one.error)
    return graded


def _secret() -> bytes:
    """Return the secret of the variable, or the public one: a CI job that made a secret of its own would give each push another exam."""
    from grader.datasets import PRACTICE_SECRET  # noqa: PLC0415
    from grader.runs.secret import VARIABLE, holdout_secret  # noqa: PLC0415

    # Set but empty is how GitHub hands over a secret that does not exist, or that a fork may not have.
    return holdout_secret().value if os.environ.get(VARIABLE) else PRACTICE_SECRET


def _say_error(error: GraderError) -> None:
    from grader.report.text import many_lines  # noqa: PLC0415

    click.echo(f"{TROUBLES['error']} {many_lines(error.message)}")
    if error.hint:
        click.echo(many_lines(error.hint))


def _clear(output: Path, *, classroom50: bool) -> None:
    """Remove what an earlier run, or a student's commit, left where results go: none of it may pass for a result, or be followed."""
    if output.is_symlink():
        raise UsageError(WORDS["link"].format(folder=output), hint=WORDS["name-folder"])
    stale = [output / name for name in _WRITTEN] + ([RESULT, BODY] if classroom50 else [])
    try:
        output.mkdir(parents=True, exist_ok=True)
        for file in stale:
            file.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(WORDS["not-replaced"].format(file=error.filename, why=error.strerror or error), hint=WORDS["remove"]) from error


def _write_reports(output: Path, graded: Sequence[Graded]) -> None:
    from grader.report import to_html, to_json, to_junit  # noqa: PLC0415

    from .output import replace  # noqa: PLC0415

    named = [(one.name, one.report) for one in graded if one.report is not None]
    if not named:
        return
    reports = [report for _, report in named]
    for number, report in enumerate(reports, 1):
        folder = output if len(reports) == 1 else output / f"{number}-{report.exercise}"
        if folder.is_symlink():
            raise UsageError(WORDS["link-inside"].format(folder=folder), hint=WORDS["remove"])
        folder.mkdir(exist_ok=True)
        for name, text in (("report.json", to_json(report)), ("report.html", to_html(report))):
            (folder / name).unlink(missing_ok=True)
            replace(folder / name, text)
    replace(output / "junit.xml", to_junit(*reports, names=[name for name, _ in named] if len(graded) > 1 else ()))
    replace(output / "summary.md", _summary(graded))


def _summary(graded: Sequence[Graded]) -> str:
    """Return everything as Markdown; of several submissions a table first."""
    from grader.report import to_markdown  # noqa: PLC0415
    from grader.report.markdown import code, overview, prose  # noqa: PLC0415
    from grader.report.text import one_line  # noqa: PLC0415

    several = len(graded) > 1
    texts = [overview([(one.name, one.report) for one in graded])] if several else []
    for one in graded:
        if one.report is not None:
            texts.append(to_markdown(one.report, one.name if several else "", page=True))
        elif one.error is not None:
            said = prose(one_line(f"{one.error.message} {one.error.hint}".strip()))
            texts.append(f"## {WORDS['not-graded-file'].format(file=code(one.name))}\n\n{said}\n")
    return "\n".join(texts)


def _tell_actions(graded: Sequence[Graded], output: Path) -> None:
    """Write annotations, summary and outputs, if this is a job of GitHub Actions."""
    from grader.report.github import remarks, workflow_commands  # noqa: PLC0415
    from grader.report.wording import number  # noqa: PLC0415

    from . import actions  # noqa: PLC0415

    if not actions.in_actions():
        return
    found: list[Annotation] = []
    for one in graded:
        locate = actions.locator(one.path)
        if one.report is not None:
            found += remarks(one.report, locate)
        elif one.error is not None:
            found.append(_not_graded(one.error, one.path, locate))
    for command in workflow_commands(found):
        click.echo(command)
    actions.add_summary(_summary(graded))
    reports = [one.report for one in graded if one.report is not None]
    code = _code(graded, exit_zero=False)
    actions.set_outputs(
        {
            "points": number(sum(report.points for report in reports)),
            "max-points": number(sum(report.max_points for report in reports)),
            "passed": str(code is ExitCode.PASSED).lower(),
            "status": code.name.lower().replace("_", "-"),
            "report": str(output),
        }
    )


def _not_graded(error: GraderError, path: Path, locate: Locate) -> Annotation:
    """Return what says that there is no mark: at the line that is to blame, at the file, or, where there is none, at nothing."""
    from grader.contracts.base import Place  # noqa: PLC0415
    from grader.report.github import Annotation  # noqa: PLC0415
    from grader.report.text import many_lines, one_line  # noqa: PLC0415

    said = many_lines(f"{error.message}\n{error.hint}".strip())
    place = error.place if isinstance(error, SubmissionError) else None
    if place is None:
        file = locate(Place(file=path.name))[0] if path.is_file() else ""
        return Annotation("error", WORDS["not-graded"], f"{one_line(str(path))}: {said}", file)
    file, line = locate(place)
    return Annotation("error", WORDS["not-graded"], said, file, line)


def _code(graded: Sequence[Graded], *, exit_zero: bool) -> ExitCode:
    """Return the worst of what came of each, the grader's own fault before all; `exit_zero`: a mark, whatever it is, is no failure."""
    codes = {one.code for one in graded if not (exit_zero and one.report is not None and one.code is not ExitCode.GRADER_FAULT)}
    order = (ExitCode.GRADER_FAULT, ExitCode.USAGE, ExitCode.UNREADABLE_SUBMISSION, ExitCode.BELOW_PASS_MARK)
    return next((code for code in order if code in codes), ExitCode.PASSED)

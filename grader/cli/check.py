"""`grader check`: grades one submission and shows the report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

import click

from grader.contracts.errors import ExitCode, UsageError
from grader.words import Table

from .language import language_option
from .outputs import Outputs, output_options

if TYPE_CHECKING:
    from rich.console import Console

    from grader.contracts.progress import Step
    from grader.contracts.report import Report
    from grader.contracts.submission import Finding
    from grader.pipeline import Pipeline

    from .progress import Live, Plain

WORDS = Table(
    "check",
    {
        "again": "--watch answers again and again",
        "static": "--static grades nothing, so there is no report to write.",
        "leave-out": "Leave --static out, or the other option.",
        "one-at-a-time": "One submission at a time: {number} were named.",
        "takes-several": "`grader ci` takes several, `grader grade` a class, --static just reads.",
    },
)


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]", type=click.Path(path_type=Path))
@click.option("--exercise", metavar="NAME", help="Which exercise this is, where the file does not say.")
@click.option("--profile", metavar="NAME", default="native", show_default=True, help="Which generation of the assignment the file answers.")
@click.option("--data", type=click.Choice(["embedded", "official"]), default="embedded", show_default=True, help="Which images to use.")
@click.option(
    "--rubrics",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    metavar="DIR",
    help="A folder of rubrics that go before the grader's own.",
)
@language_option
@output_options
@click.option("--exit-zero", is_flag=True, help="End with 0 also where the mark is below the pass mark.")
@click.option("--static", is_flag=True, help="Tell only what the text shows, in a second; takes several PATHs, for a commit hook.")
@click.option("--watch", "watching", is_flag=True, help="Grade again whenever the file is saved, until Ctrl-C.")
@click.option("-v", "--verbose", is_flag=True, help="Show every hint and detail.")
@click.pass_context
def check(
    ctx: click.Context,
    /,
    paths: tuple[Path, ...],
    exercise: str | None,
    profile: str,
    data: Literal["embedded", "official"],
    rubrics: Path | None,
    exit_zero: bool,
    static: bool,
    watching: bool,
    verbose: bool,
    **files: Path | None,
) -> None:
    """Grade one submission.

    PATH is a .py file, an .ipynb notebook, a folder that holds one, or a .zip; by default the current folder.

    \b
    Exit codes: 0 passed, 1 below the pass mark, 2 wrong usage,
    3 the grader's own fault, 4 the submission could not be loaded.
    """  # noqa: D301
    outputs = Outputs(files, not_printed=WORDS["again"] if watching else "")
    if static:
        from .static import static_check  # noqa: PLC0415

        if outputs or watching:
            raise UsageError(WORDS["static"], hint=WORDS["leave-out"])
        code = static_check(paths or (Path(),), exercise=exercise, profile=profile)
        ctx.exit(0 if exit_zero and code is ExitCode.BELOW_PASS_MARK else int(code))
    if len(paths) > 1:
        raise UsageError(
            WORDS["one-at-a-time"].format(number=len(paths)),
            hint=WORDS["takes-several"],
        )
    path = paths[0] if paths else Path()

    from rich.console import Console  # noqa: PLC0415

    from .progress import display  # noqa: PLC0415
    from .termination import tidy_termination  # noqa: PLC0415

    ctx.with_resource(tidy_termination())
    messages = Console(stderr=True)

    def answer(report: Report) -> None:
        from grader.report import to_terminal  # noqa: PLC0415

        # Files first: a reader of stdout that goes away early costs no report.
        outputs.write(report)
        to_terminal(report, messages if outputs.printed else Console(), verbose=verbose, page=outputs.page)
        outputs.say()

    if watching:
        from grader.pipeline import Pipeline  # noqa: PLC0415

        _watch(path, Pipeline(data=data, rubrics=rubrics, keep=True), answer, messages, exercise=exercise, profile=profile)
    with display(messages) as shown:
        said = _say_findings(path, exercise, profile, shown)
        from grader import pipeline  # noqa: PLC0415 - what the text alone tells is said before everything else is imported

        report = pipeline.check(
            path,
            exercise=exercise,
            profile=profile,
            data=data,
            rubrics=rubrics,
            progress=shown.step,
            on_finding=lambda finding: None if finding in said else shown.finding(finding),
            on_structure=shown.structure,
        )
    answer(report)
    ctx.exit(int(exit_code(report, exit_zero=exit_zero)))


def _say_findings(path: Path, exercise: str | None, profile: str, shown: Live | Plain) -> tuple[Finding, ...]:
    """Show what the text alone tells, and return it; whatever stands in the way is for the pipeline to say."""
    from grader.contracts.errors import GraderError  # noqa: PLC0415
    from grader.contracts.progress import Step  # noqa: PLC0415
    from grader.submission import read_submission  # noqa: PLC0415

    try:
        submission = read_submission(path, exercise=exercise, profile=profile)
    except GraderError:
        return ()
    shown.step(Step(stage="reading", text=path.resolve().name))
    for finding in submission.findings:
        shown.finding(finding)
    return submission.findings


def _watch(
    path: Path, pipeline: Pipeline, answer: Callable[[Report], None], messages: Console, *, exercise: str | None, profile: str
) -> NoReturn:
    """Grade again and again, with everything warm; Ctrl-C is the way out."""
    from .progress import display  # noqa: PLC0415
    from .watch import Watch, watch  # noqa: PLC0415

    def check(watched: Watch) -> Report:
        with display(messages) as shown:

            def step(step: Step) -> None:
                shown.step(step)
                watched.step(step)

            return pipeline.check(
                path, exercise=exercise, profile=profile, progress=step, on_finding=shown.finding, on_structure=shown.structure
            )

    with pipeline:
        for _ in watch(path, check, answer, messages):
            pass
    raise AssertionError("a watch has no end of its own")


def exit_code(report: Report, *, exit_zero: bool = False) -> ExitCode:
    """Return what the shell is told about a finished report."""
    from grader.contracts.verdict import Status  # noqa: PLC0415

    if report.status is Status.ERROR:
        return ExitCode.GRADER_FAULT
    if report.status is Status.PASSED or exit_zero:
        return ExitCode.PASSED
    return ExitCode.BELOW_PASS_MARK

"""`grader check`: grades one submission and shows the report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

import click

from grader.contracts.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from grader.contracts.progress import Step
    from grader.contracts.report import Report
    from grader.contracts.submission import Finding
    from grader.pipeline import Pipeline

    from .progress import Live, Plain

_OUTPUT = click.Path(dir_okay=True, path_type=Path, allow_dash=True)


@click.command()
@click.argument("path", default=".", type=click.Path(path_type=Path))
@click.option("--exercise", metavar="NAME", help="Which exercise this is, where the file does not say.")
@click.option("--profile", metavar="NAME", default="native", show_default=True, help="Which generation of the assignment the file answers.")
@click.option("--data", type=click.Choice(["embedded", "official"]), default="embedded", show_default=True, help="Which images to use.")
@click.option(
    "--json", "json_file", type=_OUTPUT, metavar="FILE", help="Write the report as JSON; - prints it, and nothing else, on stdout."
)
@click.option("--html", "html_file", type=_OUTPUT, metavar="FILE", help="Write the report as an HTML page.")
@click.option("--exit-zero", is_flag=True, help="End with 0 also where the mark is below the pass mark.")
@click.option("--watch", "watching", is_flag=True, help="Grade again whenever the file is saved, until Ctrl-C.")
@click.option("-v", "--verbose", is_flag=True, help="Show every hint and detail.")
@click.pass_context
def check(
    ctx: click.Context,
    path: Path,
    exercise: str | None,
    profile: str,
    data: Literal["embedded", "official"],
    json_file: Path | None,
    html_file: Path | None,
    exit_zero: bool,
    watching: bool,
    verbose: bool,
) -> None:
    r"""Grade one submission.

    PATH is a .py file, an .ipynb notebook, a folder that holds one, or a .zip; by default the current folder.

    \b
    Exit codes: 0 passed, 1 below the pass mark, 2 wrong usage,
    3 the grader's own fault, 4 the submission could not be loaded.
    """
    from rich.console import Console  # noqa: PLC0415

    from .output import replace, require_writable  # noqa: PLC0415
    from .progress import display  # noqa: PLC0415

    dash = Path("-")
    if watching and json_file == dash:
        raise UsageError("--watch answers again and again; --json - prints one report.", hint="Name a file: --watch --json report.json")
    if html_file == dash:
        raise UsageError("--html needs a file.", hint="Try --html report.html")
    if json_file and html_file and json_file.resolve() == html_file.resolve():
        raise UsageError("--json and --html name the same file.", hint="Try --json report.json --html report.html")
    if json_file and json_file != dash:
        require_writable(json_file, "--json")
    if html_file:
        require_writable(html_file, "--html")

    from grader.report import to_html, to_json, to_terminal  # noqa: PLC0415
    from grader.report.text import one_line  # noqa: PLC0415

    messages = Console(stderr=True)

    def answer(report: Report) -> None:
        # Files first: a reader of stdout that goes away early costs no report.
        if json_file and json_file != dash:
            replace(json_file, to_json(report))
        if html_file:
            replace(html_file, to_html(report))
        if json_file == dash:
            click.echo(to_json(report), nl=False)
            to_terminal(report, messages, verbose=verbose)
        else:
            to_terminal(report, Console(), verbose=verbose)
        for kind, file in (("JSON", json_file), ("HTML", html_file)):
            if file and file != dash:
                click.echo(f"{kind} report: {one_line(str(file))}", err=True)

    if watching:
        from grader.pipeline import Pipeline  # noqa: PLC0415

        _watch(path, Pipeline(data=data), answer, messages, exercise=exercise, profile=profile)
    with display(messages) as shown:
        said = _say_findings(path, exercise, profile, shown)
        from grader import pipeline  # noqa: PLC0415 - what the text alone tells is said before everything else is imported

        report = pipeline.check(
            path,
            exercise=exercise,
            profile=profile,
            data=data,
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

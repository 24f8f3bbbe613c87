"""`grader report`: a run as pages to open in a browser, or one student's page to hand out."""

from __future__ import annotations

from pathlib import Path

import click

from .language import language_option


@click.command()
@click.argument("run", type=click.Path(file_okay=False, path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="PATH", help="Where to write; by default RUN/site.")
@language_option
@click.option("--student", metavar="NAME", help="Write one student's page alone, which shows nobody else.")
def report(run: Path, output: Path | None, student: str | None) -> None:
    """Write a run's report: a front page and a page per student.

    It is the instructor's: it names everyone. It needs no server and asks no other machine for anything.
    """
    from grader import course  # noqa: PLC0415
    from grader.runs.reading import Reader  # noqa: PLC0415
    from grader.runs.site import INDEX, page_name, write_site, write_student  # noqa: PLC0415
    from grader.runs.written import remember  # noqa: PLC0415

    from .output import replace, require_writable  # noqa: PLC0415

    with Reader(run) as store:
        if student is not None:
            file = output or Path(page_name(student))
            require_writable(file, "-o")
            remember(run, file, "")  # it is the student's alone
            replace(file, write_student(store, student, order=course.names()))
            click.echo(f"Written: {file}")
            return
        folder = output or run / "site"
        remember(run, folder, f"grader report {run}" + (f" -o {folder}" if output else ""))
        count = write_site(store, folder, order=course.names())
        click.echo(f"Written: {folder / INDEX} and the pages of {count} students. It names everyone: keep it to yourself.")

"""`grader export`: fills a run's marks into the export of an LMS, to be imported there by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.contracts.errors import UsageError

if TYPE_CHECKING:
    from grader.runs.filling import Filling
    from grader.runs.layouts import Lms
    from grader.runs.reading import Reader
    from grader.runs.sheet import Sheet

_FILE = click.Path(dir_okay=False, path_type=Path)
_IMPORT = {"canvas": "Canvas: Grades, Import", "moodle": "Moodle: the assignment's Submissions, Upload grading worksheet"}


@click.command()
@click.argument("run", type=click.Path(file_okay=False, path_type=Path))
@click.option("--to", "lms", type=click.Choice(["canvas", "moodle"]), required=True, help="Whose export it is.")
@click.option("--into", type=_FILE, required=True, metavar="CSV", help="Canvas' gradebook or Moodle's grading worksheet.")
@click.option("--exercise", metavar="NAME", help="Which exercise, where the run has several.")
@click.option("--column", metavar="TITLE", help="The assignment (Canvas) or the column (Moodle) that gets the marks.")
@click.option("--roster", type=_FILE, metavar="CSV", help="Who is which row: columns `student` (in the run), `id` (in the CSV).")
@click.option("--scale", is_flag=True, help="Fill in shares of what the assignment is worth there.")
@click.option("--feedback", metavar="COLUMN", help="Fill this column of Moodle's worksheet with why the mark is what it is.")
@click.option("--partial", is_flag=True, help="Write although some marks cannot be filled in; they are left out.")
@click.option("-o", "--output", type=_FILE, metavar="FILE", help="By default beside the export, with -graded in its name.")
@click.option("--in-place", is_flag=True, help="Write into the export itself.")
def export(
    run: Path,
    lms: Lms,
    into: Path,
    exercise: str | None,
    column: str | None,
    roster: Path | None,
    scale: bool,
    feedback: str | None,
    partial: bool,
    output: Path | None,
    in_place: bool,
) -> None:
    """Fill a run's marks into an LMS's own export.

    One column is filled, everything else stays byte for byte. Students are found by number or login, never by name alone. Late policy and
    decisions by hand are applied. Nothing is sent anywhere: you import the file.
    """
    from grader import course  # noqa: PLC0415
    from grader.runs.filling import fill, outcomes, read_mapping  # noqa: PLC0415
    from grader.runs.layouts import find_layout  # noqa: PLC0415
    from grader.runs.reading import Reader  # noqa: PLC0415
    from grader.runs.sheet import read_sheet  # noqa: PLC0415
    from grader.runs.written import remember  # noqa: PLC0415

    from .output import replace, require_writable  # noqa: PLC0415

    target = _target(into, output, in_place)
    sheet = read_sheet(into)
    require_writable(target, "-o", "graded.csv")
    with Reader(run) as store:
        name = _exercise(store, run, exercise)
        layout = find_layout(sheet, lms, (course.load(name).title, name), column)
        place = _feedback_column(sheet, lms, feedback, layout.grade)
        done = fill(sheet, layout, outcomes(store, name), read_mapping(roster) if roster else {}, scale=scale, feedback=place)
    _tell("No certain row", done.refused)
    _tell("Could be measured in part only", done.partly)
    if done.refused and not partial:
        raise UsageError(
            f"Nothing was written: the marks of {_students(len(done.refused))} have no certain place.",
            hint="Say with --roster which row each is: a CSV with columns student and id. Or write the others with --partial.",
        )
    if done.partly and not partial:
        raise UsageError(
            f"Nothing was written: the marks of {_students(len(done.partly))} are of fewer points than the exercise has.",
            hint="--scale takes the share for everyone. Or write the others with --partial.",
        )
    _tell("Left as they were", done.left)
    _tell("Had another mark", done.changed)
    _require_some(done, run)
    remember(run, target, f"grader export {run} --to {lms} --into FILE -o {target}")
    replace(target, sheet.to_bytes())
    click.echo(f"{_students(done.filled)} filled in: {target}. Nothing was sent; import it ({_IMPORT[lms]}).")


def _target(into: Path, output: Path | None, in_place: bool) -> Path:
    if in_place and output is not None:
        raise UsageError("-o and --in-place exclude one another.", hint="Leave out one of them.")
    target = into if in_place else output or into.with_name(f"{into.stem}-graded{into.suffix}")
    if not in_place and (target.resolve() == into.resolve() or (target.exists() and into.exists() and target.samefile(into))):
        raise UsageError(f"-o {target} is the export itself.", hint="Name another file, or say --in-place.")
    return target


def _exercise(store: Reader, run: Path, asked: str | None) -> str:
    there = sorted({row.exercise for row in store.rows() if row.exercise})
    if asked is None and len(there) == 1:
        return there[0]
    if asked not in there:
        what = "Which exercise?" if asked is None else f"Nothing of {asked!r} was graded in {run}."
        raise UsageError(what, hint=f"--exercise is one of: {', '.join(there)}." if there else "The run holds no marks.")
    return asked


def _feedback_column(sheet: Sheet, lms: Lms, name: str | None, grade: int) -> int | None:
    if name is None:
        return None
    if lms == "canvas":
        raise UsageError("Canvas' gradebook takes no comments.", hint="Leave out --feedback; `grader report` writes a page per student.")
    found = [place for place, one in enumerate(sheet.header) if one.casefold() == name.casefold() and place != grade]
    if len(found) != 1:
        there = ", ".join(repr(one) for one in sheet.header)
        raise UsageError(f"{sheet.name} has no column {name!r} for comments.", hint=f"There are: {there}.")
    return found[0]


def _require_some(done: Filling, run: Path) -> None:
    if not done.filled:
        raise UsageError("Nothing was written: no mark has a row.", hint=f"`grader gradebook {run}` shows the marks.")


def _students(count: int) -> str:
    return f"{count} student{'s' * (count != 1)}"


def _tell(heading: str, entries: list[tuple[str, str]]) -> None:
    from grader.report.text import one_line  # noqa: PLC0415

    if entries:
        click.echo(f"{heading}:", err=True)
    for who, why in entries:
        click.echo(f"  {one_line(who)}: {one_line(why)}", err=True)

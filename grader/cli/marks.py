"""`grader override` and `forget`: a human's decision about a mark, and the removal of a student from a run."""

from __future__ import annotations

from pathlib import Path

import click

from grader.contracts.errors import UsageError

_RUN = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("run", type=_RUN)
@click.argument("student")
@click.argument("criterion")
@click.argument("points", type=click.FloatRange(min=0))
@click.option("--why", required=True, help="The reason, which the student reads.")
@click.option("--by", metavar="NAME", help="Who decides, which the student reads; by default who is logged in.")
@click.option("--exercise", metavar="NAME", help="Which exercise, where the student has several with this criterion.")
def override(run: Path, student: str, criterion: str, points: float, why: str, by: str | None, exercise: str | None) -> None:
    """Decide a criterion by hand; the decision outlives every rubric."""
    from grader.runs.override import with_overrides  # noqa: PLC0415
    from grader.runs.store import Store  # noqa: PLC0415
    from grader.words.marks import MARKS  # noqa: PLC0415

    with Store(run) as store:
        marks = [mark for mark in store.marks() if mark.student == student and exercise in (None, mark.exercise)]
        if not marks:
            raise UsageError(f"{student!r} has no mark in this run.", hint=f"`grader gradebook {run}` lists who has.")
        fitting = [(mark, one) for mark in marks for one in mark.report.criteria if one.id == criterion]
        if not fitting:
            known = ", ".join(one.id for mark in marks for one in mark.report.criteria)
            raise UsageError(f"There is no criterion {criterion!r}.", hint=f"There are: {known}.")
        if len(fitting) > 1:
            raise UsageError(f"{student} has several exercises with {criterion!r}.", hint="Say which with --exercise.")
        mark, judged = fitting[0]
        if points > judged.max_points:
            raise UsageError(f"{criterion} is worth {judged.max_points:g} points; {points:g} are more.", hint="Points go up to that.")
        by = by or _logged_in()
        store.override(student, mark.exercise, criterion, points, why, by)
        after = with_overrides(mark.report, {criterion: (points, why)})
        store.judge_again([(mark.submission, after)], MARKS.kept("by-hand", criterion=criterion, who=by, why=why), by_hand=True)
        click.echo(f"{student}, {mark.exercise}: {mark.report.points:g} → {after.points:g} of {after.max_points:g} points.")


@click.command()
@click.argument("run", type=_RUN)
@click.argument("student")
@click.confirmation_option(prompt="Remove everything that this run knows of them?")
def forget(run: Path, student: str) -> None:
    """Remove a student from a run.

    What was read of their files, evidence that is theirs alone, marks and decisions.
    """
    from grader.runs.store import Store  # noqa: PLC0415
    from grader.runs.written import naming, tidy  # noqa: PLC0415

    with Store(run) as store:
        removed = store.forget(student)
    if not removed:
        raise UsageError(f"{student!r} is not in this run.", hint=f"`grader gradebook {run}` lists who is.")
    click.echo(f"{removed} submissions of {student} were removed. The files that they handed in lie where they lay.")
    left = naming(run, student)
    if left:
        click.echo("These were written before and still name them:")
    for one in left:
        click.echo(f"  {one.path}: {f'`{one.command}` writes it anew' if one.command else 'delete it'}")
    tidy(run, student)


def _logged_in() -> str:
    import getpass  # noqa: PLC0415

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container may run as somebody without a name
        return "somebody"

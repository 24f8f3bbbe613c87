"""`grader rubric`: tells an author what is wrong with a rubric, calibrates it, and prints the schema that editors complete it with."""

from __future__ import annotations

from pathlib import Path

import click

from grader.contracts.errors import AuthorError, ExitCode, UsageError

from .calibrate import calibrate


@click.group()
def rubric() -> None:
    """Check and calibrate rubrics, or print their JSON Schema."""


rubric.add_command(calibrate)


@rubric.command()
@click.argument("target", metavar="[NAME|FILE]", required=False)
@click.pass_context
def check(ctx: click.Context, target: str | None) -> None:
    """Check one rubric, or all of them, and list every mistake with its line."""
    from grader import course  # noqa: PLC0415
    from grader.judge import check_rubric, load_rubric  # noqa: PLC0415

    errors: list[AuthorError] = []
    for path in _paths(target):
        profiles = ["native"]
        for profile in profiles:
            try:
                exercise = course.load_file(path, profile)
            except AuthorError as error:
                errors.append(error)
                continue
            if profile == "native":
                profiles += exercise.profiles[1:]
            found = check_rubric(exercise)
            errors += found
            if not found:
                loaded = load_rubric(exercise)
                under = "" if profile == "native" else f", profile {profile}"
                click.echo(f"{path.name}{under}: {len(loaded.criteria)} criteria, {loaded.max_points:g} points, no mistakes.")
    for mistake in {error.message: error for error in errors}.values():  # a profile repeats the mistakes of what it keeps
        click.echo(mistake.message, err=True)
        if mistake.hint:
            click.echo(f"  {mistake.hint}", err=True)
    if errors:
        ctx.exit(int(ExitCode.USAGE))


@rubric.command()
def schema() -> None:
    """Print the JSON Schema (2020-12) of a rubric file."""
    import json  # noqa: PLC0415

    from grader.judge.schema import rubric_schema  # noqa: PLC0415

    click.echo(json.dumps(rubric_schema(), indent=2))


def _paths(target: str | None) -> list[Path]:
    from grader import course  # noqa: PLC0415

    folder = course.root() / "rubrics"
    if target is None:
        return sorted(folder.glob("*.yaml"))
    path = Path(target)
    if path.suffix in {".yaml", ".yml"} or path.is_file():
        if not path.is_file():
            raise UsageError(f"There is no file {target}.", hint="Give the name of an exercise, or the path of a rubric file.")
        return [path.resolve()]
    packaged = folder / f"{target}.yaml"
    if not packaged.is_file():
        course.load(target)  # says which exercises there are
    return [packaged]

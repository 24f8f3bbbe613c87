"""`grader start`: hands out an exercise, and never touches what is already there."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import click

from grader.contracts.errors import UsageError


@click.command()
@click.argument("exercise")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option("--notebook", is_flag=True, help="Make a notebook instead of README.md and submission.py.")
def start(exercise: str, folder: Path | None, notebook: bool) -> None:
    """Copy an exercise's instructions and starter.

    They go into DIR, by default a new folder named after the exercise. Nothing is ever overwritten.
    """
    from grader import course  # noqa: PLC0415
    from grader.report.text import one_line  # noqa: PLC0415

    asked = course.load(exercise)
    starter = marked(asked.starter, asked.name)
    readme = (asked.folder / "README.md").read_text(encoding="utf-8")
    if notebook:
        from .notebook import make_notebook  # noqa: PLC0415

        files = {"submission.ipynb": make_notebook(asked.name, readme, starter)}
    else:
        files = {"README.md": readme, "submission.py": starter}
    folder = folder or Path(asked.name)
    place(files, folder)

    main_file = list(files)[-1]
    here = folder.resolve() == Path.cwd()
    click.echo(f"{asked.title}: wrote {' and '.join(files)} into {one_line(str(folder))}")
    click.echo("Next:")
    step = 1
    if not here:
        click.echo(f"  {step}. cd {one_line(str(folder))}")
        step += 1
    click.echo(f"  {step}. {'open' if notebook else 'read README.md and edit'} {main_file}")
    click.echo(f"  {step + 1}. grader check {main_file if notebook else ''}".rstrip())


def marked(source: str, name: str) -> str:
    """Return the starter with the line `# exercise: NAME`, by which `grader check` knows the exercise."""
    line = f"# exercise: {name}"
    if re.search(rf"^{re.escape(line)}\s*$", source, re.MULTILINE):
        return source
    return f"{line}\n{source}"


def place(files: dict[str, str], folder: Path) -> None:
    """Write all files as new ones, or none. Raises `UsageError` where one exists, or the folder cannot be written."""
    for name in files:
        if (folder / name).exists() or (folder / name).is_symlink():
            raise UsageError(f"{folder / name} exists already, and is left as it is.", hint="Try another folder: grader start EXERCISE DIR")
    new_folders = [path for path in (folder, *folder.parents) if not path.exists()]
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            with (folder / name).open("x", encoding="utf-8", newline="\n") as file:
                written.append(folder / name)
                file.write(text)
    except BaseException as error:
        with contextlib.suppress(OSError):
            for path in written:
                path.unlink()
            for path in new_folders:
                path.rmdir()
        if isinstance(error, OSError):
            raise UsageError(
                f"{folder} cannot be written: {error.strerror or error}.", hint="Try another folder: grader start EXERCISE DIR"
            ) from error
        raise

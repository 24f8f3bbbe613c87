"""`grader start`: hands out an exercise, and never touches what is already there."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import click

from grader.contracts.errors import UsageError
from grader.words import Table

from .language import language_option

WORDS = Table(
    "start",
    {
        "wrote": "{title}: wrote {files} into {folder}",
        "wrote-both": "{title}: wrote {first} and {second} into {folder}",
        "next": "Next:",
        "open": "open {file}",
        "edit": "read README.md and edit {file}",
        "exists": "{file} exists already, and is left as it is.",
        "not-written": "{folder} cannot be written: {error}.",
        "another-folder": "Try another folder: grader start EXERCISE DIR",
    },
)


@click.command()
@click.argument("exercise")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option("--notebook", is_flag=True, help="Make a notebook instead of README.md and submission.py.")
@language_option
def start(exercise: str, folder: Path | None, notebook: bool) -> None:
    """Copy an exercise's instructions and starter.

    They go into DIR, by default a new folder named after the exercise. Nothing is ever overwritten.
    """
    from grader import course  # noqa: PLC0415
    from grader.course.translated import title_of  # noqa: PLC0415
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
    names = {"files": main_file, "first": next(iter(files)), "second": main_file}
    told = {"title": title_of(asked), "folder": one_line(str(folder))}
    click.echo(WORDS["wrote" if notebook else "wrote-both"].format(**names, **told))
    click.echo(WORDS["next"])
    step = 1
    if not here:
        click.echo(f"  {step}. cd {one_line(str(folder))}")
        step += 1
    click.echo(f"  {step}. {WORDS['open' if notebook else 'edit'].format(file=main_file)}")
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
            raise UsageError(WORDS["exists"].format(file=folder / name), hint=WORDS["another-folder"])
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
            told = WORDS["not-written"].format(folder=folder, error=error.strerror or error)
            raise UsageError(told, hint=WORDS["another-folder"]) from error
        raise

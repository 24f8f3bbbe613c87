"""`grader translation`: writes the file that a translator fills in, and tells what is wrong with a filled one."""

from __future__ import annotations

from pathlib import Path

import click

from grader.contracts.errors import ExitCode, UsageError


@click.group()
def translation() -> None:
    """Write and check translations of what students read."""


@translation.command()
@click.option("--language", metavar="CODE", default="xx", show_default=True, help="Code of the language, such as `de`.")
def template(language: str) -> None:
    """Print every text that there is to translate: what is translated already in that language, the rest in English."""
    from grader import words  # noqa: PLC0415
    from grader.cli import translating  # noqa: PLC0415

    known = words.read(words.FOLDER / f"{language}.yaml") if language in words.languages()[1:] else {}
    click.echo(translating.template(language, known), nl=False)


@translation.command()
@click.argument("target", metavar="[CODE|FILE]")
@click.pass_context
def check(ctx: click.Context, target: str) -> None:
    """Check a translation, and list every mistake with its line; also say how much is still English."""
    from grader import words  # noqa: PLC0415
    from grader.cli import translating  # noqa: PLC0415
    from grader.course.documents import load_document  # noqa: PLC0415

    path = words.FOLDER / f"{target}.yaml" if target in words.languages()[1:] else Path(target)
    if not path.is_file():
        raise UsageError(f"There is no file {target}.", hint=f"Name a file, or one of: {', '.join(words.languages()[1:])}.")
    document = load_document(path)
    found = translating.mistakes(document)
    for mistake in found:
        click.echo(mistake.message, err=True)
        if mistake.hint:
            click.echo(f"  {mistake.hint}", err=True)
    if found:
        ctx.exit(int(ExitCode.USAGE))
    done, total = translating.covered(document.data)
    click.echo(f"{path.name}: {done} of {total} texts, no mistakes.")

"""`grader concepts` and `grader explain`: the ideas of the course, where each is checked, and the card of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from grader.words import Table as Words

from .language import language_option

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_WIDEST = 100  # columns of prose; longer lines are hard to read

WORDS = Words(
    "concepts",
    {
        "week": "Week {week}",
        "concept": "Concept",
        "checked-by": "Checked by",
        "next": "Next: {command}",
        "about": "Week {week}, {concept}",
        "checked": "Checked by {exercise}: {criteria}",
        "prints": "It prints:",
    },
)


@click.command()
@language_option
def concepts() -> None:
    """List the ideas of the course, and where each is checked."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from grader.course.concepts import checks, why_unchecked  # noqa: PLC0415
    from grader.course.concepts import concepts as catalogue  # noqa: PLC0415
    from grader.course.translated import card_of  # noqa: PLC0415

    console = Console()
    listed = checks()
    for week in (1, 2, 3, 4):
        table = Table(
            box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", title=WORDS["week"].format(week=week), title_justify="left"
        )
        table.add_column(WORDS["concept"], style="cyan", no_wrap=True)
        table.add_column(WORDS["checked-by"], overflow="fold")
        for concept in catalogue().concepts.values():
            if concept.week != week:
                continue
            by = "; ".join(f"{exercise}: {', '.join(criteria)}" for exercise, criteria in listed[concept.id].items())
            table.add_row(Text(concept.id), Text(by) if by else Text(why_unchecked(card_of(concept)), style="dim"))
        console.print(table)
        console.print()
    console.print(WORDS["next"].format(command="grader explain CONCEPT"), highlight=False)


@click.command()
@click.argument("concept")
@language_option
def explain(concept: str) -> None:
    """Explain one idea of the course, with an example to run."""
    from rich.console import Console  # noqa: PLC0415

    from grader.course.concepts import checks, why_unchecked  # noqa: PLC0415
    from grader.course.concepts import concepts as catalogue  # noqa: PLC0415
    from grader.course.translated import card_of  # noqa: PLC0415

    found = card_of(catalogue().find(concept))
    console = Console()
    _prose(console, found.title, style="bold")
    console.print(WORDS["about"].format(week=found.week, concept=found.id), style="dim", highlight=False)
    console.print()
    _prose(console, found.card)
    console.print()
    _example(console, found.example, found.prints)
    console.print()
    listed = checks()[found.id]
    for exercise, criteria in listed.items():
        _prose(console, WORDS["checked"].format(exercise=exercise, criteria=", ".join(criteria)), style="dim")
    if not listed:
        _prose(console, why_unchecked(found), style="dim")


def _prose(console: Console, text: str, style: str = "") -> None:
    """Print a paragraph, `code` between backticks in bold; without colour the backticks tell."""
    from rich.text import Text  # noqa: PLC0415

    shown = Text(text, style=style)
    shown.highlight_regex(r"`[^`]+`", "bold")
    console.print(shown, width=min(console.width, _WIDEST), highlight=False)


def _example(console: Console, example: str, prints: str) -> None:
    """Print the code and what it prints, unwrapped, so that it can be copied and run."""
    from rich.text import Text  # noqa: PLC0415

    code = Text(example.rstrip())
    if console.is_terminal:
        from rich.syntax import Syntax  # noqa: PLC0415

        code = Syntax("", "python", theme="ansi_dark", background_color="default").highlight(example.rstrip())
    _lines(console, code)
    console.print("\n" + WORDS["prints"], style="dim")
    _lines(console, Text(prints.rstrip()))


def _lines(console: Console, text: Text) -> None:
    for line in text.split("\n"):
        console.print("  ", line, sep="", soft_wrap=True, highlight=False)

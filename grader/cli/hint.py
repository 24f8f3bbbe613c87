"""`grader hint`: one more tier of a criterion's hints per call, from a nudge to the shape of the code."""

from __future__ import annotations

import contextlib
import json
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click

from grader.contracts.errors import UsageError
from grader.words import Table as Words

from .language import language_option

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

_WIDEST = 100  # columns of prose; longer lines are hard to read

WORDS = Words(
    "hint",
    {
        "no-criterion": "{exercise} has no criterion {criterion!r}.",
        "meant": "Did you mean {name!r}?",
        "lists-them": "`grader hint {exercise}` lists them.",
        "none": "There is no hint for {criterion}: {title}.",
        "one-more": "One more: {command}",
        "last": "That was the last hint.",
        "criterion": "Criterion",
        "seen": "Hints seen",
        "asks": "What it asks",
        "seen-of": "{seen} of {total}",
        "next": "Next: {command}",
    },
)


@click.command()
@click.argument("exercise")
@click.argument("criterion", required=False)
@click.option("--profile", metavar="NAME", default="native", show_default=True, help="Which generation of the assignment is meant.")
@language_option
@click.option("--again", is_flag=True, help="Begin with the first hint again.")
def hint(exercise: str, criterion: str | None, profile: str, again: bool) -> None:
    """Show the next hint for a criterion.

    Without CRITERION, list what there are hints for.
    """
    from rich.console import Console  # noqa: PLC0415

    from grader.course import load  # noqa: PLC0415
    from grader.course.translated import texts_of  # noqa: PLC0415

    asked = load(exercise, profile)
    criteria = [one | texts_of(asked, one) for one in asked.criteria]
    tiers: dict[str, list[str]] = {str(one["id"]): list(one.get("hints") or []) for one in criteria}
    titles = {str(one["id"]): str(one.get("title", "")) for one in criteria}
    seen = _Seen(asked.name)
    console = Console()
    if criterion is None:
        _list(console, asked.name, titles, {id_: (min(seen.count(id_), len(hints)), len(hints)) for id_, hints in tiers.items()})
        return
    if criterion not in tiers:
        meant = [WORDS["meant"].format(name=close) for close in get_close_matches(criterion, tiers, 1)]
        hint = " ".join([*meant, WORDS["lists-them"].format(exercise=asked.name)])
        raise UsageError(WORDS["no-criterion"].format(exercise=asked.name, criterion=criterion), hint=hint)
    hints = tiers[criterion]
    if not hints:
        console.print(WORDS["none"].format(criterion=criterion, title=titles[criterion]), highlight=False, markup=False)
        return
    shown = 1 if again else min(seen.count(criterion) + 1, len(hints))
    console.print(titles[criterion], style="bold", highlight=False, markup=False)
    for number, text in enumerate(hints[:shown], 1):
        _numbered(console, f"{number}/{len(hints)}", text, style="" if number == shown else "dim")
    seen.remember(criterion, shown)
    command = f"grader hint {asked.name} {criterion}"
    further = WORDS["one-more"].format(command=command) if shown < len(hints) else WORDS["last"]
    console.print(further, style="dim", highlight=False, markup=False)


class _Seen:
    """How many hints of each criterion were shown here: a convenience, so what cannot be read or kept is simply forgotten."""

    def __init__(self, exercise: str) -> None:
        from grader.datasets.cache import cache_root  # noqa: PLC0415

        self._file: Path = cache_root() / "hints.json"
        self._exercise = exercise
        self._all: dict[str, dict[str, int]] = {}
        with contextlib.suppress(OSError, ValueError):
            self._all = _counts(json.loads(self._file.read_text(encoding="utf-8")))

    def count(self, criterion: str) -> int:
        return self._all.get(self._exercise, {}).get(criterion, 0)

    def remember(self, criterion: str, shown: int) -> None:
        self._all.setdefault(self._exercise, {})[criterion] = shown
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(json.dumps(self._all, indent=1), encoding="utf-8")


def _counts(value: Any) -> dict[str, dict[str, int]]:
    """Return what has the shape that `remember` writes."""
    return {
        str(exercise): {str(id_): shown for id_, shown in seen.items() if isinstance(shown, int)}
        for exercise, seen in (value.items() if isinstance(value, dict) else ())
        if isinstance(seen, dict)
    }


def _list(console: Console, exercise: str, titles: dict[str, str], seen: dict[str, tuple[int, int]]) -> None:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(WORDS["criterion"], style="cyan", no_wrap=True)
    table.add_column(WORDS["seen"], justify="right", no_wrap=True)
    table.add_column(WORDS["asks"], overflow="fold")
    for id_, (shown, there) in seen.items():
        table.add_row(Text(id_), WORDS["seen-of"].format(seen=shown, total=there) if there else "-", Text(titles[id_]))
    console.print(table)
    console.print("\n" + WORDS["next"].format(command=f"grader hint {exercise} CRITERION"), highlight=False, markup=False)


def _numbered(console: Console, lead: str, text: str, style: str) -> None:
    """Print a hint with its continuation lines below its text, `code` between backticks in bold."""
    from rich.padding import Padding  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    shown = Text(text, style=style)
    shown.highlight_regex(r"`[^`]+`", "bold")
    row = Table.grid(padding=(0, 1, 0, 0))
    row.add_column(no_wrap=True)
    row.add_column()
    row.add_row(Text(lead, style=style or "cyan"), shown)
    console.print(Padding(row, (0, 0, 0, 2)), width=min(console.width, _WIDEST))

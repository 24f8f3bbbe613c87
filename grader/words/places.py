"""Says where something stands."""

from __future__ import annotations

from grader.contracts.base import Place

from . import Table

PLACES = Table("places", {"cell": "cell {cell}", "line": "line {line}"})


def placed(place: Place) -> str:
    """Return where something stands: "submission.py, cell 3, line 4"."""
    return ", ".join([place.file, *_within(place)])


def within(place: Place) -> str:
    """Return where in its file something stands: "cell 3, line 4"; the file itself where that is all that is known."""
    return ", ".join(_within(place)) or place.file


def _within(place: Place) -> list[str]:
    found = []
    if place.cell is not None:
        found.append(PLACES["cell"].format(cell=place.cell))
    if place.line is not None:
        found.append(PLACES["line"].format(line=place.line))
    return found

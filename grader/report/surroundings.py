"""Where a report is read, and so how its reader runs the grader: as commands, or from the cells of a notebook."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Surroundings:
    """How the grader is run where a report is read."""

    check: str  # grades again
    prefix: str = ""  # of every other command
    notebook: bool = False

    def fit(self, text: str) -> str:
        """Return a text with the commands between its backticks as they are typed here."""
        return re.sub(r"`grader check`", f"`{self.check}`", re.sub(r"`(?=grader (?!check`))", f"`{self.prefix}", text))

    def fit_html(self, page: str) -> str:
        """Return HTML with its commands as they are typed here."""
        page = page.replace("<code>grader check</code>", f"<code>{self.check}</code>")
        return page.replace("<code>grader ", f"<code>{self.prefix}grader ")


COMMANDS = Surroundings("grader check")


def in_a_notebook(exercise: str) -> Surroundings:
    """Return how the grader is run from a notebook's cells."""
    return Surroundings(f"%grade {exercise}", prefix="!", notebook=True)

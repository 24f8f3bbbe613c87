"""What a stage says while it works, for whoever shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from .base import Frozen

# "calling" a function, "try" number 1, "fetching" a file (in MB), …
Doing = Literal[
    "", "calling", "criteria", "data", "drawing", "drawing-holdout", "fetching", "functions", "probes", "structure", "training", "try"
]


class Step(Frozen):
    """One sign of life."""

    stage: Literal["reading", "building", "structure", "training", "judging"]
    doing: Doing = ""  # what is done to what `text` names; whoever shows it has the words
    text: str = ""  # a name or number, as it is: "create_model", "1"
    training: str = ""  # which one, where there are several
    done: int = 0
    total: int = 0
    accuracy: float | None = None  # holdout accuracy so far, while training
    step_seconds: float | None = None  # processor time of one optimizer step so far, while training
    lane: int = 0  # tries run side by side: which one speaks


Progress = Callable[[Step], None]


def silent(step: Step) -> None:
    """Show nothing."""

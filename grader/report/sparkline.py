"""Training curves as a line of text, where no picture can go."""

from __future__ import annotations

from collections.abc import Sequence

from grader.contracts.training_facts import Try

_BARS = "▁▂▃▄▅▆▇█"


def sparkline(shares: Sequence[float]) -> str:
    """Return one bar for each share, from 0 (lowest bar) to 1 (highest)."""
    return "".join(_BARS[min(len(_BARS) - 1, int(max(share, 0.0) * len(_BARS)))] for share in shares)


def curves_text(one: Try) -> tuple[str, str]:
    """Return accuracy over the epochs of one try: on the training images, and on the hidden ones."""
    return sparkline([epoch.accuracy for epoch in one.epochs]), sparkline([epoch.holdout_accuracy for epoch in one.epochs])

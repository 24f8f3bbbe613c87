"""Draws distributions of accuracies: as blocks for a terminal, or as a file by Matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from grader.contracts.errors import UsageError

from .calibration import Distribution, Proposal

BLOCKS = " ▁▂▃▄▅▆▇█"
BINS = 25  # of 4 % each
FORMATS = (".svg", ".png", ".pdf")


def blocks(accuracies: Sequence[float]) -> str:
    """Return a histogram from 0 to 1, one character a bin: the higher, the more of the runs."""
    counts = [0] * BINS
    for accuracy in accuracies:
        counts[min(int(accuracy * BINS), BINS - 1)] += 1
    most = max(counts) or 1
    return "".join(BLOCKS[-(-count * (len(BLOCKS) - 1) // most)] for count in counts)


def require_plots(path: Path) -> None:
    """Raise `UsageError` where such a picture cannot be drawn: before anything is measured."""
    if path.suffix not in FORMATS:
        raise UsageError(f"A picture cannot be written as {path.suffix or 'a file without an ending'}.", hint=f"Use {', '.join(FORMATS)}.")
    try:
        import matplotlib  # noqa: F401, PLC0415
    except ImportError as error:
        raise UsageError("Pictures are drawn by Matplotlib, which is not installed.", hint="pip install 'cnn-grader[plots]'") from error


def draw(path: Path, proposals: Sequence[Proposal]) -> None:
    """Write a picture: a row of points for each group of solutions, and a line where the threshold is."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    rows = [1.2 + 0.35 * len(proposal.distributions) for proposal in proposals]
    figure = Figure(figsize=(9, sum(rows)), layout="constrained")
    axes = figure.subplots(len(proposals), 1, squeeze=False, height_ratios=rows)
    for axis, proposal in zip(axes.flat, proposals, strict=True):
        shown = proposal.distributions[::-1]  # the first is to be on top
        for height, one in enumerate(shown):
            axis.plot(one.accuracies, _spread(one, height), "o", markersize=4, alpha=0.5, color="tab:green" if one.right else "tab:red")
        axis.axvline(proposal.threshold, color="black", linewidth=1)
        axis.set_title(f"{proposal.criterion}: threshold {proposal.threshold:.2f}", loc="left")
        axis.set_yticks(range(len(shown)), [one.title for one in shown])
        axis.set_xlim(0, 1.01)
        axis.set_xlabel("holdout accuracy of one try")
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def _spread(one: Distribution, height: int) -> list[float]:
    """Return heights that keep equal accuracies apart."""
    return [height + 0.25 * ((number * 7) % 11 - 5) / 5 for number in range(len(one.accuracies))]

"""How the marks and criteria of a class are drawn: a histogram, and bars that stack how a criterion ended."""

from __future__ import annotations

from dataclasses import dataclass

from grader.contracts.verdict import Status

from .charts import Frame
from .class_facts import BINS, Rate, Spread
from .class_words import CLASS
from .wording import number

BARS = Frame(width=360, height=200, left=30, right=352, top=18, bottom=160)
STACK = 200  # width of a stacked bar, in its own coordinates
_ORDER = (Status.PASSED, Status.PARTIAL, Status.FAILED, Status.SKIPPED, Status.UNATTEMPTED)


@dataclass(frozen=True)
class Bar:
    """One bin of a histogram."""

    x: float
    y: float
    width: float
    height: float
    count: int
    label: str  # "70" stands for 70% up to 80%
    passing: bool  # the whole bin lies at or above the pass mark


@dataclass(frozen=True)
class Histogram:
    """The marks of one exercise; `description` says the same in words."""

    bars: tuple[Bar, ...]
    pass_at: float | None  # where the pass mark stands
    description: str


def histogram(spread: Spread) -> Histogram:
    """Lay out how many students have which share of the points."""
    step = (BARS.right - BARS.left) / BINS
    most = max(spread.bins) or 1
    needed = spread.pass_mark / spread.max_points if spread.max_points else None
    bars = []
    for place, count in enumerate(spread.bins):
        height = round((BARS.bottom - BARS.top) * count / most, 1)
        bars.append(
            Bar(
                x=round(BARS.left + place * step + 1.5, 1),
                y=round(BARS.bottom - height, 1),
                width=round(step - 3, 1),
                height=height,
                count=count,
                label=CLASS["all"] if place == BINS - 1 else str(10 * place),
                passing=needed is not None and place / (BINS - 1) >= needed - 1e-9,
            )
        )
    said = [
        CLASS["bin-all" if place == BINS - 1 else "bin"].format(number=count, least=10 * place, most=10 * place + 9)
        for place, count in enumerate(spread.bins)
        if count
    ]
    return Histogram(
        bars=tuple(bars),
        pass_at=None if needed is None else round(BARS.left + needed * (BINS - 1) * step, 1),
        description=(
            CLASS["histogram"].format(
                number=len(spread.points), median=number(spread.median), total=number(spread.max_points), bins="; ".join(said)
            )
            if spread.points
            else CLASS["no-marks"]
        ),
    )


@dataclass(frozen=True)
class Part:
    """How many ended in one way, as a piece of a bar."""

    status: Status
    count: int
    x: float
    width: float


def stacked(rate: Rate) -> list[Part]:
    """Lay out how a criterion ended over the class, from passed to not begun."""
    parts, x = [], 0.0
    for status in _ORDER:
        count = rate.counts.get(status, 0)
        if count:
            width = STACK * count / rate.measured
            parts.append(Part(status, count, round(x, 2), round(width, 2)))
            x += width
    return parts

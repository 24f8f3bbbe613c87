"""Training curves as geometry: where each line of the small chart runs, for a template to draw."""

from __future__ import annotations

from dataclasses import dataclass

from grader.contracts.training_facts import Try

from .page_words import PAGE
from .wording import described_try, percent


@dataclass(frozen=True)
class Frame:
    """The chart's own coordinates: its size, and the edges between which the curves run. Labels stand outside of them."""

    width: int = 360
    height: int = 210
    left: int = 50
    right: int = 344
    top: int = 10
    bottom: int = 168


FRAME = Frame()


@dataclass(frozen=True)
class Point:
    """A place in the chart's coordinates."""

    x: float
    y: float


@dataclass(frozen=True)
class Tick:
    """A labelled line across the chart."""

    at: float
    label: str


@dataclass(frozen=True)
class Curves:
    """One try: accuracy on the training images and on the hidden ones, over optimizer steps."""

    number: int
    title: str
    description: str
    training: tuple[Point, ...]
    holdout: tuple[Point, ...]
    best: Point | None
    chance: float | None  # height of the line at which guessing stands
    threshold: float | None  # of the line from which all points are given
    columns: tuple[Tick, ...]
    rows: tuple[Tick, ...]

    @property
    def training_path(self) -> str:
        """The training curve as the points of an SVG polyline."""
        return _path(self.training)

    @property
    def holdout_path(self) -> str:
        """The holdout curve as the points of an SVG polyline."""
        return _path(self.holdout)


def curves(one: Try, classes: int, threshold: float | None = None) -> Curves:
    """Lay out one try; accuracies outside [0, 1] cannot occur, steps start at 0."""
    last = max((epoch.steps for epoch in one.epochs), default=1) or 1

    def x(steps: int) -> float:
        return round(FRAME.left + (FRAME.right - FRAME.left) * steps / last, 1)

    def y(accuracy: float) -> float:
        return round(FRAME.top + (FRAME.bottom - FRAME.top) * (1 - accuracy), 1)

    best = one.epochs[one.best_epoch - 1] if 0 < one.best_epoch <= len(one.epochs) else None
    stride = -(-len(one.epochs) // 6) or 1  # about six labels fit
    return Curves(
        number=one.number,
        title=PAGE["try"].format(number=one.number, accuracy=percent(one.holdout_accuracy)),
        description=described_try(one),
        training=tuple(Point(x(e.steps), y(e.accuracy)) for e in one.epochs),
        holdout=tuple(Point(x(e.steps), y(e.holdout_accuracy)) for e in one.epochs),
        best=Point(x(best.steps), y(best.holdout_accuracy)) if best else None,
        chance=y(1 / classes) if classes > 1 else None,
        threshold=None if threshold is None else y(threshold),
        columns=tuple(Tick(x(e.steps), str(e.steps)) for e in one.epochs[stride - 1 :: stride]),
        rows=tuple(Tick(y(share / 4), f"{25 * share}%") for share in range(5)),
    )


def _path(points: tuple[Point, ...]) -> str:
    return " ".join(f"{point.x},{point.y}" for point in points)

"""Which classes were taken for which: as cells of a table, or, for many classes, as one drawing and a list of the commonest mistakes."""

from __future__ import annotations

from dataclasses import dataclass

from grader.contracts.training_facts import TrainingFacts

from .page_words import PAGE
from .wording import percent

MOST_COLUMNS = 4  # more do not fit a telephone
LEVELS = 5  # of shading, beside none
SIDE = 360  # of the drawing
MARGIN = 26  # for the names of classes beside it
_SHORT = 3  # letters of a name that fit there


@dataclass(frozen=True)
class Cell:
    """How many images of one class were taken for another, or rightly for itself."""

    predicted: str
    column: int
    count: int
    level: int  # of shading: share of the row, 0..LEVELS
    right: bool


@dataclass(frozen=True)
class Line:
    """One true class."""

    actual: str
    cells: tuple[Cell, ...]
    right: int
    total: int
    common: str  # "K (4), R (2)": what it was most often taken for; "" where all were right

    @property
    def share(self) -> str:
        """Share of its images that were recognised."""
        return percent(self.right / self.total) if self.total else PAGE["none"]


@dataclass(frozen=True)
class Confusion:
    """All true classes, in their order."""

    columns: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def drawn(self) -> bool:
        """Whether a table would be too wide."""
        return len(self.columns) > MOST_COLUMNS

    @property
    def cell(self) -> float:
        """Side of one cell of the drawing."""
        return round((SIDE - MARGIN) / max(len(self.columns), len(self.lines)), 1)

    @property
    def description(self) -> str:
        """The drawing in a sentence."""
        worst = sorted((line for line in self.lines if line.total), key=lambda line: line.right / line.total)[:3]
        common = PAGE["nothing-else"]
        said = [PAGE["confusion-hardest"].format(name=line.actual, share=line.share, common=line.common or common) for line in worst]
        return PAGE["confusion-described"].format(number=len(self.lines), hardest="; ".join(said))

    @staticmethod
    def short(name: str) -> str:
        """Return as much of a class's name as fits beside the drawing."""
        return name if len(name) <= _SHORT else name[:_SHORT]


def confusion(training: TrainingFacts) -> Confusion | None:
    """Return the table of one training; None where it was not counted."""
    counted = {actual: row for actual, row in training.confusion.items() if row}
    if not counted:
        return None
    columns = tuple(dict.fromkeys([*training.confusion, *(name for row in counted.values() for name in row)]))
    return Confusion(columns, tuple(_line(actual, row, columns) for actual, row in training.confusion.items()))


def _line(actual: str, row: dict[str, int], columns: tuple[str, ...]) -> Line:
    total = sum(row.values())
    cells = tuple(
        Cell(name, column, row.get(name, 0), _level(row.get(name, 0) / total if total else 0.0), right=name == actual)
        for column, name in enumerate(columns)
    )
    wrong = sorted(((count, name) for name, count in row.items() if name != actual and count), key=lambda pair: (-pair[0], pair[1]))
    return Line(actual, cells, row.get(actual, 0), total, ", ".join(f"{name} ({count})" for count, name in wrong[:3]))


def _level(share: float) -> int:
    return 0 if not share else max(1, round(share * LEVELS))

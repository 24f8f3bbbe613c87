"""The pages of a class: the front page, which is the instructor's, and one for each student that shows nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from grader.contracts.report import Report
from grader.course.concepts import concepts
from grader.course.translated import card_of

from .bars import BARS, histogram, stacked
from .class_facts import Overview, Work
from .class_words import CLASS
from .html import page, submission
from .page_words import PAGE
from .wording import HEADLINES, SYMBOLS

_STYLES = ("report.css", "class.css")


@dataclass(frozen=True)
class Given:
    """A mark as it was given once."""

    made: float  # seconds since 1970
    points: float
    max_points: float
    why: str

    @property
    def when(self) -> str:
        """The minute, in UTC: a page looks the same wherever it is made."""
        return moment(self.made)


@dataclass(frozen=True)
class Handed:
    """One exercise of one student: what it came to, its report where there is one, and every mark it ever had, oldest first."""

    title: str
    work: Work
    report: Report | None = None
    history: tuple[Given, ...] = ()
    why: str = ""  # there is no mark, or something was deducted


def moment(seconds: float) -> str:
    """Return a point in time as "2026-11-22 21:18 UTC"."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def index_page(overview: Overview, *, name: str, asof: str) -> str:
    """Return the front page of a run called `name`, whose newest mark is of the moment `asof`; "" where there is none."""
    return page(
        "class",
        styles=_STYLES,
        script="class.js",
        overview=overview,
        name=name,
        asof=asof,
        cards={id_: card_of(card) for id_, card in concepts().concepts.items()},
        headlines=_states(),
        words_of_class=CLASS,
        frame=BARS,
        histograms={spread.exercise: histogram(spread) for spread in overview.spreads},
        stacked=stacked,
    )


def student_page(name: str, handed: Sequence[Handed], *, back: str = "") -> str:
    """Return everything about one student and nothing about another; `back`: the address of the front page, where there is one."""
    return page(
        "student",
        styles=_STYLES,
        name=name,
        back=back,
        headlines=_states(),
        handed=[(one, submission(one.report, at=f"{one.work.exercise}-", level=2) if one.report is not None else "") for one in handed],
        points=sum(one.work.points or 0.0 for one in handed),
        max_points=sum(one.work.max_points for one in handed),
    )


def _states() -> dict[str, tuple[str, str]]:
    return {
        **{status.value: (SYMBOLS[status], HEADLINES[status]) for status in SYMBOLS},
        "unreadable": ("!", PAGE["unreadable"]),
        "missing": ("–", PAGE["missing"]),
        "waiting": ("…", PAGE["waiting"]),
    }

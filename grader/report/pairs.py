"""Two submissions side by side, what they share marked, and who has the same network: pages for the instructor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .html import page

MOST_PAIRS = 60  # on one page


@dataclass(frozen=True)
class Line:
    """One line of a source: "same" as in the other, "own", or "common": not compared."""

    number: int
    text: str
    kind: str


@dataclass(frozen=True)
class Side:
    """One submission of a pair."""

    student: str
    source: str
    same: frozenset[int]  # lines
    own: frozenset[int]  # lines with something that neither the starter nor many others have
    share: float  # of what is its own

    @property
    def lines(self) -> list[Line]:
        """The source without the blank lines that stand for what was left out."""
        return [
            Line(number, text, "same" if number in self.same else "own" if number in self.own else "common")
            for number, text in enumerate(self.source.splitlines(), 1)
            if text.strip()
        ]


@dataclass(frozen=True)
class Pair:
    """Two submissions, and how many tokens of their own they share."""

    exercise: str
    left: Side
    right: Side
    tokens: int

    @property
    def share(self) -> float:
        """The larger of both shares: whoever copies may add something."""
        return max(self.left.share, self.right.share)


def pairs_page(
    pairs: Sequence[Pair],
    networks: Mapping[str, Sequence[tuple[str, ...]]],
    *,
    name: str,
    titles: Mapping[str, str],
    cautions: Sequence[str] = (),
) -> str:
    """Return the pairs, the likeliest first, and groups of students with equal networks by exercise. `cautions`: why pairs say little."""
    return page(
        "pairs",
        styles=("report.css", "class.css"),
        pairs=pairs[:MOST_PAIRS],
        more=max(0, len(pairs) - MOST_PAIRS),
        networks=networks,
        name=name,
        titles=titles,
        cautions=cautions,
    )

"""A class: every submission graded once, everything kept, marks that can be judged again."""

from .attention import Attention, needs_a_human
from .collect import Handed, collect
from .grading import Progressing, grade
from .reading import Decision, Event, Mark, Reader, Row
from .regrading import Change, regrade
from .store import Store

__all__ = [
    "Attention",
    "Change",
    "Decision",
    "Event",
    "Handed",
    "Mark",
    "Progressing",
    "Reader",
    "Row",
    "Store",
    "collect",
    "grade",
    "needs_a_human",
    "regrade",
]

"""A class: every submission graded once, everything kept, marks that can be judged again."""

from .collect import Handed, collect
from .grading import Progressing, grade
from .regrading import Change, regrade
from .store import Mark, Store

__all__ = ["Change", "Handed", "Mark", "Progressing", "Store", "collect", "grade", "regrade"]

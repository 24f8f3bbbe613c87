"""The trusted side: turns artifacts into facts. Runs no student code."""

from .examiner import Examiner
from .work import Examined

__all__ = ["Examined", "Examiner"]

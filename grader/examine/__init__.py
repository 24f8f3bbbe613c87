"""The trusted side: turns artifacts into facts. Runs no student code."""

from .built import Built
from .examiner import Examiner

__all__ = ["Built", "Examiner"]

"""The trusted side: turns artifacts into facts. Runs no student code."""

from .examiner import Examiner

__all__ = ["Examiner"]

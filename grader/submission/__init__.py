"""Reading a submission: the statements that matter, and what can be said before anything runs."""

from .reader import read_submission

__all__ = ["read_submission"]

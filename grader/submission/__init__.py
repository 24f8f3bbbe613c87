"""Reading a submission: the statements that matter, and what can be said before anything runs."""

from .closure import closure
from .meaning import meaning
from .networks import named_network
from .reader import read_submission

__all__ = ["closure", "meaning", "named_network", "read_submission"]

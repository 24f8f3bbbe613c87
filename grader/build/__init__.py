"""The untrusted side: runs a student's functions in a confined child and brings back data."""

from .launcher import Builder, probe
from .leftovers import Home
from .supervise import STDOUT_CHARACTERS
from .sweep import remove_tree

__all__ = ["STDOUT_CHARACTERS", "Builder", "Home", "probe", "remove_tree"]

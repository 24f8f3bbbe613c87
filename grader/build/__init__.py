"""The untrusted side: runs a student's functions in a confined child and brings back data."""

from .launcher import Builder, probe
from .sweep import remove_tree

__all__ = ["Builder", "probe", "remove_tree"]

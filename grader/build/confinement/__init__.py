"""The kernel's help on Linux: one module per layer that the child puts over itself before a student's code runs."""

from .enforce import confine, probe

__all__ = ["confine", "probe"]

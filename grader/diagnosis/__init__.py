"""Causes: why did it not learn, why does it not fit together. Reads measurements; takes no points."""

from .causes import diagnose

__all__ = ["diagnose"]

"""The click commands, thin."""

from .group import main

__all__ = ["main"]

"""The catalogue: exercises, their protocols, and names old and new, as data."""

from .catalogue import Exercise, load, load_file, load_from, names, root
from .documents import Document, load_document

__all__ = ["Document", "Exercise", "load", "load_document", "load_file", "load_from", "names", "root"]

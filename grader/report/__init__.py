"""One renderer per format."""

from .html import to_html
from .json import to_json
from .terminal import to_terminal

__all__ = ["to_html", "to_json", "to_terminal"]

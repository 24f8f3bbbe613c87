"""One renderer per format.

Each is imported when it is first asked for: who only needs `grader.report.text` to show a sentence does not wait for pydantic's models.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .html import to_html
    from .json import to_json
    from .terminal import to_terminal

__all__ = ["to_html", "to_json", "to_terminal"]

_MODULES = {"to_html": "html", "to_json": "json", "to_terminal": "terminal"}


def __getattr__(name: str) -> Any:
    """Import the renderer that is asked for."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)

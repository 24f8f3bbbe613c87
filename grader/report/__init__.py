"""One renderer per format.

Each is imported when it is first asked for: who only needs `grader.report.text` to show a sentence does not wait for pydantic's models.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .classroom50 import to_classroom50
    from .gradescope import to_gradescope
    from .html import to_html
    from .json import to_json
    from .junit import to_junit
    from .markdown import to_markdown
    from .prairielearn import to_prairielearn
    from .terminal import to_terminal

__all__ = ["to_classroom50", "to_gradescope", "to_html", "to_json", "to_junit", "to_markdown", "to_prairielearn", "to_terminal"]


def __getattr__(name: str) -> Any:
    """Import the renderer that is asked for: `to_html` stands in the module `html`."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{name.removeprefix('to_')}"), name)

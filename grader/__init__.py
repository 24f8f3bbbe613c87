"""An automated grader for a course on convolutional neural networks in TensorFlow.

As a library: `from grader import grade`, then `grade("submission.py")` returns the report. Importing it costs next to nothing; TensorFlow
is imported in processes of the grader's own, once there is something to build.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .grading import grade

__version__ = "0.1.0"
__all__ = ["__version__", "grade"]


def __getattr__(name: str) -> Any:
    """Import `grade` when it is first asked for: everything in the package imports this module, and must not wait for it."""
    if name != "grade":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module("grader.grading").grade


def load_ipython_extension(shell: Any) -> None:
    """Give a notebook the `%grade` magic: what `%load_ext grader` calls."""
    # By name: everything in the package imports this module, and must not depend on the commands for that.
    importlib.import_module("grader.cli.magic").register(shell)

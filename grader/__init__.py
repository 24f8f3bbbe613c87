"""An automated grader for a course on convolutional neural networks in TensorFlow."""

import importlib
from typing import Any

__version__ = "0.1.0"


def load_ipython_extension(shell: Any) -> None:
    """Give a notebook the `%grade` magic: what `%load_ext grader` calls."""
    # By name: everything in the package imports this module, and must not depend on the commands for that.
    importlib.import_module("grader.cli.magic").register(shell)

"""Imported first in every worker, for what importing it does: TensorFlow's chatter no longer reaches the terminal."""

import os

with open(os.devnull, "w") as _nowhere:  # noqa: PTH123
    os.dup2(_nowhere.fileno(), 1)
    os.dup2(_nowhere.fileno(), 2)

"""A fresh process for one run, where no zygote can be forked from: the same child without the kernel's help. Says so."""

from __future__ import annotations

import os
import sys

from .child import enter, import_everything
from .request import Request


def main() -> None:
    """Read one request from standard input, import TensorFlow (its chatter is dropped), and become the child."""
    request = Request.model_validate_json(sys.stdin.buffer.read())
    nothing, output = os.open(os.devnull, os.O_RDWR), os.dup(1)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    import_everything()
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.close(nothing)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    enter(request)

"""Imported last in the process that workers are forked from, for what importing it does: a worker finds everything ready."""

import atexit
import gc
import os

from grader.contracts.base import complete_models

from . import work  # noqa: F401  # and with it every contract that a worker meets

complete_models()
atexit.register(os._exit, 0)  # when the grader has gone: TensorFlow would tidy up for seconds, on a busy machine for a minute
gc.collect()
gc.freeze()  # what is imported stays: a worker's collections need not look at it, nor copy the pages that it lies on

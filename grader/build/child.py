"""The first steps inside the child: its folder, its environment, its confinement; then the student's code, and a plain end."""

from __future__ import annotations

import os
import random
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

from pydantic import TypeAdapter

from ..contracts.artifacts import Layer
from ..contracts.base import complete_models
from .confinement import confine, probe
from .request import Request
from .runner import run

_LAYERS = TypeAdapter(tuple[Layer, ...])


def import_everything() -> None:
    """Import what recorders and course code use, so that a confined or forked child need not; runs no operation."""
    import keras  # noqa: F401, PLC0415 - a child's start, not the module's
    import numpy.random  # noqa: F401, PLC0415
    import PIL.Image  # noqa: PLC0415
    import scipy.ndimage  # noqa: F401, PLC0415
    import tensorflow  # noqa: PLC0415
    import tensorflow.keras.preprocessing.image  # noqa: F401, PLC0415

    PIL.Image.preinit()  # the usual formats first: each image is tried in this order
    PIL.Image.init()
    complete_models()


def enter(request: Request) -> NoReturn:
    """Confine this process, tell on standard output which layers hold, run the student's code and end; the parent cleans up."""
    import numpy as np  # noqa: PLC0415 - imported long before; only the name is wanted

    job = request.job
    work = Path(job.work)
    os.chdir(work)
    os.environ.update(dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP"), job.work))
    tempfile.tempdir = None
    # Forked children would otherwise all draw the same "random" numbers.
    np.random.seed(int.from_bytes(os.urandom(4), "little"))  # the generator that ImageDataGenerator uses
    random.seed()
    os.umask(0o077)
    # What is imported stays usable; the rest of a checkout is no business of the student's.
    sys.path[:] = request.packages
    layers = confine(work, request.packages, job.protocol.limits.disk_mb) if request.confine else probe(wanted=False)
    os.write(1, _LAYERS.dump_json(layers) + b"\n")
    run(job, request.calls)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)

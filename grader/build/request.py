"""What the trusted side asks of a child, and where the child tells that the submission cannot be imported."""

from __future__ import annotations

from ..contracts.artifacts import Job
from ..contracts.base import Frozen

IMPORT_ERROR = "submission.error.json"  # holds a dot, so no call's id can be the same


class Request(Frozen):
    """One run: which of a job's calls to make, and how confined."""

    job: Job
    calls: tuple[str, ...]
    confine: bool
    packages: tuple[str, ...]  # folders that may be read

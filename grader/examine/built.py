"""One part of a submission as its process left it, and what an earlier look at it found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grader.contracts.artifacts import BuildOutcome, Job
from grader.contracts.evidence import FileFacts
from grader.datasets import Handout

if TYPE_CHECKING:
    from .data import Batches
    from .readers.calls import CallReading


@dataclass(frozen=True)
class Known:
    """What was found of a part's calls, before anything was compared between parts. Recordings are read again from their files."""

    readings: Mapping[str, CallReading]
    batches: Mapping[str, Batches]
    files: FileFacts


@dataclass(frozen=True)
class Built:
    """Calls that one process made. `key`: what decides how they fare; `job.artifacts`: where their results lie."""

    key: str
    job: Job
    outcome: BuildOutcome
    handout: Handout = field(default_factory=Handout)
    known: Known | None = None

"""Divides a submission into parts that run by themselves, and keeps what each gave: an edit has only its own part run again."""

from __future__ import annotations

import importlib.metadata
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from grader import course
from grader.build import Home, remove_tree
from grader.contracts.base import digest
from grader.contracts.protocol import BatchesCall, Call, FoldersCall, ParseCall, Protocol
from grader.contracts.submission import HANDED_OUT, Submission
from grader.datasets import Handout
from grader.datasets.pretrained import PretrainedBase, architecture, pretrained_base
from grader.examine.built import Built, Known
from grader.submission import closure, meaning, named_network

MOST_KEPT = 64  # parts
MOST_BYTES = 1 << 30  # of their artifacts


@dataclass(frozen=True)
class Part:
    """Calls that take each other's results, and the statements that they need. `key` holds all that decides how they fare."""

    protocol: Protocol  # the exercise's, with these calls only
    functions: Mapping[str, str]
    source: str
    generators: bool
    key: str

    @property
    def needs_data(self) -> bool:
        """Whether a call gets files, or the source names the folder that stands in for one."""
        return any(isinstance(call, BatchesCall | FoldersCall | ParseCall) for call in self.protocol.calls) or any(
            name in self.source for name in HANDED_OUT.values()
        )


def parts_of(submission: Submission, protocol: Protocol, terms: tuple[str, ...], *, apart: bool) -> tuple[Part, ...]:
    """Return what is to be called of a submission, in the protocol's order; all in one part unless `apart`.

    `terms`: digests of all that is handed out.
    """
    functions = {call: found.name for call, found in submission.functions.items() if not found.unattempted}
    calls = [call for call in protocol.calls if call.id in functions]
    generators = "ImageDataGenerator" in submission.source
    versions = [importlib.metadata.version(name) for name in ("tensorflow", "keras")]
    parts = []
    for group in _chains(calls) if apart else [calls]:
        own = {call.id: functions[call.id] for call in group}
        mapped = [name for call in group if isinstance(call, BatchesCall) for name in call.mapped]
        source = closure(submission.source, [*own.values(), *mapped]) if apart else submission.source
        trainings = tuple(training for training in protocol.trainings if training.batches in own)
        narrowed = protocol.model_copy(update={"calls": tuple(group), "trainings": trainings})
        key = digest([*terms, *versions, digest(narrowed), own, generators, meaning(source)])
        parts.append(Part(narrowed, own, source, generators, key))
    return tuple(parts)


def _chains(calls: list[Call]) -> list[list[Call]]:
    """Return the calls, those together that take each other's results."""
    chains: list[list[Call]] = []
    for call in calls:
        taken = set(getattr(call, "takes", {}).values())
        joined = [chain for chain in chains if any(other.id in taken for other in chain)]
        chains = [chain for chain in chains if chain not in joined]
        chains.append([*(other for chain in joined for other in chain), call])
    return chains


def base_of(submission: Submission, asked: course.Exercise) -> PretrainedBase | None:
    """Return the pretrained network that the submission builds on, where the exercise hands out such a file."""
    wanted = asked.protocol.pretrained
    if wanted is None:
        return None
    return pretrained_base(named_network(submission.source, {name: architecture(name).function for name in wanted.networks}))


class Shelf:
    """Keeps the artifacts of parts and what was found in them, as long as it lasts; what was not used for longest goes first.

    Holds data only, out of the reach of any student's process.
    """

    def __init__(self) -> None:
        self._home = Home()  # removed at the next start where this process is killed
        self._root = self._home.path / "kept"
        self._root.mkdir()
        self._kept: dict[str, Built] = {}
        self._count = 0

    def get(self, key: str) -> Built | None:
        """Return a part that was kept."""
        found = self._kept.pop(key, None)
        if found is not None:
            self._kept[key] = found
        return found

    def take(self, built: Built) -> Built:
        """Move the artifacts of a part here."""
        self._count += 1
        target = self._root / str(self._count)
        shutil.move(built.job.artifacts, target)
        return replace(built, job=built.job.model_copy(update={"artifacts": str(target)}))

    def keep(self, built: list[Built], known: Mapping[str, Known]) -> None:
        """Keep those parts about which something lasting is known."""
        for part in built:
            if part.key in known:
                self._kept[part.key] = replace(part, handout=Handout(), known=known[part.key])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.tidy()

    def tidy(self) -> None:
        """Remove what is not kept, and the oldest of what is too much."""
        sizes = {key: _bytes(Path(part.job.artifacts)) for key, part in self._kept.items()}
        while self._kept and (len(self._kept) > MOST_KEPT or sum(sizes.values()) > MOST_BYTES):
            oldest = next(iter(self._kept))
            del self._kept[oldest], sizes[oldest]
        wanted = {part.job.artifacts for part in self._kept.values()}
        for folder in self._root.iterdir():
            if str(folder) not in wanted:
                remove_tree(folder)

    def close(self) -> None:
        """Remove everything."""
        self._home.remove()


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())

"""Says what of a dataset is in the cache and whether it is intact, and mends what can be drawn again."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from grader.contracts.progress import Progress, silent

from . import drawn
from .cache import MANIFEST, Manifest, cache_root, find_problems, looks_intact, read_manifest, replace
from .dataset import ArrayDataset, Dataset, Variant, entry_of, prepare_any
from .registry import DatasetInfo, lookup

Readiness = Literal["ready", "absent", "damaged", "none"]  # "none": the dataset has no such variant


@dataclass(frozen=True)
class DatasetState:
    """One variant of a dataset as the cache has it. `problems` is filled where every file was read."""

    info: DatasetInfo
    variant: Variant
    readiness: Readiness
    entry: Path | None = None
    manifest: Manifest | None = None
    problems: tuple[str, ...] = ()

    @property
    def images(self) -> dict[str, int]:
        """Number of images per split."""
        counts = self.manifest.counts if self.manifest else {}
        return {split: sum(by_class.values()) for split, by_class in counts.items() if split != "empty"}

    @property
    def bytes(self) -> int:
        """Size of all files."""
        return sum(f.bytes for f in self.manifest.files) if self.manifest else 0


def state_of(name: str, variant: Variant, *, thorough: bool = False) -> DatasetState:
    """Return what the cache has; `thorough` reads every file, otherwise only sizes are looked at."""
    info = lookup(name)
    if variant == "embedded" and info.drawn is None:
        return DatasetState(info, variant, "none")
    entry = entry_of(info, variant)
    return _state(info, variant, entry, thorough=thorough)


def holdout_states(name: str) -> list[DatasetState]:
    """Return the drawn holdouts of a dataset, every file read."""
    info = lookup(name)
    folder = cache_root() / "holdouts"
    entries = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".")) if folder.is_dir() else []
    states = (_state(info, "embedded", entry, thorough=True) for entry in entries)
    return [s for s in states if s.manifest is None or s.manifest.name == name]


def repair(name: str, progress: Progress = silent) -> Dataset | ArrayDataset:
    """Return the embedded dataset with every file checked, drawn again if one differs; drop its damaged holdouts."""
    state = state_of(name, "embedded", thorough=True)
    if state.problems and state.entry is not None:
        replace(state.entry, lambda folder: drawn.draw_dataset(state.info, folder, progress))
    dataset = prepare_any(name, "embedded", progress)
    for holdout in holdout_states(name):
        if holdout.readiness == "damaged" and holdout.entry is not None:
            shutil.rmtree(holdout.entry, ignore_errors=True)
    return dataset


def _state(info: DatasetInfo, variant: Variant, entry: Path, *, thorough: bool) -> DatasetState:
    manifest = read_manifest(entry)
    if manifest is None:
        present = entry.is_dir()
        return DatasetState(
            info, variant, "damaged" if present else "absent", entry, None, (f"missing or unreadable: {MANIFEST}",) if present else ()
        )
    problems = find_problems(entry, manifest) if thorough else ()
    intact = not problems and looks_intact(entry, manifest)
    return DatasetState(info, variant, "ready" if intact else "damaged", entry, manifest, problems)

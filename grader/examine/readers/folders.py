"""Looks into the folders that a function copied files between. Files are known by content; what the child says is not asked."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.contracts.artifacts import FoldersPayload
from grader.contracts.data_facts import FoldersFacts, ScenarioFacts
from grader.contracts.protocol import FoldersCall, FolderScenario
from grader.contracts.submission import Submission
from grader.datasets.handout import ScenarioFiles
from grader.examine.canonical import Problem
from grader.examine.readers.files import Unreadable, open_untrusted
from grader.examine.settings import printable

MAX_FILES = 5_000  # looked at per folder
MAX_FILE_BYTES = 64 << 20
MAX_TOTAL_BYTES = 1 << 30  # per folder
MAX_DEPTH = 4
MAX_STRAY = 20


@dataclass(frozen=True)
class Entry:
    """A file or link found in a folder. `sha256` is empty for what is no readable plain file."""

    name: str  # relative to the folder
    size: int
    sha256: str


def folders_facts(
    call: FoldersCall, payload: FoldersPayload, handed: Mapping[str, ScenarioFiles], submission: Submission
) -> FoldersFacts | Problem:
    """Return what each scenario's folders hold now."""
    scenarios = []
    for scenario in call.scenarios:
        files = handed[scenario.id]
        if scenario.id not in payload.errors:
            return Problem(status="refused", id="malformed-answers", sentence="Not every scenario of the call was tried.")
        error = payload.errors[scenario.id]
        facts = _scenario(scenario, files)
        if error is not None:
            text = printable(f"{error.type}: {error.message}", 500)
            facts = facts.model_copy(update={"error": text, "place": submission.place(error.line)})
        scenarios.append(facts)
    return FoldersFacts(scenarios=tuple(scenarios))


def _scenario(scenario: FolderScenario, files: ScenarioFiles) -> ScenarioFacts:
    names = {sha256: name for name, sha256 in files.good.items()}
    source = entries_in(files.root / "source")
    targets = {split: entries_in(files.root / split) for split in ("training", "validation")}
    copied = {split: {entry.sha256 for entry in entries} & names.keys() for split, entries in targets.items()}
    foreign = sum(entry.sha256 not in names and not _is_empty(entry) for entries in targets.values() for entry in entries)
    training = {names[sha256] for sha256 in copied["training"]}
    return ScenarioFacts(
        id=scenario.id,
        share=scenario.share,
        trailing_slash=scenario.trailing_slash,
        calls=scenario.calls,
        source_good=len(files.good),
        source_empty=len(files.empty),
        training=len(copied["training"]),
        validation=len(copied["validation"]),
        in_both=len(copied["training"] & copied["validation"]),
        empty_copied=sum(_is_empty(entry) for entries in targets.values() for entry in entries),
        foreign=foreign,
        source_changed=_changed(files, source),
        first_in_order=_first_in_order(files, training),
        stray=_stray(files.root),
    )


def _is_empty(entry: Entry) -> bool:
    return entry.size == 0 and entry.sha256 != ""


def _changed(files: ScenarioFiles, found: list[Entry]) -> int:
    """Return how many files of the source are missing, altered or added."""
    nothing = hashlib.sha256().hexdigest()
    before = files.good | dict.fromkeys(files.empty, nothing)
    after = {entry.name: entry.sha256 for entry in found}
    return sum(before.get(name) != after.get(name) for name in before.keys() | after.keys())


def _first_in_order(files: ScenarioFiles, training: set[str]) -> bool:
    """Return whether the training images are exactly the first ones, or the last, by listing or by name."""
    if not training or len(training) == len(files.good):
        return False
    orders = (list(files.good), sorted(files.good))
    count = len(training)
    return any(training in (set(order[:count]), set(order[-count:])) for order in orders)


def _stray(root: Path) -> tuple[str, ...]:
    """Return what stands beside the three folders, as a path without its separator leaves it."""
    try:
        with os.scandir(root) as entries:
            found = [entry.name for _, entry in zip(range(MAX_FILES), entries, strict=False)]
    except OSError:
        return ()
    return tuple(sorted(printable(name) for name in found if name not in ("source", "training", "validation")))[:MAX_STRAY]


def entries_in(folder: Path) -> list[Entry]:
    """Return the files in a folder and its sub-folders, following no link; a link or pipe counts as an unreadable file."""
    return list(_walk(folder, "", [MAX_FILES, MAX_TOTAL_BYTES], 0))


def _walk(folder: Path, prefix: str, budget: list[int], depth: int) -> Iterator[Entry]:
    try:
        if not stat.S_ISDIR(folder.lstat().st_mode):
            return
        with os.scandir(folder) as listing:
            entries = sorted((entry for _, entry in zip(range(MAX_FILES), listing, strict=False)), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        budget[0] -= 1
        if budget[0] < 0:
            return
        name = prefix + entry.name
        if entry.is_dir(follow_symlinks=False):
            if depth < MAX_DEPTH:
                yield from _walk(folder / entry.name, f"{name}/", budget, depth + 1)
            continue
        yield _read(folder, entry.name, name, budget)


def _read(folder: Path, name: str, shown: str, budget: list[int]) -> Entry:
    try:
        with open_untrusted(folder, name, min(MAX_FILE_BYTES, max(budget[1], 0)), links=True) as file:
            content = file.read(MAX_FILE_BYTES)
    except (Unreadable, OSError):
        return Entry(shown, -1, "")
    budget[1] -= len(content)
    return Entry(shown, len(content), hashlib.sha256(content).hexdigest())

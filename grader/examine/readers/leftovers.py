"""Compares the child's folder with what was handed out: which files came, went or changed. What the child says is not asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from grader.contracts.evidence import FileFacts
from grader.datasets import HandedImage
from grader.examine.readers.folders import Entry, entries_in

DATA = "data"  # where copies of the images lie
OWN = frozenset({DATA, "folders", "tables", "artifacts"})  # what the grader itself makes in the child's folder
IMAGES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif"})


def file_facts(work: Path, handed: Sequence[HandedImage]) -> FileFacts:
    """Return what became of the handed-out copies in `work`, and how many images lie beside them."""
    before = {image.copy: image.sha256 for image in handed if image.copy}
    after = {f"{DATA}/{entry.name}": entry.sha256 for entry in entries_in(work / DATA)}
    beside = [entry for entry in entries_in(work) if _is_image(entry)]
    return FileFacts(
        added=len(after.keys() - before.keys()),
        missing=len(before.keys() - after.keys()),
        altered=sum(after[name] != before[name] for name in after.keys() & before.keys()),
        elsewhere=len(beside),
    )


def _is_image(entry: Entry) -> bool:
    path = PurePosixPath(entry.name)
    return path.parts[0] not in OWN and path.suffix.lower() in IMAGES

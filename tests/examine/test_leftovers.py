"""What became of the handed-out files, as a table of what a submission may do to its folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.contracts.evidence import FileFacts
from grader.datasets import HandedImage
from grader.examine.readers.leftovers import file_facts

CATS = "data/training/cats"


def write(path: Path, content: str = "new") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (lambda work: None, FileFacts()),
        (lambda work: write(work / CATS / "augmented_0.png"), FileFacts(added=1)),
        (lambda work: write(work / CATS / "0.jpg"), FileFacts(altered=1)),
        (lambda work: (work / CATS / "0.jpg").unlink(), FileFacts(missing=1)),
        (lambda work: (work / CATS / "0.jpg").rename(work / CATS / "9.jpg"), FileFacts(added=1, missing=1)),
        (lambda work: write(work / "augmented" / "a" / "0.PNG"), FileFacts(elsewhere=1)),
        (lambda work: write(work / "notes.txt"), FileFacts()),
        (lambda work: write(work / "artifacts" / "0.png"), FileFacts()),
        (lambda work: (work / "other").symlink_to(work / "data"), FileFacts()),
    ],
)
def test_files_are_known_by_content(act: Callable[[Path], object], expected: FileFacts, tmp_path: Path) -> None:
    handed = []
    for number in range(3):
        write(tmp_path / CATS / f"{number}.jpg", f"image {number}")
        sha256 = hashlib.sha256(f"image {number}".encode()).hexdigest()
        handed.append(HandedImage(tmp_path, "training", "cats", sha256, f"{CATS}/{number}.jpg"))
    act(tmp_path)
    assert file_facts(tmp_path, handed) == expected

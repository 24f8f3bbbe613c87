"""Reads the notebooks under `notebooks/`, which its README describes, and writes them as the files that students hand in."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "notebooks"
ENDS_HEAD, ENDS_CELL = "\n=====\n", "\n-----\n"


@dataclass(frozen=True)
class HandedIn:
    """One file and what must become of it."""

    name: str
    cells: tuple[str, ...]
    exercise: str
    profile: str
    functions: dict[str, str]
    missing: list[str] = field(default_factory=list)
    script: bool = False
    keeps: list[str] = field(default_factory=list)
    drops: list[str] = field(default_factory=list)
    left_out: list[list[str]] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    says: list[str] = field(default_factory=list)
    fails: list[str] = field(default_factory=list)

    def write(self, folder: Path) -> Path:
        """Return the path of the notebook, or of the script."""
        if self.script:
            path = folder / f"{self.name}.py"
            path.write_text("\n".join(self.cells), encoding="utf-8")
            return path
        path = folder / f"{self.name}.ipynb"
        cells: list[dict[str, Any]] = [
            {"cell_type": "code", "metadata": {"tags": ["graded"]}, "outputs": [], "execution_count": None, "source": text.splitlines(True)}
            for text in self.cells
        ]
        path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 0}), encoding="utf-8")
        return path


def handed_in() -> list[HandedIn]:
    """Return every notebook and script of the folder."""
    return [_read(path) for path in sorted(FOLDER.glob("*.txt"))]


def _read(path: Path) -> HandedIn:
    head, _, text = path.read_text(encoding="utf-8").partition(ENDS_HEAD)
    return HandedIn(name=path.stem, cells=tuple(text.rstrip("\n").split(ENDS_CELL)), **yaml.safe_load(head))

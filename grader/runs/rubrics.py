"""The folder of rubrics that a run is judged by, where it is not by the grader's own."""

from __future__ import annotations

from pathlib import Path

from grader.contracts.errors import UsageError

from .reading import Reader

KEPT = "rubrics"  # where a run keeps the folder


def kept_rubrics(store: Reader, given: Path | None = None) -> Path | None:
    """Return the folder of rubrics that a run is judged by: the one given, else the one that it was judged by before."""
    kept = store.about(KEPT)
    folder = given or (Path(kept) if kept else None)
    if folder is not None and not folder.is_dir():
        raise UsageError(f"The folder of rubrics {folder} is not there.", hint="Name the one to judge by with --rubrics.")
    if given is not None and not any(given.glob("*.yaml")):
        raise UsageError(f"{given} holds no rubrics.", hint="They are called as their exercise is: cats-vs-dogs.yaml")
    return folder

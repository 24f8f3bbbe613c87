"""A disk that fills up while a class is graded: nothing finished is lost, the message says what to do, and with room it goes on."""

from __future__ import annotations

import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.contracts.errors import GraderError
from grader.contracts.submission import Submission
from grader.runs.collect import collect
from grader.runs.grading import grade
from grader.runs.reading import Reader
from grader.runs.store import Store

from .conftest import SECRET, FakePipeline, Notes


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a megabyte; only root of Linux can make one."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if sys.platform != "linux" or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no right to mount a small file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def marks(store: Reader) -> dict[str, float]:
    return {mark.student: mark.report.points for mark in store.marks()}


@pytest.mark.parametrize("how", ["mounted", "injected"])
def test_a_disk_that_fills_up_costs_nothing_finished(
    how: str, request: pytest.FixtureRequest, students: Path, tmp_path: Path, pipeline: type[FakePipeline], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = (request.getfixturevalue("small_disk") if how == "mounted" else tmp_path) / "run"
    filler = folder.parent / "filler"

    def run(store: Store) -> None:
        grade(store, collect(students, folder / "unpacked"), secret=SECRET, progress=Notes(), stop=threading.Event(), jobs=1)

    def fill(store: Store) -> None:
        if how == "injected":
            store._db.execute(f"PRAGMA max_page_count = {store._db.execute('PRAGMA page_count').fetchone()[0]}")
            return
        with filler.open("wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                pass

    with Store(folder, create=True) as store:

        def fault(_: Submission) -> None:
            if len(pipeline.asked_for) == 2:
                fill(store)

        monkeypatch.setattr(pipeline, "fault", staticmethod(fault))
        with pytest.raises(GraderError, match="full") as raised:
            run(store)
        assert "Free some space and run the same command again: it continues" in raised.value.hint
        kept = marks(store)
        assert kept == {"alice": 10}
    filler.unlink(missing_ok=True)
    with Store(folder) as store:
        asked = len(pipeline.asked_for)
        run(store)
        assert marks(store) == {"alice": 10, "bob": 8, "carl": 0, "eve": 10}
        assert all(len(store.history(mark.submission)) == 1 for mark in store.marks())
        assert len(pipeline.asked_for) - asked == 2  # alice's is known, and eve's equals it


def test_an_export_that_does_not_fit_is_said_and_leaves_nothing(small_disk: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "class.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("alice.py", bytes(5_000_000))
    with pytest.raises(GraderError, match="The disk is full"):
        collect(tmp_path / "class.zip", small_disk / "unpacked")
    assert not list(small_disk.rglob("*.py"))

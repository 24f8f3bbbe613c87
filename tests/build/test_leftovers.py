"""What a killed grader leaves in the temporary folder goes at the next start; what belongs to a living one, or to nobody, stays."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from grader.build import leftovers
from grader.build.leftovers import Home

ROOT = Path(__file__).parents[2]
HOLD = "import sys; from grader.build.leftovers import Home; home = Home(); print(home.path, flush=True); sys.stdin.read()"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="locks of POSIX")


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def test_folders_of_dead_builders_go_and_those_of_living_ones_stay(temporary: Path) -> None:
    mine = Home()
    with subprocess.Popen([sys.executable, "-c", HOLD], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        killed = Path(process.stdout.readline().strip())
        (killed / "jobs").mkdir()
        (killed / "jobs" / "locked").mkdir(mode=0o000)
        assert mine.path.is_dir()  # another start did not take it
        second = Home()
        assert killed.is_dir()
        process.kill()
    third = Home()
    assert not killed.exists()
    for home in (mine, second, third):
        assert home.path.is_dir()
        home.remove()
    assert list(temporary.iterdir()) == []


def test_what_nobody_holds_goes_after_a_day_and_links_are_not_followed(temporary: Path) -> None:
    for name in ("grader-build-old", "grader-build-new", "other"):
        (temporary / name).mkdir()
    (temporary / "other" / "file").write_text("kept")
    os.utime(temporary / "grader-build-old", (1, 1))
    (temporary / "grader-build-link").symlink_to(temporary / "other")
    (temporary / "grader-build-new" / "owner.lock").symlink_to(temporary / "other" / "file")
    Home().remove()
    assert sorted(path.name for path in temporary.iterdir()) == ["grader-build-link", "grader-build-new", "other"]
    assert (temporary / "other" / "file").read_text() == "kept"


def test_a_folder_that_is_being_removed_is_still_its_builders(monkeypatch: pytest.MonkeyPatch, temporary: Path) -> None:
    home = Home()
    remove_tree = leftovers.remove_tree

    def while_another_starts(folder: Path) -> None:
        if folder == home.path:
            monkeypatch.setattr(leftovers, "remove_tree", remove_tree)
            other.append(Home())
            assert home.path.is_dir()
        remove_tree(folder)

    other: list[Home] = []
    monkeypatch.setattr(leftovers, "remove_tree", while_another_starts)
    home.remove()
    assert list(temporary.iterdir()) == [other[0].path]
    other[0].remove()

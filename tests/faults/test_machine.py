"""What the machine or its user does to a running `grader check`: nothing is left behind, and nothing is counted against the submission."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).parents[2]
CATS = ROOT / "solutions/cats-vs-dogs/solution.py"
SHAPES = ROOT / "solutions/output-shapes/solution.py"
LOOP = "# exercise: output-shapes\ndef conv_model():\n    while True: pass\n"

pytestmark = pytest.mark.xdist_group("faults")
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """The temporary folder of the command, in which nothing may be left; its path is too long for a socket."""
    folder = tmp_path / ("temporary" * 9)
    folder.mkdir()
    return folder


@pytest.fixture
def start(temporary: Path) -> Iterator[Start]:
    """Start `grader check` as a shell does: a process group of its own, its words as lines."""
    started: list[subprocess.Popen[str]] = []

    def begin(file: Path, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "grader", "check", str(file)],
            cwd=temporary.parent,
            env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _said_until(process: subprocess.Popen[str], words: str) -> str:
    """Read lines up to one that holds `words`."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            return said
    pytest.fail(f"it never said {words!r}:\n{said}")


def _below(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def _still_there(processes: list[psutil.Process]) -> list[psutil.Process]:
    return psutil.wait_procs(processes, timeout=60)[1]


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize(("stage", "words"), [("building", "calling conv_model"), ("training", "Training: try 1")])
def test_an_interrupt_leaves_no_process_and_no_file(start: Start, temporary: Path, tmp_path: Path, stage: str, words: str) -> None:
    endless = tmp_path / "endless.py"
    endless.write_text(LOOP, encoding="utf-8")
    process = start(endless if stage == "building" else CATS)
    _said_until(process, words)
    below = _below(process)
    assert len(below) >= 3  # the zygote, its child or a worker, and the process that workers are forked from
    os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate()
    assert process.returncode == 130
    assert said.strip().endswith("Interrupted.")
    assert "Traceback" not in said
    assert _still_there(below) == []
    assert list(temporary.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_killed_grader_leaves_no_process(start: Start, tmp_path: Path) -> None:
    endless = tmp_path / "endless.py"
    endless.write_text(LOOP, encoding="utf-8")
    process = start(endless)
    _said_until(process, "calling conv_model")
    below = _below(process)
    process.kill()
    assert _still_there(below) == []


def test_a_zygote_and_a_worker_that_are_killed_are_replaced(start: Start) -> None:
    process = start(SHAPES)
    _said_until(process, "Building: your functions")
    for each in _below(process):
        if "zygote import main" in " ".join(each.cmdline()):
            each.kill()
    said, _ = process.communicate()
    assert process.returncode == 0, said
    assert "10 of 10 points" in " ".join(said.split())


def test_a_cache_that_cannot_be_used_is_said(start: Start, temporary: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    process = start(CATS, GRADER_CACHE_DIR=str(tmp_path / "file" / "cache"))
    said, _ = process.communicate()
    assert process.returncode == 3, said
    assert "GRADER_CACHE_DIR" in said
    assert "nothing is counted against it" in said
    assert "Traceback" not in said
    assert list(temporary.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mount a file system of the given size; only root can."""
    mounted: list[Path] = []

    def mount(size: str) -> Path:
        folder = tmp_path / "small"
        folder.mkdir()
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, check=False)
        if made.returncode:
            pytest.skip("no right to mount a small file system")
        mounted.append(folder)
        return folder

    if sys.platform != "linux":
        pytest.skip("Linux only")
    yield mount
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


# Where the disk is full: while the cache is filled, while images are handed out, before the child records them, by what the child writes.
FILLS = "# exercise: output-shapes\ndef conv_model():\n    open('large', 'wb').write(bytes(200_000_000))\n"
FULL = {
    "cache": ("GRADER_CACHE_DIR", "1m", ""),
    "hand-out": ("TMPDIR", "1m", ""),
    "before": ("TMPDIR", "12m", ""),
    "while it runs": ("TMPDIR", "100m", FILLS),
}


@pytest.mark.parametrize("when", FULL)
def test_a_full_disk_is_the_machines_fault(start: Start, small_disk: Any, tmp_path: Path, when: str) -> None:
    what, size, source = FULL[when]
    folder = small_disk(size)
    (tmp_path / "submission.py").write_text(source or CATS.read_text(encoding="utf-8"), encoding="utf-8")
    process = start(tmp_path / "submission.py", **{what: str(folder)})
    said, _ = process.communicate()
    assert process.returncode == 3, said
    assert "isk is full" in said
    assert "nothing is counted against it" in said
    assert "Traceback" not in said
    assert not [path for path in folder.iterdir() if path.name.startswith("grader-")]

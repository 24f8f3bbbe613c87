"""Trusted workers that die, hang or fail are the grader's fault, said so, and leave no process behind."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from grader.contracts.errors import GraderError
from grader.contracts.progress import Step, silent
from grader.examine.workers import ENVIRONMENT, Crew

FAULTY = """
import os, sys, time
from grader.contracts.errors import GraderError
from grader.contracts.progress import Step

def work(say, number):
    say(Step(stage="training", text="working", done=number))
    print("chatter"); print("chatter", file=sys.stderr)
    return number * 2, os.getpid(), "tensorflow" in sys.modules

def die(say, marker, times):
    with open(marker, "a") as file:
        file.write("x")
    if os.path.getsize(marker) <= times:
        os._exit(3)
    return "alive"

def hang(say):
    time.sleep(1000)

def fail(say):
    raise ZeroDivisionError("ours")

def complain(say):
    raise GraderError("The disk is full.", "Make room.")
"""


@pytest.fixture
def faulty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    import importlib

    (tmp_path / "faulty_work.py").write_text(FAULTY)
    monkeypatch.syspath_prepend(str(tmp_path))
    return importlib.reload(importlib.import_module("faulty_work"))


@pytest.fixture
def crew() -> Iterator[Crew]:
    made = Crew()
    yield made
    made.close()


def test_a_result_comes_with_progress_and_the_process_ends(faulty: Any, crew: Crew, capfd: pytest.CaptureFixture[str]) -> None:
    said: list[Step] = []
    crew.start("a", faulty.work, (21,), 60)
    key, (result, pid, _) = crew.next_result(said.append)
    assert (key, result, [step.done for step in said]) == ("a", 42, [21])
    assert not psutil.pid_exists(pid)
    assert "chatter" not in "".join(capfd.readouterr())


def test_a_worker_that_dies_is_started_once_more(faulty: Any, crew: Crew, tmp_path: Path) -> None:
    crew.start("a", faulty.die, (str(tmp_path / "marker"), 1), 60)
    assert crew.next_result(silent) == ("a", "alive")
    crew.start("b", faulty.die, (str(tmp_path / "other"), 2), 60)
    with pytest.raises(GraderError, match="died twice"):
        crew.next_result(silent)


@pytest.mark.parametrize(
    ("name", "seconds", "words"),
    [("hang", 0.0, "longer than 0 seconds"), ("fail", 60, "ZeroDivisionError: ours"), ("complain", 60, "The disk is full.")],
)
def test_what_goes_wrong_is_the_graders_fault(faulty: Any, crew: Crew, name: str, seconds: float, words: str) -> None:
    crew.start("a", getattr(faulty, name), (), seconds)
    with pytest.raises(GraderError, match=words) as raised:
        crew.next_result(silent)
    assert raised.value.hint


def test_closing_ends_what_still_runs(faulty: Any) -> None:
    crew = Crew()
    crew.start("a", faulty.hang, (), 60)
    pid = crew.pids()[0]
    crew.close()
    assert not psutil.pid_exists(pid)
    assert not list(crew)


def test_a_kept_worker_answers_again_until_it_fails(faulty: Any) -> None:
    crew = Crew(keep=True)
    try:
        pids = []
        for number in (1, 2):
            crew.start(number, faulty.work, (number,), 60)
            key, (doubled, pid, _) = crew.next_result(silent)
            assert (key, doubled) == (number, 2 * number)
            pids.append(pid)
        assert pids[0] == pids[1]
        crew.start("fails", faulty.fail, (), 60)
        with pytest.raises(GraderError, match="ZeroDivisionError"):
            crew.next_result(silent)
        assert not psutil.pid_exists(pids[0])
        crew.start("again", faulty.work, (3,), 60)
        _, (_, fresh, _) = crew.next_result(silent)
    finally:
        crew.close()
    assert not psutil.pid_exists(fresh)


@pytest.mark.parametrize("dies", ["before", "meanwhile"])
def test_a_kept_worker_that_dies_is_replaced(faulty: Any, tmp_path: Path, dies: str) -> None:
    crew = Crew(keep=True)
    try:
        crew.start("a", faulty.work, (1,), 60)
        _, (_, pid, _) = crew.next_result(silent)
        if dies == "before":
            process = psutil.Process(pid)
            process.kill()
            psutil.wait_procs([process], timeout=30)
        crew.start("b", faulty.die, (str(tmp_path / "marker"), int(dies == "meanwhile")), 60)
        assert crew.next_result(silent) == ("b", "alive")
    finally:
        crew.close()


def test_a_kept_worker_that_has_grown_is_not_used_again(faulty: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.examine.workers.MOST_KEPT_BYTES", 0)
    crew = Crew(keep=True)
    crew.start("a", faulty.work, (1,), 60)
    _, (_, pid, _) = crew.next_result(silent)
    assert not psutil.pid_exists(pid)
    crew.close()


def test_a_script_without_a_guard_is_not_run_again_by_its_workers(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "print('read')\n"
        "from grader.contracts.progress import silent\n"
        "from grader.examine.workers import Crew\n"
        "crew = Crew()\n"
        "crew.start('key', callable, (), 100)\n"
        "print(crew.next_result(silent))\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split("\n")[:2]) == (0, ["read", "('key', True)"]), done.stderr


@pytest.mark.parametrize(("environment", "imported"), [({}, True), (ENVIRONMENT, False)])
def test_a_file_beside_the_submission_is_not_imported(tmp_path: Path, environment: dict[str, str], imported: bool) -> None:
    """Workers are forked from a server that is started with -c, which looks into the current folder first: in CI a student's checkout."""
    (tmp_path / "socket.py").write_text("open('imported', 'w').close()\n")
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    command = [sys.executable, "-c", "import socket"]
    subprocess.run(command, cwd=tmp_path, env=inherited | environment, capture_output=True, check=True)
    assert (tmp_path / "imported").exists() is imported

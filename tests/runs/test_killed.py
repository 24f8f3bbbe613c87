"""A run that is killed again and again, at any moment of its code, ends as one that was left alone."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.contracts.base import digest
from grader.contracts.evidence import Evidence
from grader.runs.reading import Reader

from .conftest import PADDED, ROOT, SOLUTION, STARTER

STUDENTS = 12
# Imports once; then, per line of standard input, forks a process that grades as the command does (evidence comes from a file) and
# kills itself at the so-manieth call of any function in any of its threads. Answers with the number of calls of a run that came to
# its end, else 0.
SERVER = """
import json, os, signal, sys, threading
from pathlib import Path
from grader.contracts.evidence import Evidence
from grader.runs import grading
from grader.runs.collect import collect
from grader.runs.grading import grade
from grader.runs.store import Store

known = {digest: Evidence.model_validate(value) for digest, value in json.loads(Path(sys.argv[2]).read_text()).items()}

class Fake:
    def __init__(self, **_): pass
    def __enter__(self): return self
    def __exit__(self, *_): pass
    def measure(self, submission, asked, rubric, *, progress, clock): return known[submission.digest]

class Quiet:
    def planned(self, *_): pass
    def step(self, *_): pass
    def finished(self, *_): pass

grading.Pipeline = Fake

def run(folder, moment, answer):
    calls = 0
    def count(frame, event, argument):
        nonlocal calls
        calls += 1
        if calls == moment:
            os.kill(os.getpid(), signal.SIGKILL)
    threading.setprofile(count)
    sys.setprofile(count)
    with Store(folder, create=True) as store:
        handed = collect(Path(sys.argv[1]), folder / "unpacked")
        grade(store, handed, secret=b"a secret of a test", progress=Quiet(), stop=threading.Event(), jobs=2)
    sys.setprofile(None)
    os.write(answer, str(calls).encode())

for line in sys.stdin:
    folder, moment = json.loads(line)
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            run(Path(folder), moment, writing)
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(pid, 0)
    print(os.read(reading, 100).decode() or 0, flush=True)
    os.close(reading)
"""

Launch = Callable[[Path, int], int]


@pytest.fixture
def launch(tmp_path: Path, measured: dict[str, Evidence]) -> Iterator[Launch]:
    """Grade a class out of a zip into a folder, killed at a moment; returns how many calls it took, 0 where it was killed."""
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        for number in range(STUDENTS):
            archive.writestr(f"student-{number:02}/submission.py", (SOLUTION, PADDED, STARTER)[number % 3].read_bytes())
        archive.writestr("zoe.py", "def f(:\n")
    known = tmp_path / "evidence.json"
    known.write_text(json.dumps({one: evidence.model_dump(mode="json") for one, evidence in measured.items()}))
    command = [sys.executable, "-c", SERVER, str(tmp_path / "class.zip"), str(known)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None

        def ask(folder: Path, moment: int) -> int:
            print(json.dumps([str(folder), moment]), file=server.stdin, flush=True)
            return int(server.stdout.readline())  # type: ignore[union-attr]

        yield ask
        server.stdin.close()


def outcome(folder: Path) -> dict[str, Any]:
    """Return everything that a run knows, without times and without the order in which workers finished."""
    with Reader(folder) as store:
        found: dict[str, Any] = {
            row.student: (row.state, row.message, row.exercise, row.evidence, [mark.report for mark in store.history(row.id)])
            for row in store.rows()
        }
        for student, (*facts, reports) in found.items():
            plain = [digest(report.model_copy(update={"timings": ()})) for report in reports]
            found[student] = (*facts, plain, digest(store.evidence(facts[3]) or ""))
        found["pictures"] = sorted(row[0] for row in store._rows("SELECT digest FROM pictures"))
        found["evidence"] = sorted(row[0] for row in store._rows("SELECT key FROM evidence"))
    return found


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("kills", [5, pytest.param(50, marks=pytest.mark.exhaustive)])
def test_killed_at_any_moment_nothing_is_lost_and_nothing_counted_twice(tmp_path: Path, launch: Launch, kills: int) -> None:
    calls = launch(tmp_path / "undisturbed", 0)
    undisturbed = outcome(tmp_path / "undisturbed")
    assert len(undisturbed) == STUDENTS + 3
    assert all(len(undisturbed[f"student-{number:02}"][4]) == 1 for number in range(STUDENTS))
    moments = random.Random(7)
    killed = runs = 0
    while killed < kills:
        runs += 1
        while not launch(tmp_path / f"run-{runs}", moments.randint(1, calls)):
            killed += 1
        assert outcome(tmp_path / f"run-{runs}") == undisturbed, f"killed {killed} times, run {runs}"
    assert runs >= 1

"""A run that is killed again and again ends as one that was left alone."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from grader.contracts.evidence import Evidence
from grader.runs import Store

from .conftest import PADDED, ROOT, SOLUTION, STARTER

KILLS = 6
# Grades as the command does, with evidence from a file, and says whom it finished.
CHILD = """
import json, sys, threading
from pathlib import Path
from grader.contracts.evidence import Evidence
from grader.runs import Store, collect, grade, grading

known = {digest: Evidence.model_validate(value) for digest, value in json.loads(Path(sys.argv[3]).read_text()).items()}

class Fake:
    def __init__(self, **_): pass
    def __enter__(self): return self
    def __exit__(self, *_): pass
    def measure(self, submission, asked, rubric, *, progress, clock):
        print("measuring", flush=True)
        return known[submission.digest]

class Said:
    def planned(self, *_): print("planned", flush=True)
    def step(self, *_): pass
    def finished(self, worker, row, outcome): print("finished", flush=True)

grading.Pipeline = Fake
with Store(Path(sys.argv[2]), create=True) as store:
    handed = collect(Path(sys.argv[1]), Path(sys.argv[2]) / "unpacked")
    grade(store, handed, secret=b"a secret of a test", progress=Said(), stop=threading.Event(), jobs=2)
print("end", flush=True)
"""


def outcome(run: Path) -> dict[str, tuple[float, str]]:
    with Store(run) as store:
        assert all(len(store.history(mark.submission)) == 1 for mark in store.marks())
        return {mark.student: (mark.report.points, mark.report.rubric_digest) for mark in store.marks()}


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_killed_at_any_moment_nothing_is_lost_and_nothing_counted_twice(tmp_path: Path, measured: dict[str, Evidence]) -> None:
    students = tmp_path / "class"
    students.mkdir()
    for number in range(24):
        text = (SOLUTION, PADDED, STARTER)[number % 3].read_bytes()
        (students / f"student-{number:02}.py").write_bytes(text)
    known = tmp_path / "evidence.json"
    known.write_text(json.dumps({digest: evidence.model_dump(mode="json") for digest, evidence in measured.items()}))

    def start(run: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", CHILD, str(students), str(tmp_path / run), str(known)]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    with start("undisturbed") as process:
        assert "end" in process.communicate()[0]
    moments = random.Random(7)
    killed = 0
    while True:
        with start("killed") as process:
            assert process.stdout is not None
            last = moments.randint(1, 9) if killed < KILLS else 10_000
            said = [line.strip() for _, line in zip(range(last), process.stdout, strict=False)]
            process.kill()
        if "end" in said:
            break
        killed += 1
    assert killed >= 3
    assert outcome(tmp_path / "killed") == outcome(tmp_path / "undisturbed")
    assert len(outcome(tmp_path / "killed")) == 24

"""Gradescope's zip on a clean machine: its `setup.sh` installs a Python and TensorFlow, and `run_autograder` grades as root.

Gradescope's base image is Ubuntu's; here it is a Debian without any Python, whose packages have the names that Ubuntu 22.04's have.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from grader import course
from grader.bundle import write_gradescope

from .conftest import Engine

ROOT = Path(__file__).parents[2]
SECRET = "a secret that is long enough"
SCHEMA = json.loads((ROOT / "tests/report/schemas/gradescope.json").read_text(encoding="utf-8"))

pytestmark = [pytest.mark.exhaustive, pytest.mark.xdist_group("places")]


@dataclass
class Machine:
    """A container after `setup.sh`, and the folders that Gradescope mounts for each submission."""

    engine: Engine
    container: str
    log: str


@pytest.fixture(scope="module")
def machine(engine: Engine, debian: str, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Lay the zip out as Gradescope's build does, and run `setup.sh`."""
    folder = tmp_path_factory.mktemp("zip")
    (folder / "autograder.zip").write_bytes(write_gradescope(course.load("output-shapes"), SECRET.encode()))
    source = folder / "autograder/source"
    with zipfile.ZipFile(folder / "autograder.zip") as opened:
        opened.extractall(source)
    for name in ("setup.sh", "run_autograder"):
        (source / name).chmod(0o755)
    shutil.copy2(source / "run_autograder", source.parent)
    container = engine.start(debian)
    engine.done("add", "--quiet", container, folder / "autograder", "/autograder")
    done = engine.run(container, "/autograder/source/setup.sh")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return Machine(engine, container, done.stdout + done.stderr)


def test_setup_says_what_protects_it(machine: Machine) -> None:
    assert "Ready to grade." in machine.log
    assert "landlock, seccomp, privileges" in machine.log
    assert SECRET not in machine.log


CRASH = "import os, signal\n\ndef conv_model():\n    os.kill(os.getpid(), signal.SIGKILL)\n"


@pytest.mark.parametrize(
    ("text", "score", "words"),
    [
        ((ROOT / "solutions/output-shapes/solution.py").read_text(encoding="utf-8"), 10, "Passed: 10 of 10"),
        ((ROOT / "solutions/output-shapes/wrong/m57-convolution-padded.py").read_text(encoding="utf-8"), 8, "148×148"),
        (CRASH, 0, "conv_model"),
        ("def conv_model(:\n", 0, "line 1"),
    ],
    ids=["full", "partial", "crashing", "unreadable"],
)
def test_it_grades(machine: Machine, tmp_path: Path, text: str, score: float, words: str) -> None:
    for name in ("submission", "results"):
        (tmp_path / name).mkdir()
    (tmp_path / "submission/submission.py").write_text(text, encoding="utf-8")
    mounts = {tmp_path / name: f"/autograder/{name}" for name in ("submission", "results")}
    done = machine.engine.run(machine.container, "/autograder/run_autograder", mounts=mounts)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads((tmp_path / "results/results.json").read_text(encoding="utf-8"))
    Draft202012Validator(SCHEMA).validate(result)
    assert result["score"] == score
    assert words in json.dumps(result, ensure_ascii=False)
    assert SECRET not in json.dumps(result) + done.stdout + done.stderr

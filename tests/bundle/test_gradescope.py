"""Gradescope's zip: the same bytes for the same content, and it grades from the zip alone, in a recreated /autograder."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from grader import course
from grader.bundle import write_gradescope
from grader.bundle.requirements import pinned
from grader.cli import main
from grader.runs.secret import VARIABLE

ROOT = Path(__file__).parents[2]
SECRET = "a secret that is long enough"
SCHEMA = json.loads((ROOT / "tests/report/schemas/gradescope.json").read_text(encoding="utf-8"))


class Autograder:
    """The tree of Gradescope's container, as its harness lays it out."""

    def __init__(self, folder: Path, archive: bytes) -> None:
        self.root = folder / "autograder"
        self.source = self.root / "source"
        (self.root / "submission").mkdir(parents=True)
        file = folder / "autograder.zip"
        file.write_bytes(archive)
        with zipfile.ZipFile(file) as opened:
            opened.extractall(self.source)
            rights = {entry.filename: entry.external_attr >> 16 for entry in opened.infolist()}
        for name in ("setup.sh", "run_autograder"):
            assert rights[name] == stat.S_IFREG | 0o755
            (self.root / name).write_bytes((self.source / name).read_bytes())
            (self.root / name).chmod(0o755)

    def hand_in(self, file: Path) -> None:
        (self.root / "submission" / file.name).write_bytes(file.read_bytes())

    def run(self, script: str = "run_autograder", **more: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", VARIABLE)}
        environment |= {"AUTOGRADER": str(self.root), **more}
        return subprocess.run([str(self.root / script)], cwd="/", env=environment, capture_output=True, text=True, check=False)

    @property
    def result(self) -> Path:
        return self.root / "results/results.json"


def program(file: Path, script: str) -> Path:
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(0o755)
    return file


@pytest.fixture(scope="module")
def archive() -> bytes:
    return write_gradescope(course.load("output-shapes"), SECRET.encode())


@pytest.fixture
def autograder(archive: bytes, tmp_path: Path) -> Autograder:
    return Autograder(tmp_path, archive)


def test_the_same_content_is_the_same_bytes(archive: bytes) -> None:
    assert write_gradescope(course.load("output-shapes"), SECRET.encode()) == archive


def test_it_holds_one_exercise_and_no_answers(autograder: Autograder) -> None:
    files = autograder.source / "package/grader/course/files"
    there = {path.relative_to(files).as_posix() for path in files.rglob("*") if path.is_file()}
    assert {name.split("/")[0] for name in there} == {"rubrics", "exercises"}
    assert {Path(name).stem if name.startswith("rubrics") else name.split("/")[1] for name in there} == {"output-shapes"}
    assert not [path for path in autograder.source.rglob("*") if path.name in {"solutions", "wrong", "right", "__pycache__"}]
    for name in ("setup.sh", "run_autograder"):
        assert b"\r" not in (autograder.source / name).read_bytes()
    assert (autograder.source / "exercise.env").read_text() == "EXERCISE=output-shapes\nPROFILE=native\nDATASET=''\n"


def test_its_images_are_drawn_while_the_image_is_built(tmp_path: Path) -> None:
    source = Autograder(tmp_path, write_gradescope(course.load("augmentation"), None)).source
    assert "DATASET=facing-animals\n" in (source / "exercise.env").read_text()
    assert not (source / "holdout.secret").exists()


def test_requirements_are_pinned() -> None:
    lines = pinned()
    names = {line.split("=")[0] for line in lines}
    assert {"tensorflow", "keras", "numpy", "pydantic-core", "click"} <= names
    assert not {"pytest", "ruff", "cnn-grader"} & names
    assert [line for line in lines if "==" not in line] == []
    assert [line.split("=")[0] for line in lines] == sorted(names)


def test_setup_installs_into_an_environment_of_its_own(autograder: Autograder, tmp_path: Path) -> None:
    (autograder.source / "exercise.env").write_text("EXERCISE=x\nPROFILE=native\nDATASET=one\n")
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    log = tmp_path / "log"
    python = program(bin_ / "python3.12", f'echo "$*" >> {log}\n[ "$2" != venv ] || {{ mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; }}')
    done = autograder.run("setup.sh", PATH=f"{bin_}:/usr/bin:/bin")
    assert done.returncode == 0, done.stderr
    asked = [line for line in log.read_text().splitlines() if line.startswith("-")]
    assert [line.split(" ", 1)[1] for line in asked[-4:]] == [
        f"venv {autograder.source}/venv",
        "pip install --no-cache-dir --disable-pip-version-check -r requirements.txt",
        "-m grader data prepare one",
        "-m grader doctor",
    ]
    assert python.exists()
    assert stat.S_IMODE((autograder.source / "holdout.secret").stat().st_mode) & 0o077 == 0


@pytest.mark.parametrize(
    ("script", "code", "result"),
    [
        ('while [ "$1" != --gradescope ]; do shift; done; echo "$GRADER_HOLDOUT_SECRET" > "$2"', 0, SECRET + "\n"),
        ('while [ "$1" != --gradescope ]; do shift; done; echo half > "$2"; exit 3', 3, None),  # a fault: no score, not a zero
        ("exit 0", 3, None),
        ("kill -9 $$", 137, None),
    ],
)
def test_only_a_mark_leaves_a_result(autograder: Autograder, tmp_path: Path, script: str, code: int, result: str | None) -> None:
    autograder.result.parent.mkdir()
    autograder.result.write_text("of an earlier run")
    done = autograder.run(GRADER_PYTHON=str(program(tmp_path / "python", script)))
    assert done.returncode == code
    assert (autograder.result.read_text() if autograder.result.exists() else None) == result
    assert ("There is no mark" in done.stderr) == (result is None)


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("file", "score", "words"),
    [("solutions/output-shapes/solution.py", 10, "Passed: 10 of 10 points"), ("README.md", 0, "holds no .py and no .ipynb file")],
)
def test_it_grades_from_the_zip_alone(autograder: Autograder, file: str, score: float, words: str) -> None:
    autograder.hand_in(ROOT / file)
    done = autograder.run(GRADER_PYTHON=sys.executable)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(autograder.result.read_text(encoding="utf-8"))
    Draft202012Validator(SCHEMA).validate(result)
    assert result["score"] == score
    assert words in result["output"]
    assert SECRET not in json.dumps(result) + done.stdout + done.stderr


def test_the_command_says_what_to_do_and_what_is_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(VARIABLE, SECRET)
    open_ = CliRunner().invoke(main, ["bundle", "gradescope", "output-shapes"])
    assert open_.exit_code == 0, open_.output
    assert "give the assignment 10 points" in open_.stdout
    assert "public practice images" in open_.stderr
    hidden = CliRunner().invoke(main, ["bundle", "gradescope", "output-shapes", "-o", "b.zip", "--holdout-secret"])
    assert "whoever gets the file can draw them" in hidden.stderr
    assert SECRET not in hidden.output
    assert stat.S_IMODE((tmp_path / "b.zip").stat().st_mode) == 0o600
    with zipfile.ZipFile(tmp_path / "autograder.zip") as one, zipfile.ZipFile(tmp_path / "b.zip") as other:
        assert set(other.namelist()) - set(one.namelist()) == {"holdout.secret"}


@pytest.mark.parametrize(
    ("arguments", "words"), [(["nothing"], "There is no exercise"), (["output-shapes", "-o", "x.py"], "does not go into a .py file")]
)
def test_what_cannot_be_bundled_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["bundle", "gradescope", *arguments])
    assert (done.exit_code, words in done.stderr) == (2, True)
    assert not list(tmp_path.iterdir())

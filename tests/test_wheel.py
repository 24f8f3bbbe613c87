"""The wheel: what it carries, and that it works where no checkout is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[1]
COURSE = "grader/course/files/"
# Neither the answers, nor what only a developer needs.
KEPT_BACK = {"solutions", "tests", "docs", "benchmarks", "wrong", "right"}

pytestmark = pytest.mark.xdist_group("wheel")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with the hatchling that is installed: no network."""
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT))
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel, without what it depends on, into an empty folder."""
    folder = tmp_path_factory.mktemp("installed")
    _run(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(folder), str(wheel))
    return folder


@pytest.fixture
def python(installed: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run Python in an empty folder with the installed wheel. `-S` leaves out .pth files, by which the checkout would be importable."""
    packages = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(installed), *packages]), "GRADER_CACHE_DIR": str(tmp_path / "cache")}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-S", *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
        )

    return run


def test_it_carries_the_package_and_the_course_but_no_answers(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    expected = {path.relative_to(ROOT).as_posix() for path in _files(ROOT / "grader")}
    for part in ("exercises", "rubrics"):
        expected |= {COURSE + path.relative_to(ROOT).as_posix() for path in _files(ROOT / part)}
    assert names == expected
    assert not {part for name in names for part in PurePosixPath(name).parts} & KEPT_BACK
    assert {
        "grader/py.typed",
        "grader/course/names.yaml",
        "grader/report/report.schema.json",
        "grader/report/templates/report.html.j2",
        COURSE + "exercises/output-shapes/submission.py",
        COURSE + "rubrics/output-shapes.yaml",
    } <= names


def test_it_is_what_runs(python: Callable[..., subprocess.CompletedProcess[str]], installed: Path) -> None:
    ended = python("-c", "import grader, sys; from grader import course; print(grader.__file__, course.root(), *sys.path, sep='\\n')")
    module, course, *paths = ended.stdout.splitlines()
    assert Path(module).is_relative_to(installed), ended.stderr
    assert Path(course) == installed / "grader/course/files"
    assert str(ROOT) not in paths


def test_it_lists_starts_and_checks(python: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    listed = python("-m", "grader", "exercises")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert "output-shapes" in listed.stdout

    started = python("-m", "grader", "start", "output-shapes")
    assert (started.returncode, started.stderr) == (0, "")
    assert {path.name for path in (tmp_path / "output-shapes").iterdir()} == {"README.md", "submission.py"}

    checked = python("-m", "grader", "check", "output-shapes", "--json", "-")
    assert checked.returncode == 1, checked.stderr
    assert json.loads(checked.stdout)["status"] == "unattempted"

    explained = python("-m", "grader", "rubric", "check")
    assert (explained.returncode, explained.stderr) == (0, "")


def _run(*command: str) -> None:
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]

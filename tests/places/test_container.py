"""The container image: built from the Dockerfile itself, on a Debian of the release that it names, and run as its own user.

The devcontainer: what it runs after a start, as the user that editors use, in a copy of the repository.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import RELEASE, Engine

ROOT = Path(__file__).parents[2]
IMAGE = "cnn-grader"

pytestmark = [pytest.mark.exhaustive, pytest.mark.xdist_group("places")]


@pytest.fixture(scope="module")
def image(engine: Engine, python: str) -> str:
    base = re.search(r"^FROM (\S+)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert base is not None
    assert RELEASE in base[1]
    engine.done("tag", python, f"docker.io/library/{base[1]}")
    engine.build(ROOT, IMAGE)
    return IMAGE


@pytest.fixture
def grader(engine: Engine, image: str, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return what runs the image's entry point on a folder that is mounted at /work."""
    settings = engine.settings(image)
    assert (settings["User"], settings["WorkingDir"], settings["Entrypoint"]) == ("1000", "/work", ["grader"])
    container = engine.start(image)
    work = tmp_path / "work"
    work.mkdir()

    def run(file: Path, *arguments: str, user: int = 1000) -> subprocess.CompletedProcess[str]:
        shutil.copyfile(file, work / "submission.py")
        os.chown(work, user, user)
        chosen = "" if user == 1000 else f"{user}:{user}"
        return engine.run(container, *settings["Entrypoint"], *arguments, mounts={work: "/work"}, user=chosen)

    return run


def test_it_says_what_protects_it(grader: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = grader(ROOT / "exercises/output-shapes/submission.py", "doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"ok\s+in force\s+landlock, seccomp, privileges", done.stdout)
    assert "Ready to grade." in done.stdout


# Some clusters give a container a user whom it does not know, and no home.
@pytest.mark.parametrize("user", [1000, 4321])
@pytest.mark.parametrize(
    ("file", "code", "points", "cause"),
    [
        ("solutions/output-shapes/solution.py", 0, 10, ""),
        ("solutions/output-shapes/wrong/m57-convolution-padded.py", 0, 8, "148×148"),
        ("exercises/output-shapes/submission.py", 1, 0, ""),
    ],
)
def test_it_grades(
    grader: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path, user: int, file: str, code: int, points: int, cause: str
) -> None:
    done = grader(ROOT / file, "ci", "submission.py", user=user)
    assert done.returncode == code, done.stdout + done.stderr
    report = json.loads((tmp_path / "work/grader-report/report.json").read_text(encoding="utf-8"))
    assert report["points"] == points
    assert cause in "".join(one["sentence"] for one in report["causes"])
    assert (tmp_path / "work/grader-report/junit.xml").stat().st_uid == user


def test_it_trains(grader: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """An exercise with images: drawn into the user's cache, trained, judged on the hidden ones."""
    done = grader(ROOT / "solutions/augmentation/solution.py", "check", "submission.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✓ Passed" in done.stdout


def test_the_devcontainer_makes_an_environment(engine: Engine, python: str, tmp_path: Path) -> None:
    """Its base image is Debian's release with Python, git, make, and a user who may become root."""
    settings = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))
    assert settings["image"].endswith(RELEASE)
    files = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, text=True, check=True).stdout
    for name in filter(None, files.split("\0")):
        target = tmp_path / "repository" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)
    container = engine.start(python)
    engine.done("add", "--quiet", "--chown", "1000:1000", container, tmp_path / "repository", "/workspaces/cnn-grader")
    script = """set -e
        apt-get update && apt-get install --yes --no-install-recommends sudo make git
        useradd --create-home --uid 1000 vscode && echo 'vscode ALL=(root) NOPASSWD:ALL' > /etc/sudoers.d/vscode
        chown vscode /workspaces/cnn-grader"""
    assert engine.run(container, "sh", "-c", script).returncode == 0
    path = (
        settings["remoteEnv"]["PATH"]
        .replace("${containerWorkspaceFolder}", "/workspaces/cnn-grader")
        .replace("${containerEnv:PATH}", "$PATH")
    )
    within = f"cd /workspaces/cnn-grader && export HOME=/home/vscode PATH={path} && "
    done = engine.run(container, "sh", "-c", within + settings["onCreateCommand"], user="vscode")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    done = engine.run(container, "sh", "-c", within + "grader check solutions/output-shapes/solution.py && make lint", user="vscode")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "Passed: 10 of 10 points" in done.stdout

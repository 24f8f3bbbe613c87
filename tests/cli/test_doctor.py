"""`grader doctor`: what is there, what is missing, and whether that stops anything."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from pathlib import Path

import pytest

import grader.build
from grader.contracts.artifacts import Layer

LANDLOCK = Layer(name="landlock", in_force=True, why="ABI 7")
NO_LANDLOCK = Layer(name="landlock", in_force=False, why="this kernel has none")
ZYGOTE = Layer(name="zygote", in_force=True, why="each build is a fork")
WALL = Layer(name="bubblewrap", in_force=True, why="no network")
NO_WALL = Layer(name="bubblewrap", in_force=False, why="not installed")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Pretend to be a machine with these layers of isolation, and without these packages."""

    def pretend(*layers: Layer, without: tuple[str, ...] = ()) -> None:
        real = importlib.metadata.version

        def version(name: str) -> str:
            if name in without:
                raise importlib.metadata.PackageNotFoundError(name)
            return real(name)

        monkeypatch.setattr(grader.build, "probe", lambda: layers)
        monkeypatch.setattr(importlib.metadata, "version", version)
        monkeypatch.setenv("GRADER_CACHE_DIR", str(tmp_path / "cache"))

    return pretend


@pytest.mark.parametrize(
    ("layers", "said", "unsaid"),
    [
        ((LANDLOCK, ZYGOTE, WALL), ["ok  in force    landlock; bubblewrap can be put around"], ["nothing but"]),
        ((LANDLOCK, ZYGOTE, NO_WALL), ["ok  in force    landlock\n", "-  bubblewrap  not installed"], ["can be put around"]),
        ((NO_LANDLOCK, ZYGOTE, NO_WALL), ["-  landlock    this kernel has none", "-  in force    nothing but a process of its own"], []),
    ],
)
def test_isolation(run, machine, layers: tuple[Layer, ...], said: list[str], unsaid: list[str]) -> None:
    machine(*layers)
    result = run("doctor")
    assert result.exit_code == 0
    assert "Ready to grade." in result.stdout
    lines = "\n".join(line.rstrip() for line in result.stdout.splitlines())
    for text in said:
        assert text in lines
    for text in unsaid:
        assert text not in lines


def test_versions_are_said(run, machine) -> None:
    machine(LANDLOCK)
    output = run("doctor").stdout
    for name in ("tensorflow", "keras"):
        (line,) = [line for line in output.splitlines() if line.split()[1:2] == [name]]
        assert line.split() == ["ok", name, importlib.metadata.version(name)]


def test_without_tensorflow_nothing_can_be_graded(run, machine) -> None:
    machine(LANDLOCK, without=("tensorflow",))
    result = run("doctor")
    assert result.exit_code == 3
    assert "no  tensorflow  not installed" in result.stdout
    assert "Nothing can be graded here" in result.stdout
    assert "Ready" not in result.stdout


def test_a_cache_that_is_no_folder(run, machine, tmp_path: Path) -> None:
    machine(LANDLOCK)
    (tmp_path / "cache").write_text("in the way")
    result = run("doctor")
    assert result.exit_code == 3
    assert "set GRADER_CACHE_DIR" in " ".join(result.stdout.split())


def test_datasets_are_listed_with_what_to_do(run, machine) -> None:
    machine(LANDLOCK)
    output = run("doctor").stdout
    assert "cats-vs-dogs         drawn when it is first needed" in output
    assert "horses-or-humans     drawn when it is first needed" in output

"""The `grader` command: help that imports nothing, and subcommands that exist."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from grader import __version__
from grader.cli import main
from grader.cli.group import COMMANDS


def test_version(run) -> None:
    result = run("--version")
    assert (result.exit_code, result.stdout) == (0, f"grader {__version__}\n")


def test_help_lists_every_command(run) -> None:
    result = run("--help")
    assert result.exit_code == 0
    for name, (_, _, text) in COMMANDS.items():
        assert f"  {name} " in result.stdout
        assert text in result.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_the_help_that_the_list_shows(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert command.name == name
    assert (command.help or "").split("\n")[0] == COMMANDS[name][2]


def test_unknown_command(run) -> None:
    result = run("grade-everything")
    assert result.exit_code == 2
    assert "No such command 'grade-everything'" in result.stderr


_LIGHT = (
    "import sys; from grader.cli import main\ntry: main({arguments!r})\nexcept SystemExit as end: assert end.code == {code}, end.code\n"
    "left = [name for name in {absent!r} if name in sys.modules]; assert not left, left"
)


@pytest.mark.parametrize(
    ("arguments", "code", "absent"),
    [
        (["--help"], 0, ["pydantic", "rich", "yaml", "jinja2", "numpy", "tensorflow"]),
        (["check", "--help"], 0, ["pydantic", "rich", "yaml", "jinja2", "numpy", "tensorflow"]),
        (["start", "no-such-exercise"], 2, ["rich", "jinja2", "nbformat", "numpy", "tensorflow", "grader.contracts.evidence"]),
        (["exercises"], 0, ["jinja2", "nbformat", "numpy", "tensorflow", "grader.contracts.evidence"]),
        (["concepts"], 0, ["jinja2", "nbformat", "numpy", "tensorflow", "grader.contracts.evidence"]),
        (["explain", "fill-mode"], 0, ["jinja2", "nbformat", "numpy", "tensorflow", "pygments", "grader.contracts.evidence"]),
        (["doctor"], 0, ["tensorflow", "keras"]),
        (["check", "no-such-file.py"], 2, ["tensorflow", "keras"]),
        (
            ["check", "--static", str(Path(__file__).parents[2] / "exercises/cats-vs-dogs/submission.py")],
            0,
            ["rich", "jinja2", "nbformat", "numpy", "tensorflow", "grader.contracts.evidence"],
        ),
        (["regrade", "no-such-run"], 2, ["jinja2", "nbformat", "numpy", "tensorflow"]),
        (["ci", "--help"], 0, ["pydantic", "rich", "yaml", "jinja2", "numpy", "tensorflow"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_a_command_does_not_import(arguments: list[str], code: int, absent: list[str]) -> None:
    script = _LIGHT.format(arguments=arguments, code=code, absent=absent)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_goes_away_is_no_error() -> None:
    script = "from grader.cli import main; main(['rubric', 'schema'])"
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.close()
    assert child.stderr.read() == b""
    child.stderr.close()
    assert child.wait() == 141


def test_a_console_without_the_letters_gets_escapes(tmp_path: Path) -> None:
    script = "from grader.cli import main; main(['start', 'output-shapes', '日'])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, env={"PYTHONIOENCODING": "latin-1"}, cwd=tmp_path, check=False
    )
    assert done.returncode == 0
    assert b"into \\u65e5" in done.stdout
    assert (tmp_path / "日" / "submission.py").is_file()

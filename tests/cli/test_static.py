"""`grader check --static`: what a commit hook hears about files, none of which is run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

COURSE = Path(__file__).parents[2]
STARTER = (COURSE / "exercises/output-shapes/submission.py").read_text(encoding="utf-8")
SOLUTION = (COURSE / "solutions/output-shapes/solution.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "text", "code", "said"),
    [
        ("a.py", STARTER, 0, "a.py: nothing to object to in the text (0 of 4 functions written, output-shapes)"),
        ("a.py", SOLUTION, 0, "a.py: nothing to object to in the text (4 of 4 functions written, output-shapes)"),
        ("a.py", SOLUTION.replace("def pool_model", "def pool"), 1, "a.py:23: error: There is no function `pool_model` in a.py."),
        (
            "a.py",
            STARTER.replace("import tensorflow as tf", "import tensorflow as tf\ndef broken(:"),
            4,
            ": error: this is not valid Python: ",
        ),
        ("a.py", SOLUTION.replace("import tensorflow as tf", ""), 1, "error: `tf` is used but defined nowhere"),
        ("helpers.py", "def load():\n    return 3\n", 0, "helpers.py: not checked: it names no exercise"),
        ("::error::x\x1b[31m.py", "def load():\n    return 3\n", 0, ": :error: :x\\x1b[31m.py: not checked"),
        ("a.ipynb", "{", 4, "a.ipynb: error: a.ipynb is a damaged notebook"),
    ],
)
def test_what_is_said_and_answered(run, tmp_path: Path, name: str, text: str, code: int, said: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    result = run("check", "--static", name)
    assert (result.exit_code, said in result.stdout) == (code, True), result.output


def test_a_line_that_is_no_python_is_named_as_compilers_do(run, tmp_path: Path) -> None:
    (tmp_path / "week1").mkdir()
    (tmp_path / "week1/submission.py").write_text("# exercise: output-shapes\ndef conv_model(:\n")
    for path in ("week1", "week1/submission.py"):
        first, code, caret = run("check", "--static", path).stdout.splitlines()
        assert first.startswith("week1/submission.py:2: error: this is not valid Python: ")
        assert (code.strip(), caret.strip()) == ("def conv_model(:", "^")
        assert caret.index("^") == code.index(":")


def test_a_notebook_names_cell_and_line(run, tmp_path: Path) -> None:
    cells = [
        {"cell_type": "code", "source": "# exercise: output-shapes\n"},
        {"cell_type": "code", "source": "import no_such_package\n" + SOLUTION},
    ]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    result = run("check", "--static", "a.ipynb")
    assert result.exit_code == 0, "nothing needs the import"
    cells[1]["source"] = SOLUTION.replace("import tensorflow as tf", "import no_such_package as tf")
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    result = run("check", "--static", "a.ipynb")
    assert result.exit_code == 1
    assert "a.ipynb, cell 2, line " in result.stdout


def test_many_files_give_the_worst_code(run, tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text(SOLUTION, encoding="utf-8")
    (tmp_path / "bad.py").write_text(SOLUTION.replace("def pool_model", "def pool"), encoding="utf-8")
    (tmp_path / "broken.ipynb").write_text("[]")
    (tmp_path / "conftest.py").write_text("")
    assert run("check", "--static", "good.py", "conftest.py").exit_code == 0
    assert run("check", "--static", "good.py", "bad.py").exit_code == 1
    assert run("check", "--static", "bad.py", "broken.ipynb", "good.py").exit_code == 4
    assert run("check", "--static", "--exit-zero", "good.py", "bad.py").exit_code == 0
    assert run("check", "--static", "gone.py").exit_code == 2
    assert run("check", "--static", "--exercise", "no-such", "good.py").exit_code == 2

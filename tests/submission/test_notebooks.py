"""Notebooks: cells one by one, magics blanked, broken cells cost only themselves."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from grader.submission import read_submission
from grader.submission.magics import blank_magics

MODEL = "def create_model():\n    return A\n"

# (cell, what Python is left of it, one entry per line)
MAGICS = {
    "line magic": ("%matplotlib inline\nA = 1", ["", "A = 1"]),
    "shell": ("!pip install x\nA = 1", ["", "A = 1"]),
    "shell over lines": ("!wget \\\n  a \\\n  b\nA = 1", ["", "", "", "A = 1"]),
    "magic over lines": ("%env \\\n A=1\nA = 1", ["", "", "A = 1"]),
    "help": ("?print\nprint?\nprint??\nA = 1", ["", "", "", "A = 1"]),
    "assignment from shell": ("files = !ls\nA = 1", ["", "A = 1"]),
    "assignment from magic": ("t = %timeit -o f()\nA = 1", ["", "A = 1"]),
    "tuple from shell": ("a, b = !ls\nA = 1", ["", "A = 1"]),
    "a whole cell": ("%%bash\necho 'def'\n", ["", "", ""]),
    "javascript": ("%%javascript\nlet A = 1;", ["", ""]),
    "after a comment": ("# shell\n%%bash\nls", ["", "", ""]),
    "time keeps its body": ("%%time\nA = 1", ["", "A = 1"]),
    "capture keeps its body": ("%%capture out\nA = 1", ["", "A = 1"]),
    "timeit keeps its body": ("%%timeit -n 3\nA = 1", ["", "A = 1"]),
    "line time": ("%time A = 1\n!ls", ["A = 1", ""]),
    "inside a block": ("if 1:\n    !ls\nA = 1", ["if 1:", "    pass", "A = 1"]),
    "automagic": ("pip install x\nA = 1", ["", "A = 1"]),
    "a percent that continues": ("A = (7\n  % 2)\n!ls", ["A = (7", "  % 2)", ""]),
    "text that looks like shell": ('A = """\n!ls\n%x\n"""\n!ls', ['A = """', "!ls", "%x", '"""', ""]),
    "a bracket in a comment": ("A = 1 # (\n!ls", ["A = 1 # (", ""]),
    "a bracket in a text": ("A = '('\n!ls", ["A = '('", ""]),
    "inequality": ("A = 1\nA != 2\n!ls", ["A = 1", "A != 2", ""]),
    "after a backslash": ("A = 7 \\\n % 2\n!ls", ["A = 7 \\", " % 2", ""]),
}


@pytest.mark.parametrize(("cell", "left"), MAGICS.values(), ids=MAGICS)
def test_magics_are_blanked(cell: str, left: list[str]) -> None:
    text = blank_magics(cell).text
    assert text.split("\n") == left
    ast.parse(text)


@pytest.mark.parametrize("cell", [cell for cell, left in MAGICS.values() if any("A = 1" in line for line in left)])
def test_the_rest_of_a_cell_with_magics_counts(read_cells: Any, cell: str) -> None:
    submission = read_cells(cell, MODEL)
    assert submission.source.count("A = 1") == 1
    assert submission.functions["model"].place.cell == 2
    assert any("magic" in item.why for item in submission.left_out)


def test_lines_map_back_to_cell_and_line(read_cells: Any) -> None:
    submission = read_cells("A = 1\n\n", "%%bash\nls\nls", "\n" + MODEL)
    number = submission.source.split("\n").index("def create_model():") + 1
    assert str(submission.place(number)) == "submission.ipynb, cell 3, line 2"
    assert submission.functions["model"].place == submission.place(number)
    assert str(submission.place(1)) == "submission.ipynb, cell 1, line 1"


def test_a_broken_cell_costs_only_itself(read_cells: Any) -> None:
    submission = read_cells("A = 1", "x = 1\ny = foo(1,\n", MODEL, "def train_model(model, training, validation)\n    pass")
    errors = {f.id: f for f in submission.findings if f.severity == "error" and f.function in {None, "train_model"}}
    first = next(f for f in submission.findings if f.id == "syntax-error")
    assert str(first.place) == "submission.ipynb, cell 2, line 2"
    assert "'(' was never closed" in first.message
    assert "`y = foo(1,`" in first.message
    assert "model" in submission.functions
    missing = errors["missing-function"]
    assert "cell 4" in missing.message
    assert "syntax error" in missing.message
    ast.parse(submission.source)


def test_an_indented_cell_is_read_as_ipython_does(read_cells: Any) -> None:
    assert read_cells("\n  A = 1\n  B = 2", MODEL).source.startswith("\nA = 1")


def test_top_level_await_costs_only_itself(read_cells: Any) -> None:
    submission = read_cells("A = 1\nawait something()", MODEL)
    assert "A = 1" in submission.source
    assert "await" not in submission.source


def test_exported_notebook_as_py(read: Any) -> None:
    submission = read(
        "A = 1\n# In[2]:\nget_ipython().system('pip install x')\nget_ipython().run_line_magic('matplotlib', 'inline')\n" + MODEL
    )
    assert "get_ipython" not in submission.source
    assert [item.why for item in submission.left_out] == ["starts another program"] * 2


@pytest.mark.parametrize("minor", range(6))
def test_formats_4_0_to_4_5(tmp_path: Path, minor: int) -> None:
    path = tmp_path / "a.ipynb"
    cell = {"cell_type": "code", "metadata": {}, "source": "def create_model():\n    return 1", "outputs": [], "execution_count": 1}
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": minor, "metadata": {}, "cells": [cell]}))
    assert "model" in read_submission(path, "cats-vs-dogs").functions


def test_format_3(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    cell = {"cell_type": "code", "input": ["def create_model():\n", "    return 1"], "language": "python", "outputs": []}
    path.write_text(json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": [cell]}]}))
    assert "model" in read_submission(path, "cats-vs-dogs").functions


@pytest.mark.parametrize(
    "cells", [[None, 3, {}], [{"cell_type": "code"}], [{"cell_type": "code", "source": 7}], [{"cell_type": "code", "source": [1, "x"]}]]
)
def test_odd_cells_are_survived(tmp_path: Path, cells: list[Any]) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "cells": cells, "metadata": []}))
    assert read_submission(path, "cats-vs-dogs").functions == {}

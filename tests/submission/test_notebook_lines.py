"""Where a line of a notebook's cell stands in the file: whoever wrote the JSON, however it is laid out."""

from __future__ import annotations

import json

import pytest

from grader.submission.notebook_lines import file_line

CELLS = [
    {"cell_type": "markdown", "source": ["# a title\n", 'with {"cells": [\\ in it'], "metadata": {}},
    {"cell_type": "code", "source": ["import x\n", "\n", 'y = "[{,:]}\\n"\n', "z = '😀'"], "outputs": [{"data": {"a": "1\n2"}}]},
    {"cell_type": "code", "source": "one = 1\ntwo = 2\n"},
    {"cell_type": "code", "source": []},
    {"cell_type": "code", "source": ["a = 1\nb = 2\n", "c = 3\n"]},
]
NOTEBOOK = {"cells": CELLS, "metadata": {"cells": []}, "nbformat": 4, "nbformat_minor": 5}


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("indent", [1, 4, "\t"])
@pytest.mark.parametrize(
    ("cell", "line", "holds"),
    [
        (1, 1, "import x"),
        (1, 2, '"\\n"'),
        (1, 3, "[{,:]}"),
        (1, 4, "z = "),
        (2, 1, "one = 1"),
        (2, 2, "two = 2"),
        (4, 2, "b = 2"),
        (4, 3, "c = 3"),
    ],
)
def test_the_line_holds_the_text(indent: int | str, ascii_only: bool, cell: int, line: int, holds: str) -> None:
    text = json.dumps(NOTEBOOK, indent=indent, ensure_ascii=ascii_only)
    found = file_line(text, cell, line)
    assert found is not None
    assert holds in text.split("\n")[found - 1]


def test_a_notebook_on_one_line_is_on_line_one() -> None:
    assert file_line(json.dumps(NOTEBOOK), 1, 4) == 1


@pytest.mark.parametrize(
    ("text", "cell", "line"),
    [
        (json.dumps(NOTEBOOK, indent=1), 9, 1),
        (json.dumps(NOTEBOOK, indent=1), 1, 99),
        (json.dumps(NOTEBOOK, indent=1), 3, 1),
        (json.dumps(NOTEBOOK, indent=1)[:200], 1, 1),
        ("", 1, 1),
        ("[]", 1, 1),
        ('{"cells": 3}', 1, 1),
        ('{"cells": [{"source": []}]}', 1, 1),
        ("{,}", 1, 1),
        ("]" * 50, 1, 1),
        ("[" * 100_000, 1, 1),
    ],
)
def test_what_is_not_there_has_no_line(text: str, cell: int, line: int) -> None:
    assert file_line(text, cell, line) is None

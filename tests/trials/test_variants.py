"""What the first lines of a file under `solutions/` say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.contracts.errors import AuthorError, UsageError
from grader.trials.variants import read_variants, solutions_folder

WRONG = "# exercise: shapes\n# wrong: m57: padded\n# fails: conv-148, both\n# cause: padding-same\n# says: 148\n\nimport os\n"


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_file_says_what_it_is(tmp_path: Path) -> None:
    write(tmp_path, "shapes/wrong/m57-padded.py", WRONG)
    write(tmp_path, "shapes/solution.py", "# exercise: shapes\nimport os\n")
    cells = [
        {"cell_type": "markdown", "source": ["# Title"]},
        {"cell_type": "code", "source": ["# exercise: shapes\n", "# right: a notebook\n"]},
    ]
    write(tmp_path, "shapes/right/notebook.ipynb", json.dumps({"cells": cells}))
    notebook, solution, wrong = sorted(read_variants(tmp_path), key=lambda variant: variant.kind)
    assert (notebook.kind, notebook.right, notebook.criteria) == ("right", "a notebook", frozenset())
    assert (solution.title, solution.mistake) == ("solution", "")
    assert (wrong.title, wrong.mistake, wrong.criteria, wrong.says) == ("wrong/m57-padded", "m57", {"conv-148", "both"}, "148")
    assert wrong.cause == "padding-same"
    assert read_variants(tmp_path, "another") == ()


def test_a_file_of_another_generation_is_read_where_it_is_asked_for(tmp_path: Path) -> None:
    write(tmp_path, "shapes/right/plain.py", "# exercise: shapes\n# right: other layers\n")
    write(tmp_path, "shapes/right/old.py", "# exercise: shapes\n# profile: official-2022\n# right: the old names\n")
    assert [variant.profile for variant in read_variants(tmp_path)] == ["native"]
    assert [variant.path.stem for variant in read_variants(tmp_path, profile="official-2022")] == ["old"]
    assert len(read_variants(tmp_path, profile=None)) == 2


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        (
            "shapes/wrong/m57-padded.py",
            WRONG.replace("# says: 148\n", ""),
            "hold exercise, wrong, fails, cause; expected: exercise, wrong, fails, cause, says",
        ),
        ("shapes/right/a.py", "import os\n", "hold no header; expected: exercise, right"),
        ("shapes/other/a.py", WRONG, "a folder that is one of right, wrong, experiments"),
    ],
)
def test_a_header_that_cannot_be_used_is_told(name: str, text: str, says: str, tmp_path: Path) -> None:
    write(tmp_path, name, text)
    with pytest.raises(AuthorError) as told:
        read_variants(tmp_path)
    assert told.value.message.startswith(name)
    assert says in told.value.message


def test_an_installed_grader_asks_for_the_solutions(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no folder of solutions") as told:
        solutions_folder(tmp_path / "nowhere")
    assert "--solutions" in told.value.hint

"""Notebooks of three generations, as they are handed in: what is kept, lifted, left out and said of each."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from grader.course import load
from grader.submission import read_submission

from .handed_in import HandedIn, handed_in

FILES = handed_in()
each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
NEVER_AT_IMPORT = {
    "fit",
    "fit_generator",
    "flow_from_directory",
    "image_dataset_from_directory",
    "compile",
    "extractall",
    "rmtree",
    "upload",
    "mount",
    "show",
}


def test_there_are_enough_of_each_generation() -> None:
    assert len(FILES) >= 15
    for start in ("2019-week1", "2019-week2", "2022-week1", "2022-week2", "2024-week1", "2024-week2"):
        assert any(file.name.startswith(start) for file in FILES), start


@each_file
def test_what_becomes_of_a_file(file: HandedIn, tmp_path: Path) -> None:
    submission = read_submission(file.write(tmp_path), file.exercise, file.profile)
    assert {call: found.name for call, found in submission.functions.items()} == file.functions
    asked = {call.id: call.function[0] for call in load(file.exercise, file.profile).protocol.calls}
    assert sorted(asked[call] for call in asked.keys() - file.functions.keys()) == sorted(file.missing)
    for text in file.keeps:
        assert text in submission.source
    for text in file.drops:
        assert text not in submission.source
    for start, why in file.left_out:
        assert [item for item in submission.left_out if item.what.startswith(start[:60]) and why in item.why], (start, submission.left_out)
    assert sorted(finding.id for finding in submission.findings) == sorted(file.findings), [f.message for f in submission.findings]
    for text in file.says:
        assert any(text in finding.message for finding in submission.findings), text


@each_file
def test_nothing_is_trained_loaded_or_shown_when_the_file_is_imported(file: HandedIn, tmp_path: Path) -> None:
    source = read_submission(file.write(tmp_path), file.exercise, file.profile).source
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        assert not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in NEVER_AT_IMPORT)
        inside = isinstance(node, ast.FunctionDef | ast.Lambda)
        waiting.extend(() if inside else ast.iter_child_nodes(node))


@each_file
def test_every_line_of_the_source_is_known_by_its_place(file: HandedIn, tmp_path: Path) -> None:
    submission = read_submission(file.write(tmp_path), file.exercise, file.profile)
    cells = ("\n".join(file.cells),) if file.script else file.cells
    matching = 0
    for number, line in enumerate(submission.source.split("\n"), 1):
        text = line.strip()
        if not text or text == "pass" or text.startswith(("def ", "return ")):
            continue
        place = submission.place(number)
        assert place.line is not None
        written = cells[(place.cell or 1) - 1].split("\n")[place.line - 1]
        matching += text[:6] in written
    assert matching >= 0.8 * sum(
        bool(line.strip()) and not line.strip().startswith(("def ", "return ")) for line in submission.source.split("\n")
    )

"""Likely copies: what is found although it was changed, and what is not a copy."""

from __future__ import annotations

import ast
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from grader import course
from grader.contracts.submission import Submission
from grader.report.pairs import pairs_page
from grader.runs.similarity import doubts, likely_copies, linking
from grader.runs.tokens import pieces
from grader.submission import read_submission

ROOT = Path(__file__).parents[2]
EXERCISE = "cats-vs-dogs"
# Written in ways of their own; the other variants are the reference but for a few words.
UNLIKE = (
    "official-2022",
    "datasets-2024",
    "one-by-one-2022",
    "own-pydataset",
    "python-generators",
    "functional-batchnorm",
    "pathlib-split",
)
STARTER = read_submission(course.load(EXERCISE).folder / "submission.py", exercise=EXERCISE).source


def words(source: str) -> list[list[str]]:
    return [[token.text for token in piece] for piece in pieces(source)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("def f(a):\n    b = a + 1\n    return b\n", "def f(a):\n    result = a + 1  # one more\n\n    return result\n"),
        ("x = g(1, 'a')\n", 'import os\nx = g(\n    1,\n    "a",\n)\n'),
        ("def f(n):\n    '''Doubles.'''\n    return 2 * n\n", "def double(number):\n    return 2 * number\n"),
        ("é = 1; b = é + 2\n", "e = 1; b = e + 2\n"),
    ],
)
def test_names_comments_and_layout_play_no_part(one: str, other: str) -> None:
    assert words(one) == words(other) != []


@pytest.mark.parametrize(
    ("one", "other"),
    [("x = 1\n", "x = 2\n"), ("x = f(rescale=2)\n", "x = f(zoom=2)\n"), ("x = a.b\n", "x = a.c\n"), ("x = 'a'\n", "x = 'b'\n")],
)
def test_numbers_texts_and_the_names_of_others_do(one: str, other: str) -> None:
    assert words(one) != words(other)


@pytest.mark.parametrize("source", ["def f(:\n", "x = '''", "\x00", "(" * 500])
def test_what_is_no_python_has_no_pieces(source: str) -> None:
    assert pieces(source) == []


@pytest.fixture(scope="module")
def honest() -> list[tuple[str, Submission]]:
    folder = ROOT / "solutions" / EXERCISE / "right"
    return [(name, read_submission(folder / f"{name}.py", exercise=EXERCISE)) for name in UNLIKE]


def renamed(tree: ast.Module) -> ast.Module:
    own = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in own:
            node.id = f"my_{len(node.id)}_{sorted(own).index(node.id)}"
    return tree


def moved(tree: ast.Module) -> ast.Module:
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    tree.body = [*(node for node in tree.body if node not in functions), *reversed(functions)]
    return tree


def renumbered(tree: ast.Module) -> ast.Module:
    numbers = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, int) and node.value > 8]
    for node in random.Random(1).sample(numbers, min(2, len(numbers))):
        node.value *= 2
    return tree


@pytest.mark.parametrize("changed", [renamed, moved, renumbered, lambda tree: renumbered(moved(renamed(tree)))])
@pytest.mark.parametrize("copied", ["one-by-one-2022", "own-pydataset", "python-generators", "functional-batchnorm"])
def test_a_copy_is_found_and_nobody_else(
    honest: list[tuple[str, Submission]], copied: str, changed: Callable[[ast.Module], ast.Module]
) -> None:
    original = dict(honest)[copied]
    source = ast.unparse(changed(ast.parse(original.source)))  # without comments, in another layout
    copy = original.model_copy(update={"source": source})
    found = likely_copies(EXERCISE, [*honest, ("copy", copy)], STARTER)
    assert [{pair.left.student, pair.right.student} for pair in found] == [{copied, "copy"}]
    assert found[0].share >= 0.8


def test_solutions_written_in_ways_of_their_own_are_not_flagged(honest: list[tuple[str, Submission]]) -> None:
    assert likely_copies(EXERCISE, honest, STARTER) == []


def test_starters_and_empty_classes_have_nothing_of_their_own() -> None:
    starter = read_submission(course.load(EXERCISE).folder / "submission.py", exercise=EXERCISE)
    assert likely_copies(EXERCISE, [("a", starter), ("b", starter)], STARTER) == []
    assert likely_copies(EXERCISE, [], STARTER) == []


def test_where_pairs_mean_little_it_is_said(honest: list[tuple[str, Submission]]) -> None:
    few, *_ = doubts(EXERCISE, honest[:4], STARTER)
    assert "with 4 submissions" in few
    many = [(f"{name}-{number}", one) for number in range(12) for name, one in honest]
    starter = read_submission(course.load(EXERCISE).folder / "submission.py", exercise=EXERCISE)
    assert "fewer than 40 tokens" in doubts(EXERCISE, [(str(number), starter) for number in range(12)], STARTER)[0]
    assert "fewer than 40 tokens" in doubts(EXERCISE, many, STARTER)[0]  # everybody has the same
    assert doubts(EXERCISE, honest[:1], STARTER) == []
    assert few.replace("<", "&lt;") in pairs_page([], {}, name="run", titles={}, cautions=[few])


def test_the_page_marks_what_both_have_and_shows_hostile_text_as_text(honest: list[tuple[str, Submission]]) -> None:
    original = dict(honest)["own-pydataset"]
    hostile = original.model_copy(update={"source": original.source + "\n# <script>alert(1)</script> \u202eevil\n"})
    (pair,) = likely_copies(EXERCISE, [*honest, ("<b>eve</b>", hostile)], STARTER)
    page = pairs_page([pair], {EXERCISE: [("<b>eve</b>", "zoe")]}, name="run", titles={EXERCISE: "Cats vs dogs"})
    assert "<b>eve" not in page
    assert "<script" not in page
    assert "\u202e" not in page
    assert page.count('<tr class="same">') == len(pair.left.same) + len(pair.right.same) > 20
    kinds = {line.kind for line in pair.left.lines}
    assert kinds == {"same", "common"}


def test_of_a_group_as_many_pairs_as_link_it(honest: list[tuple[str, Submission]]) -> None:
    named = dict(honest)
    ring = [(f"{name}-{number}", named[name]) for name in ("own-pydataset", "one-by-one-2022") for number in range(3)]
    pairs = likely_copies(EXERCISE, [*ring, *(one for one in honest if one[0] not in ("own-pydataset", "one-by-one-2022"))], STARTER)
    assert len(pairs) == 6
    shown = linking(pairs)
    assert len(shown) == 4
    assert {side.student for pair in shown for side in (pair.left, pair.right)} == {name for name, _ in ring}

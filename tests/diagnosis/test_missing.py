"""A missing function: what the text tells of it, its other name or its broken cell, is the first line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.assembling import conclude
from grader.course import load
from grader.judge import load_rubric
from grader.submission import read_submission

from .conftest import by_hand

BROKEN = {
    "cells": [{"cell_type": "code", "source": "def create_model():\n    return [1 2]\n"}],
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {},
}


@pytest.mark.parametrize(
    ("name", "text", "says", "line"),
    [
        ("a.py", "x = 1\ndef createModel():\n    return 1\n", "You have `createModel` in line 2: rename it.", 2),
        ("a.ipynb", json.dumps(BROKEN), "It seems to stand in cell 1, line 2, which has a syntax error.", 2),
        ("a.py", "x = 1\n", "the file defines no function of that name", None),
    ],
    ids=["another name", "a broken cell", "nowhere"],
)
def test_the_cause_says_where_a_missing_function_stands(tmp_path: Path, name: str, text: str, says: str, line: int | None) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    asked = load("cats-vs-dogs")
    missing = {f"calls.model.{key}": value for key, value in {"status": "missing", "facts": None, "place": None}.items()}
    evidence = by_hand.changed(by_hand.passing_cats(), missing)

    report = conclude(read_submission(path, "cats-vs-dogs"), asked, load_rubric(asked), evidence, data="embedded", official=False)

    cause = report.causes[0]
    assert cause.id == "function-missing"
    assert says in cause.sentence
    assert (cause.place.line if cause.place else None) == line

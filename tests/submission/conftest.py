"""Writes small submissions and reads them."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.contracts.submission import Submission
from grader.submission import read_submission

Read = Callable[..., Submission]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read a .py with this text as a submission for cats-vs-dogs."""

    def run(text: str, exercise: str | None = "cats-vs-dogs") -> Submission:
        path = tmp_path / "submission.py"
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return read_submission(path, exercise)

    return run


@pytest.fixture
def read_cells(tmp_path: Path) -> Read:
    """Read a notebook with these code cells as a submission for cats-vs-dogs."""

    def run(*cells: str, exercise: str | None = "cats-vs-dogs", **metadata: Any) -> Submission:
        path = tmp_path / "submission.ipynb"
        path.write_text(json.dumps(notebook(*cells, **metadata)))
        return read_submission(path, exercise)

    return run


def notebook(*cells: str, minor: int = 4, **metadata: Any) -> dict[str, Any]:
    code: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": textwrap.dedent(c).splitlines(keepends=True),
        }
        for c in cells
    ]
    title = {"cell_type": "markdown", "metadata": {}, "source": ["# Week 1\n", "def create_model(): no code"]}
    return {"nbformat": 4, "nbformat_minor": minor, "metadata": metadata, "cells": [title, *code]}

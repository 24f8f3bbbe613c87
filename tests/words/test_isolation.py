"""What `build` says of its isolation, in English and without a glance at `words`, is known there: none of it stays English unseen."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import grader.build
from grader.build.confinement.landlock import covers
from grader.build.wall import _IN_FORCE
from grader.words import speaking
from grader.words.isolation import ISOLATION

FOLDER = Path(grader.build.__file__).parent


def written() -> Iterator[str]:
    """Yield each text that stands as a layer's reason, an x for what is filled in."""
    for path in sorted(FOLDER.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "why" and isinstance(node.value, ast.Constant | ast.JoinedStr):
                parts = node.value.values if isinstance(node.value, ast.JoinedStr) else [node.value]
                yield "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in parts)


WRITTEN = [*written(), _IN_FORCE, *(f"ABI {version}: keeps it from {covers(version)}" for version in (1, 4, 6))]


@pytest.mark.parametrize("sentence", [sentence for sentence in WRITTEN if sentence != "ABI x: keeps it from x"])
def test_is_said_in_german(sentence: str) -> None:
    with speaking("de"):
        assert ISOLATION.spoken(sentence) != sentence


def test_all_reasons_are_seen() -> None:
    assert len(WRITTEN) >= 12

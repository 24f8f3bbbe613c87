"""`grader hint`: one tier more per call, nothing beyond the rubric, and a memory that may fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader import course

EXERCISE, CRITERION = "rock-paper-scissors", "labels-one-hot"
HINTS = next(one["hints"] for one in course.load(EXERCISE).criteria if one["id"] == CRITERION)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("GRADER_CACHE_DIR", str(folder))
    return folder


def shown(output: str) -> int:
    """Return how many of the hints stand in the output, which must be the first ones."""
    words = " ".join(output.split())
    there = [hint in words for hint in HINTS]
    assert there == sorted(there, reverse=True)
    return sum(there)


def test_each_call_shows_one_more_until_all_are_shown(run) -> None:
    assert len(HINTS) == 3
    results = [run("hint", EXERCISE, CRITERION) for _ in range(4)]
    assert [shown(result.stdout) for result in results] == [1, 2, 3, 3]
    assert "One more" in results[0].stdout
    assert "last hint" in results[3].stdout
    assert shown(run("hint", EXERCISE, CRITERION, "--again").stdout) == 1
    assert shown(run("hint", EXERCISE, CRITERION).stdout) == 2


def test_without_a_criterion_all_are_listed(run) -> None:
    run("hint", EXERCISE, CRITERION)
    listed = run("hint", EXERCISE).stdout
    for one in course.load(EXERCISE).criteria:
        assert one["id"] in listed
    assert "1 of 3" in listed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("rock-paper-scisors",), "rock-paper-scissors"),
        ((EXERCISE, "labels-onehot"), "Did you mean 'labels-one-hot'?"),
        ((EXERCISE, "zzz"), f"grader hint {EXERCISE}"),
    ],
)
def test_what_is_not_there_is_said(run, arguments: tuple[str, ...], words: str) -> None:
    result = run("hint", *arguments)
    assert result.exit_code == 2
    assert words in result.stderr


@pytest.mark.parametrize("content", ["", "[]", '{"a": 1}', '{"rock-paper-scissors": {"labels-one-hot": "x"}}', "\x00"])
def test_a_memory_that_cannot_be_read_is_forgotten(run, cache: Path, content: str) -> None:
    cache.mkdir()
    (cache / "hints.json").write_text(content)
    assert shown(run("hint", EXERCISE, CRITERION).stdout) == 1


def test_a_memory_that_cannot_be_kept_costs_nothing(run, cache: Path) -> None:
    cache.write_text("a file, no folder")
    result = run("hint", EXERCISE, CRITERION)
    assert result.exit_code == 0
    assert shown(result.stdout) == 1

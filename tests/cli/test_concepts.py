"""`grader concepts` and `grader explain`: every idea is listed, and its card reads at 80 columns and without colour."""

from __future__ import annotations

import pytest

from grader.course.concepts import concepts

ALL = concepts().concepts


def test_every_idea_is_listed_by_week(run) -> None:
    result = run("concepts")
    assert result.exit_code == 0
    words = result.stdout.split()
    assert set(ALL) <= set(words)
    places = [result.stdout.index(f"Week {week}") for week in (1, 2, 3, 4)]
    assert places == sorted(places)
    assert "output-shapes: pool-75" in result.stdout


@pytest.mark.parametrize("name", ALL)
def test_a_card_reads_at_80_columns(name: str, run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    result = run("explain", name)
    assert result.exit_code == 0
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "\x1b" not in result.stdout
    assert ALL[name].card.split()[0] in result.stdout
    for line in (*ALL[name].example.splitlines(), *ALL[name].prints.splitlines()):
        assert line in result.stdout  # whole, so that it can be copied


def test_code_is_never_wrapped(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    result = run("explain", "fill-mode")
    for line in ALL["fill-mode"].example.splitlines():
        assert line in result.stdout


def test_on_a_terminal_the_example_is_coloured(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in run("explain", "fill-mode").stdout


def test_an_unknown_concept_is_answered_with_the_closest(run) -> None:
    result = run("explain", "fil-mode")
    assert result.exit_code == 2
    assert "Did you mean 'fill-mode'?" in result.stderr
    assert "grader concepts" in result.stderr

"""Drawn histories: everything that a function must cope with occurs, and the same generator draws the same."""

from __future__ import annotations

import numpy as np
import pytest

from grader.contracts.given import DrawnHistory, Figures
from grader.datasets.histories import draw_history


@pytest.fixture(scope="module")
def histories() -> list[Figures]:
    random = np.random.RandomState(7)
    return [draw_history(DrawnHistory(epochs=(1, 30)), random) for _ in range(400)]


def test_they_are_as_fit_gives_them(histories: list[Figures]) -> None:
    for history in histories:
        assert list(history) == ["loss", "accuracy", "val_loss", "val_accuracy"]
        assert len({len(figures) for figures in history.values()}) == 1
        assert all(0 <= share <= 1 for share in (*history["accuracy"], *history["val_accuracy"]))
        assert all(figure > 0 for figure in (*history["loss"], *history["val_loss"]))
    assert {len(history["loss"]) for history in histories} == set(range(1, 31))


def test_the_best_epoch_is_anywhere_and_not_always_alone(histories: list[Figures]) -> None:
    longer = [h["val_loss"] for h in histories if len(h["val_loss"]) > 2]
    places = [(figures.index(min(figures)), len(figures)) for figures in longer]
    assert sum(place == 0 for place, _ in places) > 20
    assert sum(place == epochs - 1 for place, epochs in places) > 20
    assert sum(0 < place < epochs - 1 for place, epochs in places) > 20
    assert sum(figures.count(min(figures)) > 1 for figures in longer) > 20


def test_no_other_figure_gives_the_best_epoch_away(histories: list[Figures]) -> None:
    longer = [h for h in histories if len(h["val_loss"]) > 2]
    best = [h["val_loss"].index(min(h["val_loss"])) for h in longer]
    for name, choose in (("val_accuracy", max), ("accuracy", max), ("loss", min)):
        agreeing = sum(h[name].index(choose(h[name])) == place for h, place in zip(longer, best, strict=True))
        assert agreeing < len(longer) / 2
    gaps = [h["accuracy"][-1] - h["val_accuracy"][-1] for h in longer]
    assert min(gaps) < -0.05 < 0.05 < max(gaps)


def test_one_generator_draws_one_history() -> None:
    drawn = DrawnHistory(epochs=(1, 30))
    first, second, other = (draw_history(drawn, np.random.RandomState(seed)) for seed in (1, 1, 2))
    assert first == second != other

"""What one function of a submission needs, and what does not change its meaning."""

from __future__ import annotations

import pytest

from grader.submission import closure, meaning

SOURCE = """import os
import tensorflow as tf
from keras.layers import Dense
UNITS = 4
SIZES = [UNITS]
SIZES.append(2)
def helper(): return Dense(UNITS)
def first():
    return helper()
def second():
    return os.listdir(".")
def third():
    return SIZES
"""


@pytest.mark.parametrize(
    ("functions", "lines"),
    [
        (["first"], [3, 4, 7, 8, 9]),
        (["second"], [1, 10, 11]),
        (["third"], [4, 5, 6, 12, 13]),
        (["first", "second"], [1, 3, 4, 7, 8, 9, 10, 11]),
    ],
)
def test_only_what_is_needed_stays_and_where_it_stood(functions: list[str], lines: list[int]) -> None:
    kept = closure(SOURCE, functions).split("\n")
    assert {number: line for number, line in enumerate(kept, 1) if line} == {number: SOURCE.split("\n")[number - 1] for number in lines}


def test_functions_that_write_global_names_stay_together() -> None:
    source = SOURCE + "def fourth():\n    global UNITS\n    UNITS = 5\n"
    assert closure(source, ["second"]) == source


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("def f(x):\n    return x + 1\n", True),
        ("\n\ndef f(x):  # adds one\n    return (x +\n            1)\n", True),
        ("def f(x):\n    return x + 2\n", False),
    ],
)
def test_layout_and_comments_mean_nothing(other: str, same: bool) -> None:
    assert (meaning("def f(x):\n    return x + 1\n") == meaning(other)) is same

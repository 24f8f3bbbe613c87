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
    ("one", "other", "same"),
    [
        ("def f(x):\n    return x + 1\n", "def f(x):\n    return x + 1\n", True),
        ("def f(x):\n    return x + 1\n", "\n\ndef f(x):  # adds one\n    return (x +\n            1)\n", True),
        ("def f(x):\n    return x + 1\n", "def f(x):\n    return x + 2\n", False),
        ("def f(x):\n    return x\n", 'def f(x):\n    """Return it."""\n    return x\n', True),
        ("def f(x):\n    return f.__doc__\n", 'def f(x):\n    """Return it."""\n    return f.__doc__\n', False),
        ("def f():\n    a = 1\n    return a\n", "def f():\n    b = 1\n    return b\n", True),
        ("def f():\n    a = 1\n    b = 2\n    return a\n", "def f():\n    a = 1\n    b = 2\n    return b\n", False),
        ("def f():\n    a = 1\n    return b\n", "def f():\n    c = 1\n    return b\n", True),
        ("def f():\n    a = 1\n    return a\n", "def f():\n    a = 1\n    return c\n", False),  # c is a global name
        ("def f(a):\n    a = 1\n", "def f(b):\n    b = 1\n", False),  # a parameter's name can be used by whoever calls
        ("def f():\n    [a for a in y]\n    return a\n", "def f():\n    [b for b in y]\n    return b\n", False),  # the last one is global
        ("def f():\n    a = 1\n    return locals()\n", "def f():\n    b = 1\n    return locals()\n", False),
        ("def f(): return 1\ndef g(): return 2\n", "def g(): return 2\ndef f(): return 1\n", True),
        ("def f(): return 1\ndef f(): return 2\n", "def f(): return 2\ndef f(): return 1\n", False),
        ("def f(): return 1\n@f\ndef g(): return 2\n", "@f\ndef g(): return 2\ndef f(): return 1\n", False),
        ("def f(): return 1\nx = f()\n", "x = f()\ndef f(): return 1\n", False),
    ],
)
def test_what_no_run_can_show_means_nothing(one: str, other: str, same: bool) -> None:
    assert (meaning(one) == meaning(other)) is same

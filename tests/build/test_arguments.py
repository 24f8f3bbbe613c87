"""How a function's parameters are filled from what the exercise offers."""

from __future__ import annotations

import pytest

from grader.build.arguments import fill

OFFERED = {"TRAINING_DIR": "t", "VALIDATION_DIR": "v"}
FILLED = {
    "own names": (lambda TRAINING_DIR, VALIDATION_DIR: 0, {"TRAINING_DIR": "t", "VALIDATION_DIR": "v"}),
    "own names, other order": (lambda VALIDATION_DIR, TRAINING_DIR: 0, {"TRAINING_DIR": "t", "VALIDATION_DIR": "v"}),
    "other names": (lambda train, val: 0, {"train": "t", "val": "v"}),
    "one of two names": (lambda TRAINING_DIR, val: 0, {"TRAINING_DIR": "t", "val": "v"}),
    "last of two names": (lambda train, VALIDATION_DIR: 0, {"train": "t", "VALIDATION_DIR": "v"}),
    "none": (lambda: 0, {}),
    "fewer": (lambda VALIDATION_DIR: 0, {"VALIDATION_DIR": "v"}),
    "fewer, other name": (lambda folder: 0, {"folder": "t"}),
    "own default": (lambda TRAINING_DIR, VALIDATION_DIR, batch=20: 0, {"TRAINING_DIR": "t", "VALIDATION_DIR": "v"}),
    "own default between": (lambda TRAINING_DIR, batch=20, VALIDATION_DIR="x": 0, {"TRAINING_DIR": "t", "VALIDATION_DIR": "v"}),
    "fewer with own default": (lambda TRAINING_DIR, batch=20: 0, {"TRAINING_DIR": "t"}),
    "other names with defaults": (lambda a, b="x", c=3: 0, {"a": "t", "b": "v"}),
    "keyword only": (lambda *, TRAINING_DIR, VALIDATION_DIR: 0, {"TRAINING_DIR": "t", "VALIDATION_DIR": "v"}),
    "any keywords": (lambda **folders: 0, {"TRAINING_DIR": "t", "VALIDATION_DIR": "v"}),
}


@pytest.mark.parametrize("name", FILLED)
def test_filled(name):
    function, expected = FILLED[name]
    assert fill(function, OFFERED) == ([], expected)


def test_positional():
    def only(a, b, /):
        return a, b

    assert fill(only, OFFERED) == (["t", "v"], {})
    assert fill(lambda *folders: 0, OFFERED) == (["t", "v"], {})
    assert fill(lambda first, *rest: 0, OFFERED) == (["t", "v"], {})


def test_one_more_than_offered_is_named():
    def train_val_generators(TRAINING_DIR, VALIDATION_DIR, size):
        return TRAINING_DIR, VALIDATION_DIR, size

    with pytest.raises(TypeError, match="`train_val_generators` asks for size; the exercise calls it with TRAINING_DIR, VALIDATION_DIR"):
        fill(train_val_generators, OFFERED)
    with pytest.raises(TypeError, match="asks for b; the exercise calls it with no arguments"):
        fill(lambda *, b: 0, {})

"""Everything wrong that a student or an author may hand in: a sentence that says what to do, the right exit code, never a traceback."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

import grader.pipeline
from grader import course
from grader.contracts.protocol import Limits
from grader.contracts.report import Report
from grader.pipeline import Pipeline

pytestmark = pytest.mark.xdist_group("bad-input")

CONVOLUTION = "model = tf.keras.Sequential([tf.keras.Input((150, 150, 3)), tf.keras.layers.Conv2D(16, 3)])"
FIT = "model.fit(tf.zeros((1, 150, 150, 3)), tf.zeros((1, 148, 148, 16)), verbose=0{})"
COMPILED = f"{CONVOLUTION}\nmodel.compile('adam', 'mse')\n"


@pytest.fixture(scope="module")
def shared() -> Iterator[Pipeline]:
    """One pipeline for the whole table, since importing TensorFlow costs more than a row."""
    with Pipeline(workers=1) as pipeline:
        yield pipeline


@pytest.fixture
def check(run: Callable[..., Result], shared: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Result, Any]]:
    """Run `grader check FILE --json -` and return what came of it and the report; functions may use no more than `limits`."""

    def graded(path: Path, *, data: str, rubrics: Path | None, **options: Any) -> Report:
        return shared.check(path, train=False, **options)

    def ask(file: Path | str, limits: Limits | None = None) -> tuple[Result, Any]:
        if limits is not None:
            for name in ("load", "load_from"):
                known = getattr(course, name)
                monkeypatch.setattr(course, name, lambda *asked, known=known: _limited(known(*asked), limits))
        monkeypatch.setattr(grader.pipeline, "check", graded)
        result = run("check", file, "--json", "-")
        assert "Traceback" not in result.output
        return result, json.loads(result.stdout) if result.stdout else None

    return ask


def _limited(exercise: course.Exercise, limits: Limits) -> course.Exercise:
    return dataclasses.replace(exercise, protocol=exercise.protocol.model_copy(update={"limits": limits}))


def _said(text: str) -> str:
    """Return text on one line, since a terminal wraps it anywhere."""
    return " ".join(text.split())


def _notebook(*sources: str) -> bytes:
    cells = [{"cell_type": "code", "source": source, "metadata": {}, "outputs": []} for source in sources]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


STARTER = (Path(__file__).parents[2] / "exercises/output-shapes/submission.py").read_bytes()
UNREADABLE: dict[str, tuple[str, bytes | None, int, str]] = {
    "no such file": ("submission.py", None, 2, "There is no"),
    "empty": ("submission.py", b"", 4, "is empty. Save your work"),
    "only spaces": ("submission.py", b" \n\t\n", 4, "is empty"),
    "prose": ("submission.py", b"Dear teacher, here is my homework. It works on my computer.", 4, "is text, but not Python. Hand in"),
    "web page": ("submission.py", b"<!DOCTYPE html><html><body>def f(): pass</body></html>", 4, "is a web page, not Python. Download"),
    "picture": ("submission.py", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 4, "is a binary file, not text. Hand in"),
    "other kind": ("submission.docx", b"PK\x03\x04", 4, "Hand in"),
    "syntax error": ("submission.py", STARTER.replace(b"return None", b"return (None", 1), 4, "was never closed"),
    "Python 2": ("submission.py", STARTER.replace(b"return None", b"print 'x'", 1), 4, "In Python 3 `print` is a function"),
    "UTF-16": ("submission.py", STARTER.decode().encode("utf-16"), 4, "encoded as UTF-16. Save the file as UTF-8"),
    "Latin-1 unsaid": ("submission.py", STARTER + "# größe\n".encode("latin-1"), 4, "Save the file as UTF-8"),
    "unknown encoding": ("submission.py", b"# -*- coding: klingon -*-\n" + STARTER, 4, "Save the file as UTF-8"),
    "100 MB": ("submission.py", STARTER + b"#" * 100_000_000, 4, "MB"),
    "notebook, no JSON": ("submission.ipynb", STARTER, 4, "it is no JSON. If it is Python, name it .py"),
    "notebook cut off": ("submission.ipynb", _notebook("import tensorflow as tf")[:60], 4, "is a damaged notebook"),
    "JSON, no notebook": ("submission.ipynb", b'{"a": 1}', 4, "is JSON, but no notebook"),
    "notebook named .py": ("submission.py", _notebook("x = 1"), 4, "is a notebook, not Python. Name it .ipynb"),
    "no exercise": ("submission.py", b"import math\n\ndef area(r):\n    return math.pi * r\n", 2, "--exercise"),
    "unknown exercise": ("submission.py", b"# exercise: cats\n" + STARTER.split(b"\n", 1)[1], 2, "There is no exercise 'cats'"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_cannot_be_read_is_said_before_anything_is_started(check, tmp_path: Path, case: str, monkeypatch) -> None:
    name, content, code, phrase = UNREADABLE[case]
    if content is not None:
        (tmp_path / name).write_bytes(content)
    monkeypatch.setattr(Pipeline, "measure", None)
    result, report = check(name)
    assert result.exit_code == code, result.output
    assert phrase in _said(result.stderr)
    assert report is None


# Statements of conv_model -> phrase of the first cause. Limits are small only where something never ends.
SOON = Limits(seconds=2)
FAILS: dict[str, tuple[str, str, Limits | None]] = {
    "returns None": (CONVOLUTION, "returned None. Does it end with `return model`?", None),
    "returns a history": (f"{COMPILED}return {FIT.format('')}", "returned a History. `fit` gives back a history; return the model", None),
    "returns a list": ("return [tf.keras.layers.Conv2D(16, 3)]", "Return one model", None),
    "returns a class": ("return tf.keras.Sequential", "it returned a type. Call the class", None),
    "raises": ("raise ValueError('no idea')", "raised ValueError in line 5: no idea", None),
    "exit": ("exit()", "ends the program; take out `exit()`", None),
    "ends the process": ("import os\nos._exit(0)", "ended the whole process (exit code 0) instead of returning", None),
    "input": ("size = input('size? ')", "the code asks for keyboard input, and nobody is there", None),
    "runs forever": ("while True:\n    pass", "did not finish within 2 s; look for a loop that never ends", SOON),
    "cannot be interrupted": (
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "did not finish within 2 s",
        SOON,
    ),
    "trains forever": (f"{COMPILED}{FIT.format(', epochs=10**6')}", "or for training, which is not its task", SOON),
    "eats memory": (
        "held = []\nwhile True:\n    held.append(bytearray(b'x' * 10_000_000))",
        "more than 1,200 MB of memory; make fewer or smaller arrays",
        Limits(memory_mb=1200),
    ),
    "writes too much": (
        "f = open('f', 'wb')\nwhile True:\n    f.write(b'x' * 1_000_000)",
        "writes a file that is larger",
        Limits(disk_mb=20),
    ),
    "other program": ("import subprocess\nsubprocess.run(['ls'])", "may not, such as starting programs or processes", None),
    "process": ("import os\nos.fork()", "may not, such as starting programs or processes", None),
    "network": ("import socket\nsocket.create_connection(('127.0.0.1', 80))", "or using the network; do without", None),
    "package not installed": ("import torch_geometric", "needs the package `torch_geometric`, which is not installed", None),
    "subclassed layer": (
        "class Mine(tf.keras.layers.Conv2D):\n    pass\nreturn tf.keras.Sequential([tf.keras.Input((150, 150, 3)), Mine(16, 3)])",
        "The layer Mine is of your own class, whose code the grader never runs while it trains. A graded model is a Sequential or",
        None,
    ),
    "subclassed model": (
        "class Net(tf.keras.Model):\n    def call(self, x):\n        return x\nreturn Net()",
        "The model is of your own class Net, whose code the grader never runs",
        None,
    ),
    "Lambda": (
        "return tf.keras.Sequential([tf.keras.Input((150, 150, 3)), tf.keras.layers.Lambda(lambda x: x[:, 1:-1, 1:-1])])",
        "A Lambda layer cannot be graded",
        None,
    ),
    "10 billion parameters": (
        f"{CONVOLUTION}\nmodel.add(tf.keras.layers.Flatten())\nmodel.add(tf.keras.layers.Dense(30_000))\nreturn model",
        "memory",
        None,
    ),
    "3,000 layers": (
        "x = inputs = tf.keras.Input((150, 150, 3))\n"
        "for _ in range(3000):\n    x = tf.keras.layers.ReLU()(x)\n"
        "return tf.keras.Model(inputs, x)",
        "puts more layers in a row than Keras can follow",
        None,
    ),
}


def _submission(body: str, parameters: str = "") -> str:
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    return f"# exercise: output-shapes\nimport tensorflow as tf\n\ndef conv_model({parameters}):\n{lines}"


@pytest.mark.confinement
@pytest.mark.parametrize("case", FAILS)
def test_what_a_function_does_wrong_is_the_first_line(check, tmp_path: Path, case: str) -> None:
    body, phrase, limits = FAILS[case]
    (tmp_path / "submission.py").write_text(_submission(body), encoding="utf-8")
    result, report = check("submission.py", limits)
    assert result.exit_code == 1, result.output
    mine = [cause for cause in report["causes"] if "conv-148" in cause["criteria"]]
    assert [phrase] == [phrase for cause in mine if phrase in cause["sentence"]], mine
    assert {"building", "structure"} <= {timing["stage"] for timing in report["timings"]}
    assert _status(report) == "failed"


def _status(report: Any) -> str:
    (status,) = (criterion["status"] for criterion in report["criteria"] if criterion["id"] == "conv-148")
    return str(status)


# What is odd, but no mistake: statements, and what is to be read in the report.
PASSES = {
    "prints a lot": (f"for _ in range(100_000):\n    print('x' * 1000)\n{CONVOLUTION}\nreturn model", "xxx"),
    "trains": (f"{COMPILED}{FIT.format('')}\nreturn model", "`conv_model` trains the model; it should only build and compile it"),
    "threads": (
        f"import threading\nthread = threading.Thread(target=print)\nthread.start()\nthread.join()\n{CONVOLUTION}\nreturn model",
        "",
    ),
}


@pytest.mark.parametrize("case", PASSES)
def test_what_is_odd_costs_nothing(check, tmp_path: Path, case: str) -> None:
    body, phrase = PASSES[case]
    (tmp_path / "submission.py").write_text(_submission(body), encoding="utf-8")
    _, report = check("submission.py")
    assert _status(report) == "passed"
    assert phrase in json.dumps(report, ensure_ascii=False)
    assert len(report["stdout"]) < 100_000


def test_an_uncompiled_model(check, tmp_path: Path) -> None:
    source = _submission(f"{CONVOLUTION}\nreturn model").replace("output-shapes", "cats-vs-dogs").replace("conv_model", "create_model")
    (tmp_path / "submission.py").write_text(source, encoding="utf-8")
    result, report = check("submission.py")
    assert result.exit_code == 1
    assert any("is not compiled" in cause["sentence"] and "model.compile" in cause["sentence"] for cause in report["causes"]), report[
        "causes"
    ]


# Nothing can be called, so nothing is built.
STATIC = {
    "function missing": ("def convolution_model():\n    return None\n", "There is no function `conv_model`"),
    "every function is the starter's": (STARTER.decode().split("\n", 1)[1], "is still as the starter has it"),
}


@pytest.mark.parametrize("case", STATIC)
def test_what_the_text_shows_needs_no_tensorflow(check, tmp_path: Path, case: str) -> None:
    source, phrase = STATIC[case]
    (tmp_path / "submission.py").write_text(f"# exercise: output-shapes\n{source}", encoding="utf-8")
    result, report = check("submission.py")
    assert result.exit_code == 1
    assert phrase in json.dumps(report)
    assert {timing["stage"] for timing in report["timings"]} == {"reading", "judging"}


def test_other_parameters(check, tmp_path: Path) -> None:
    (tmp_path / "submission.py").write_text(_submission(f"{CONVOLUTION}\nreturn model", "size, depth"), encoding="utf-8")
    result, report = check("submission.py")
    assert result.exit_code == 1
    assert "`conv_model` needs 2 arguments (size, depth), but is called as `conv_model()`" in json.dumps(report)
    assert _status(report) == "failed"


@pytest.mark.parametrize(
    ("statement", "phrase"),
    [
        ("import torch_geometric", "imports the package `torch_geometric`, which is not installed here, so none of its functions"),
        ("SIZE = 1 / 0", "importing it stopped with ZeroDivisionError in line 2: division by zero"),
        ("SIZE = [x for x in iter(int, 1)]", "the statements outside the functions"),
    ],
)
def test_a_file_that_cannot_be_imported_is_one_cause(check, tmp_path: Path, statement: str, phrase: str) -> None:
    used = re.split(r"[ =]", statement)[0 if "=" in statement else 1]
    body = f"{used}\n{CONVOLUTION}\nreturn model"
    source = _submission(body).replace("import tensorflow as tf", f"{statement}; import tensorflow as tf")
    second = "\ndef pool_model():\n    return conv_model()\n"
    (tmp_path / "submission.py").write_text(source + second, encoding="utf-8")
    result, report = check("submission.py", SOON)
    assert result.exit_code == 1
    (cause,) = (cause for cause in report["causes"] if "conv-148" in cause["criteria"])
    assert phrase in cause["sentence"]
    assert {"conv-148", "pool-75"} <= set(cause["criteria"])


# A line of the packaged rubric -> what the author wrote instead, and what is said.
RUBRIC = {
    "unknown key": ("    points: 2\n", "    pionts: 2\n", "unknown key 'pionts' (did you mean 'points'?); valid keys are "),
    "wrong type": ("    points: 2\n", "    points: two\n", "not 'two'"),
    "duplicate id": ("  - id: pool-75\n", "  - id: conv-148\n", "the id 'conv-148' stands twice (first on line "),
    "selector that matches nothing": ("    of: conv\n", "    of: convolution\n", "names no call: 'convolution'"),
    "unknown kind": ("    kind: layer_output\n", "    kind: layer_size\n", "unknown kind 'layer_size'"),
}


@pytest.mark.parametrize("case", RUBRIC)
def test_a_wrong_rubric_is_told_with_file_line_and_choices(run, tmp_path: Path, case: str) -> None:
    old, new, phrase = RUBRIC[case]
    text = (course.root() / "rubrics/output-shapes.yaml").read_text(encoding="utf-8")
    assert old in text
    changed = text.replace(old, new, 1)
    (tmp_path / "mine.yaml").write_text(changed, encoding="utf-8")
    result = run("rubric", "check", "mine.yaml")
    line = changed[: changed.rindex(new)].count("\n") + 1
    assert result.exit_code == 2
    assert f"mine.yaml, line {line}: " in result.stderr
    assert phrase in _said(result.stderr)
    assert "Traceback" not in result.output

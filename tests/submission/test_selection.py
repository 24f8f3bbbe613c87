"""What is kept is what the called functions need."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from grader.contracts.submission import Submission

MODEL = "def create_model():\n    return {}\n"


def statements(submission: Submission) -> list[str]:
    return [ast.unparse(node) for node in ast.parse(submission.source).body]


# (statements before `def create_model(): return USED`, USED, what is kept of them)
KEPT = {
    "an import": ("import os\nimport sys", "os.sep", ["import os"]),
    "an alias": ("import numpy as np\nimport tensorflow as tf", "tf.keras", ["import tensorflow as tf"]),
    "names of one import": ("from math import (sin,\n  cos)", "cos(1)", ["from math import cos"]),
    "an annotated constant": ("A: int = 3\nB: int = 4", "A", ["A: int = 3"]),
    "a tuple": ("A, B = 3, 4\nC, D = 5, 6", "B", ["A, B = (3, 4)"]),
    "a star target": ("A, *B = 3, 4, 5", "B", ["A, *B = (3, 4, 5)"]),
    "an augmented assignment": ("A = 3\nA += 1\nB = 1", "A", ["A = 3", "A += 1"]),
    "two on one line": ("A = 1; B = 2", "B", ["pass", "B = 2"]),
    "a chain of names": ("A = 1\nB = A + 1\nC = 9", "B", ["A = 1", "B = A + 1"]),
    "partial": (
        "from functools import partial\nimport keras\nConv = partial(keras.layers.Conv2D, padding='same')",
        "Conv(3)",
        ["from functools import partial", "import keras", "Conv = partial(keras.layers.Conv2D, padding='same')"],
    ),
    "a path": (
        "import os\nBASE = '/tmp/x'\nTRAIN = os.path.join(BASE, 'train')",
        "TRAIN",
        ["import os", "BASE = '/tmp/x'", "TRAIN = os.path.join(BASE, 'train')"],
    ),
    "helpers of helpers": (
        "def a():\n    return 1\ndef b():\n    return a()\ndef c():\n    return 2",
        "b()",
        ["def a():\n    return 1", "def b():\n    return a()"],
    ),
    "a class that nothing needs": ("class A(B):\n    x = 1", "0", []),
    "a class and its base": (
        "class B:\n    pass\nclass A(B):\n    x = 1",
        "A.x",
        ["class B:\n    pass", "class A(B):\n    x = 1"],
    ),
    "an if that binds": (
        "import sys\nif sys.platform:\n    A = 1\nelse:\n    A = 2",
        "A",
        ["import sys", "if sys.platform:\n    A = 1\nelse:\n    A = 2"],
    ),
    "only what is needed in an if": ("if True:\n    A = 1\n    print('x')\n    B = 2", "A", ["if True:\n    A = 1\n    pass\n    pass"]),
    "elif": (
        "M = 2\nif M == 1:\n    A = 1\nelif M == 2:\n    print(1)\nelse:\n    A = 3",
        "A",
        ["M = 2", "if M == 1:\n    A = 1\nelif M == 2:\n    pass\nelse:\n    A = 3"],
    ),
    "try": (
        "try:\n    import os\nexcept ImportError:\n    os = None\n    raise",
        "os",
        ["try:\n    import os\nexcept ImportError:\n    os = None\n    pass"],
    ),
    "with": (
        "import contextlib\nwith contextlib.suppress(OSError):\n    A = 1",
        "A",
        ["import contextlib", "with contextlib.suppress(OSError):\n    A = 1"],
    ),
    "for": ("A = []\nfor i in range(3):\n    A.append(i)", "A", ["A = []", "for i in range(3):\n    A.append(i)"]),
    "while with break": (
        "A = 0\nwhile True:\n    A += 1\n    if A > 3:\n        break",
        "A",
        ["A = 0", "while True:\n    A += 1\n    if A > 3:\n        break"],
    ),
    "changes in place": ("A = {}\nA['x'] = 1\nB = {}\nB['x'] = 1", "A", ["A = {}", "A['x'] = 1"]),
    "only nested use": ("A = 1\nB = 2", "(lambda: [A for _ in range(3)])()", ["A = 1"]),
    "a local of the same name": ("x = 1", "[x for x in range(3)]", []),
    "a star import that could provide it": ("from math import *", "sin(1)", ["from math import *"]),
    "a star import without need": ("from math import *\nA = 1", "A", ["A = 1"]),
    "TYPE_CHECKING": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from keras import Model\ndef f(m: Model) -> Model:\n    return m",
        "f(1)",
        ["from typing import TYPE_CHECKING", "if TYPE_CHECKING:\n    from keras import Model", "def f(m: Model) -> Model:\n    return m"],
    ),
    "a future import": ("from __future__ import annotations\nimport os", "1", ["from __future__ import annotations"]),
    "a global set by a helper": (
        "def setup():\n    global A\n    A = 1\nsetup()\nprint(2)",
        "A",
        ["def setup():\n    global A\n    A = 1", "setup()"],
    ),
    "the later of two definitions": ("def a():\n    return os.sep\ndef a():\n    return 2", "a()", ["def a():\n    return 2"]),
    "an early definition that is used in between": (
        "def a():\n    return 1\nA = a()\ndef a():\n    return 2",
        "A + a()",
        ["def a():\n    return 1", "A = a()", "def a():\n    return 2"],
    ),
    "match": (
        "M = 1\nmatch M:\n    case 1:\n        A = 1\n    case _:\n        A = 2",
        "A",
        ["M = 1", "match M:\n    case 1:\n        A = 1\n    case _:\n        A = 2"],
    ),
    "walrus": ("print(A := 3)", "A", ["print((A := 3))"]),
    "nothing of a main block": ("A = 1\nif __name__ == '__main__':\n    A = 2", "A", ["A = 1"]),
}


@pytest.mark.parametrize(("before", "used", "kept"), KEPT.values(), ids=KEPT)
def test_keeps_what_is_needed(read: Any, before: str, used: str, kept: list[str]) -> None:
    submission = read(before + "\n" + MODEL.format(used))
    shown = statements(submission)
    assert shown[:-1] == kept
    assert shown[-1].startswith("def create_model")
    assert [f for f in submission.findings if f.id in {"name-not-run", "undefined-name"}] == []


def test_decorators_and_defaults_are_needed(read: Any) -> None:
    submission = read("import functools\nSIZE = 3\nOTHER = 4\n@functools.cache\ndef create_model(n=SIZE):\n    return n\n")
    assert statements(submission)[:2] == ["import functools", "SIZE = 3"]
    assert "OTHER" not in submission.source
    assert submission.functions["model"].parameters == ("n",)


def test_lines_keep_their_numbers(read: Any) -> None:
    submission = read('"""Title."""\n\n# a comment\nprint(1)\n\ndef create_model():  # kept\n    # kept too\n    return 1\nprint(\n 2)\n')
    lines = submission.source.split("\n")
    assert lines[:5] == [""] * 5
    assert lines[5:8] == ["def create_model():  # kept", "    # kept too", "    return 1"]
    assert submission.functions["model"].place.line == 6
    assert submission.place(8).line == 8


def test_what_is_left_out_is_listed_with_reason_and_place(read: Any) -> None:
    submission = read("import os\n\nmodel = 1\nos.system('ls')\n" + MODEL.format(1))
    assert [(item.what, item.why, item.place.line) for item in submission.left_out] == [
        ("import os", "no asked function needs it", 1),
        ("model = 1", "no asked function needs it", 3),
        ("os.system('ls')", "starts another program", 4),
    ]
    long = read("x = [" + ", ".join("1" * 50) + "]\n" + MODEL.format(1)).left_out[0].what
    assert len(long) == 80
    assert long.endswith("…")


# (statement that makes X, part of the reason)
NOT_RUN = {
    "training": ("X = tf.fit(1)", "trains"),
    "old training": ("X = tf.fit_generator(1)", "trains"),
    "calling an asked function": ("X = create_model()", "the grader calls itself"),
    "downloads": ("import urllib.request\nX = urllib.request.urlretrieve('u')", "downloads"),
    "an alias of a download": ("from urllib.request import urlretrieve as get\nX = get('u')", "downloads"),
    "wget": ("import wget\nX = wget.download('u')", "downloads"),
    "gdown": ("import gdown\nX = gdown.download('u')", "downloads"),
    "upload": ("from google.colab import files\nX = files.upload()", "uploads"),
    "drive": ("from google.colab import drive\nX = drive.mount('/content')", "uploads"),
    "requests": ("import requests as r\nX = r.get('u').text", "downloads"),
    "subprocess": ("import subprocess\nX = subprocess.run('ls')", "another program"),
    "system": ("from os import system\nX = system('ls')", "another program"),
    "get_ipython": ("X = get_ipython().system('ls')", "another program"),
    "rmtree": ("import shutil\nX = shutil.rmtree('/tmp')", "deletes"),
    "remove": ("import os\nX = os.remove('/tmp/x')", "deletes"),
    "plot": ("import matplotlib.pyplot as plt\nX = plt.figure()", "picture"),
    "input": ("X = input('?')", "waits"),
    "exit": ("X = exit()", "ends the program"),
    "reading a file": ("X = open('labels.txt').read()", "reads files"),
    "in a comprehension": ("X = [open(n) for n in 'ab']", "reads files"),
    "through a helper": ("def helper():\n    return open('x')\nX = helper()", "which reads files"),
    "from something not run": ("Y = input()\nX = Y + 'a'", "needs `Y`"),
    "with a file": ("with open('f') as f:\n    X = f", "reads files"),
    "in a condition": ("if input() == 'y':\n    X = 1", "waits"),
    "in an elif": ("if 0:\n    X = 1\nelif input():\n    X = 2", "waits"),
    "awaiting": ("X = await something()", "awaits"),
    "from a name that comes later": ("X = Z + 1\nZ = 1", "before that is defined"),
    "a relative import": ("from . import X", "relative import"),
    "a course-only module": ("from unittests import X", "own environment"),
}


@pytest.mark.parametrize(("making", "reason"), NOT_RUN.values(), ids=NOT_RUN)
def test_side_effects_are_not_run_and_the_missing_name_is_told(read: Any, read_cells: Any, making: str, reason: str) -> None:
    making = "tf = object()\n" + making
    run = read_cells if "await" in making else read
    submission = run(making + "\n" + MODEL.format("X"))
    (finding,) = [f for f in submission.findings if f.id == "name-not-run"]
    assert finding.message.startswith("`X` is made by a statement that is not run (line ")
    assert reason in finding.message
    assert finding.severity == "error"
    assert finding.place is not None
    assert finding.place.line in {2, 3, 4, 5}
    assert [text.split("(")[0] for text in statements(submission)] == ["def create_model"]


@pytest.mark.parametrize(
    "making",
    [
        "X = [n * 2 for n in range(3)]",
        "X = {n * 2 for n in range(3)}",
        "X = {n: k for n, k in enumerate('ab')}",
        "X = list(n * 2 for n in range(3))",
        "X = [[n * m for n in range(m)] for m in range(3)]",
        "X = {n: [m for m in range(n)] for n in range(3) if n}",
        "X = [(lambda: n)() for n in range(3)]",
    ],
)
def test_the_variable_of_a_comprehension_is_no_name_of_the_file(read: Any, making: str) -> None:
    submission = read(making + "\n" + MODEL.format("X"))
    assert [f.id for f in submission.findings if f.id == "name-not-run"] == []
    assert [text.split("(")[0] for text in statements(submission)] == [making.partition("(")[0], "def create_model"]


def test_functions_may_hold_what_is_not_run_outside(read: Any) -> None:
    submission = read(
        "import shutil\ndef split_data(SOURCE_DIR, TRAINING_DIR, VALIDATION_DIR, SPLIT_SIZE):\n    shutil.rmtree(TRAINING_DIR)\n"
    )
    assert "shutil.rmtree" in submission.source
    assert submission.functions["split"].name == "split_data"


def test_side_effect_inside_a_needed_block_is_taken_out_alone(read: Any) -> None:
    submission = read("import os\nif os.name:\n    os.system(\n      'ls')\n    A = 1\n" + MODEL.format("A"))
    assert statements(submission)[1] == "if os.name:\n    None\n    A = 1"
    assert submission.source.split("\n")[4] == "    A = 1"


def test_a_name_defined_nowhere_is_told(read: Any) -> None:
    (finding,) = [f for f in read("def create_model():\n    return layers.Dense(1)\n").findings if f.id == "undefined-name"]
    assert "`layers`" in finding.message
    assert finding.place is not None
    assert finding.place.line == 2


def test_digest_follows_what_is_kept(read: Any) -> None:
    text = "import os\n" + MODEL.format("os.sep")
    same = read("# a comment\nprint(3)\n\n" + text)
    assert read(text).digest == same.digest
    assert read("A = 2\n" + text).digest == same.digest
    assert read(text.replace("sep", "name")).digest != same.digest
    assert read(text, "output-shapes").digest != same.digest

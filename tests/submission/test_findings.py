"""What is said before anything runs."""

from __future__ import annotations

from typing import Any

import pytest

from grader.contracts.submission import Finding, Submission

SPLIT = "def split_data(SOURCE_DIR, TRAINING_DIR, VALIDATION_DIR, SPLIT_SIZE):\n    {}\n"


def only(submission: Submission, kind: str) -> Finding:
    (finding,) = [f for f in submission.findings if f.id == kind]
    return finding


# (text, call, parameters)
FOUND = {
    "def": ("def create_model(units=3, *, rate=0.1):\n    return 1", "model", ("units", "rate")),
    "lambda": ("create_model = lambda units=3: 1", "model", ("units",)),
    "alias": ("def build(n=1):\n    return n\ncreate_model = build", "model", ("n",)),
    "partial": (
        "from functools import partial\ndef build(n, m, k=1):\n    return n\ncreate_model = partial(build, 1, m=3)",
        "model",
        ("k",),
    ),
    "class": ("class create_model:\n    def __init__(self, n=1):\n        pass", "model", ("n",)),
    "inside if": ("if True:\n    def create_model():\n        return 1", "model", ()),
    "another accepted name": ("def train_val_datasets(a, b):\n    return 1", "batches", ("a", "b")),
}


@pytest.mark.parametrize(("text", "call", "parameters"), FOUND.values(), ids=FOUND)
def test_finds_the_function(read: Any, text: str, call: str, parameters: tuple[str, ...]) -> None:
    submission = read(text)
    assert submission.functions[call].parameters == parameters
    assert not [f for f in submission.findings if f.id == "wrong-parameters"]
    assert len([f for f in submission.findings if f.id == "missing-function"]) == 3


def test_the_first_accepted_name_and_the_last_definition_count(read: Any) -> None:
    heads = ["train_val_datasets(a, b)", "train_val_generators(c, d)", "train_val_generators(e, f)"]
    both = "".join(f"def {head}:\n    return 1\n" for head in heads)
    submission = read(both)
    assert submission.functions["batches"].parameters == ("e", "f")
    assert submission.functions["batches"].place.line == 5
    note = only(submission, "duplicate-definition")
    assert note.severity == "note"
    assert "line 3" in note.message


# (body, untouched?)
BODIES = {
    "pass": ("pass", True),
    "ellipsis": ("...", True),
    "docstring": ("'''Build it.'''", True),
    "return None": ("return None", True),
    "NotImplementedError": ("raise NotImplementedError", True),
    "NotImplementedError with text": ("raise NotImplementedError('later')", True),
    "the starter's body": ("'''Other words.'''\n    # another comment\n    return   None", True),
    "a number": ("return 3", False),
    "another error": ("raise ValueError('NotImplementedError')", False),
}


@pytest.mark.parametrize(("body", "untouched"), BODIES.values(), ids=BODIES)
def test_untouched_bodies(read: Any, body: str, untouched: bool) -> None:
    assert read(f"def create_model():\n    {body}\n").functions["model"].unattempted is untouched


def test_the_starter_is_unattempted(read: Any) -> None:
    from grader.course import load, names

    for name in names():
        submission = read(load(name).starter, None)
        assert submission.exercise == name
        assert all(function.unattempted for function in submission.functions.values())
        assert len(submission.functions) == len(load(name).protocol.calls)
        assert [f for f in submission.findings if f.severity == "error"] == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("A = 1\n", ["`create_model`", "submission.py"]),
        ("A = 1\ndef create_modle():\n    return 1\n", ["You have `create_modle` in line 2"]),
        ("def conv_model():\n    return 1\n", ["functions of output-shapes"]),
        ("from mine import create_model\n", ["`create_model`"]),
    ],
)
def test_a_missing_function_is_told(read: Any, text: str, parts: list[str]) -> None:
    (finding,) = [f for f in read(text).findings if f.function == "create_model"]
    assert (finding.id, finding.severity) == ("missing-function", "error")
    assert all(part in finding.message for part in parts)


def test_accepted_names_are_listed(read: Any) -> None:
    (finding,) = [f for f in read("A = 1\n").findings if f.function == "train_val_generators"]
    assert "(or `train_val_datasets`)" in finding.message


# (text, finding, severity, line, part of the message)
NOTES = {
    "too many parameters": ("def create_model(a, b, c=1):\n    return 1", "wrong-parameters", "error", 1, "needs 2 arguments (a, b)"),
    "too few parameters": ("def train_val_datasets():\n    return 1", "wrong-parameters", "error", 1, "takes no arguments"),
    "async": ("async def create_model():\n    return 1", "async-function", "error", 1, "Write `def`"),
    "absolute path": (SPLIT.format("copy('/tmp/cats-v-dogs/training')"), "absolute-path", "error", 2, "`TRAINING_DIR`"),
    "windows path": (SPLIT.format("copy('C:\\\\cats')"), "absolute-path", "error", 2, "parameter `SOURCE_DIR`"),
    "acc": ("def create_model():\n    m.compile(metrics=['acc'])", "history-key", "note", 2, "['accuracy']"),
    "positional metrics": ("def create_model():\n    m.compile('a', 'b', ['accuracy'])", "positional-metrics", "note", 2, "loss_weights"),
    "predict_classes": ("def create_model():\n    m.predict_classes(1)", "removed-method", "note", 2, "argmax"),
    "output_shape": ("def create_model():\n    layer.output_shape", "removed-attribute", "note", 2, "layer.output.shape"),
    "fit inside": ("def create_model():\n    m.fit(1)", "trains-while-building", "note", 2, "only build and compile"),
    "endless loop": (
        "def train_val_generators(TRAINING_DIR, v):\n    g = d.flow_from_directory(TRAINING_DIR)\n    for x, y in g:\n        print(x)",
        "endless-loop",
        "note",
        3,
        "never ends",
    ),
    "validation_split": (
        "def train_model(model, training, validation):\n    return model.fit(training, validation_split=0.1)",
        "validation-split",
        "note",
        2,
        "validation_data=",
    ),
    "steps_per_epoch": (
        "def train_model(model, training, validation):\n    return model.fit(training, steps_per_epoch=100)",
        "steps-per-epoch",
        "note",
        2,
        "knows its length",
    ),
    "a package that is not installed": (
        "import nosuchpackage\ndef create_model():\n    return nosuchpackage",
        "missing-package",
        "error",
        1,
        "`nosuchpackage`",
    ),
}


@pytest.mark.parametrize(("text", "kind", "severity", "line", "part"), NOTES.values(), ids=NOTES)
def test_findings(read: Any, text: str, kind: str, severity: str, line: int, part: str) -> None:
    finding = only(read("m = d = layer = copy = None;" + text if not text.startswith(("import", "async", "def")) else text), kind)
    assert finding.severity == severity
    assert finding.place is not None
    assert finding.place.line == line
    assert part in finding.message


QUIET = {
    "a folder name added to the parameter": SPLIT.format("copy(SOURCE_DIR + '/cats', f'{TRAINING_DIR}/tmp')"),
    "an absolute path in the docstring": SPLIT.format("'''/tmp/cats'''"),
    "an absolute path without a parameter for it": "def create_model():\n    return '/tmp/x'\n",
    "the output shape of a model": "def create_model():\n    return model.output_shape\n",
    "a loop that is left": "def create_model(data_generator=1):\n    for x in data_generator:\n        break\n",
    "validation_split with arrays": "def train_model(model, x, y):\n    return model.fit(x, y, validation_split=0.1)\n",
    "any number of arguments": "def create_model(*args, **kwargs):\n    return 1\n",
}


@pytest.mark.parametrize("text", QUIET.values(), ids=QUIET)
def test_what_is_fine_is_not_remarked(read: Any, text: str) -> None:
    assert {f.id for f in read(text).findings} <= {"missing-function", "undefined-name"}

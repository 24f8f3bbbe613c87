"""What a free-form file becomes: which statements are lifted, in which state, and which paths are the grader's."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.contracts.submission import HANDED_OUT, Submission
from grader.submission import read_submission
from grader.submission.paths import role

HEAD = "import os\nimport keras\nfrom pathlib import Path\n"
FIT = "model.fit(train_ds, validation_data=val_ds)\n"
DATA = "train_ds = keras.utils.image_dataset_from_directory('/tmp/train')\nval_ds = keras.utils.image_dataset_from_directory('/tmp/val')\n"
MODEL = "model = keras.Sequential([1])\n"

ReadFreeForm = Callable[[str], Submission]


@pytest.fixture
def free_form(tmp_path: Path) -> ReadFreeForm:
    def read(text: str) -> Submission:
        path = tmp_path / "a.py"
        path.write_text(text, encoding="utf-8")
        return read_submission(path, "cats-vs-dogs", "free-form")

    return read


def body(submission: Submission, name: str) -> list[str]:
    """Return the statements of a function of the source."""
    function = next(node for node in ast.parse(submission.source).body if isinstance(node, ast.FunctionDef) and node.name == name)
    return [ast.unparse(statement) for statement in function.body]


# statements before the training -> the body of `create_model`
MODELS = {
    "one statement": (MODEL, ["model = keras.Sequential([1])", "return model"]),
    "compiled apart": (MODEL + "model.compile('adam')\n", ["model = keras.Sequential([1])", "model.compile('adam')", "return model"]),
    "made anew": ("model = 0\nmodel.add(1)\n" + MODEL, ["model = keras.Sequential([1])", "return model"]),
    "made from itself": (
        MODEL + "model = keras.Model(model.inputs)\n",
        ["model = keras.Sequential([1])", "model = keras.Model(model.inputs)", "return model"],
    ),
    "with a constant": ("SIZE = 3\nOTHER = 4\nmodel = keras.Dense(SIZE)\n", ["SIZE = 3", "model = keras.Dense(SIZE)", "return model"]),
    "a constant as it was then": (
        "SIZE = 3\nmodel = keras.Dense(SIZE)\nSIZE = 4\n",
        ["SIZE = 3", "model = keras.Dense(SIZE)", "return model"],
    ),
    "counted up": ("n = 1\nn += 1\nmodel = keras.Dense(n)\n", ["n = 1", "n += 1", "model = keras.Dense(n)", "return model"]),
    "frozen in a loop": (
        "base = keras.Base()\nfor layer in base.layers:\n    layer.trainable = False\nmodel = keras.Sequential([base])\n",
        [
            "base = keras.Base()",
            "for layer in base.layers:\n    layer.trainable = False",
            "model = keras.Sequential([base])",
            "return model",
        ],
    ),
    "through a helper": (
        "def freeze(net):\n    net.trainable = False\n" + MODEL + "freeze(model)\n",
        ["model = keras.Sequential([1])", "freeze(model)", "return model"],
    ),
    "in a branch": (
        "if keras.backend.x():\n    model = keras.A()\nelse:\n    model = keras.B()\n",
        ["if keras.backend.x():\n    model = keras.A()\nelse:\n    model = keras.B()", "return model"],
    ),
    "with a training inside": (
        "with keras.scope():\n    model = keras.A()\n    model.fit(1, 2)\n    model.compile('adam')\n",
        ["with keras.scope():\n    model = keras.A()\n    pass\n    model.compile('adam')", "return model"],
    ),
    "without what only shows": (MODEL + "model.summary()\nmodel.save('a')\n", ["model = keras.Sequential([1])", "return model"]),
    "with a long text": (
        'model = keras.Sequential(name="""a\nb""")\n',
        ["model = keras.Sequential(name='a\\nb')", "return model"],
    ),
    "two on a line": ("x = 1; model = keras.Dense(x); y = 2\n", ["x = 1", "model = keras.Dense(x)", "return model"]),
    "two models, the trained one": (
        "other = keras.B()\n" + MODEL + "other.compile('adam')\n",
        ["model = keras.Sequential([1])", "return model"],
    ),
}


@pytest.mark.parametrize(("before", "expected"), MODELS.values(), ids=MODELS)
def test_what_the_trained_model_needs_becomes_a_function(before: str, expected: list[str], free_form: ReadFreeForm) -> None:
    submission = free_form(HEAD + before + DATA + FIT)
    assert body(submission, "create_model") == expected
    assert submission.functions["model"].name == "create_model"
    assert not submission.functions["model"].unattempted
    assert [f for f in submission.findings if f.id in {"undefined-name", "name-not-run"}] == []


# the training, and statements after it -> what the functions return
TRAININGS = {
    "by position": (FIT, "train_ds, val_ds", "model"),
    "by name": ("model.fit(x=train_ds, validation_data=val_ds)\n", "train_ds, val_ds", "model"),
    "old style": ("model.fit_generator(generator=train_ds, validation_data=val_ds)\n", "train_ds, val_ds", "model"),
    "kept": ("history = " + FIT, "train_ds, val_ds", "model"),
    "with an expression": ("model.fit(train_ds.take(3), validation_data=val_ds)\n", "train_ds.take(3), val_ds", "model"),
    "the last one": (
        "model.fit(val_ds, validation_data=train_ds)\nnet = keras.Net()\nnet.fit(train_ds, validation_data=val_ds)\n",
        "train_ds, val_ds",
        "net",
    ),
    "in a block": ("if True:\n    model.fit(train_ds, validation_data=val_ds)\n", "train_ds, val_ds", "model"),
    "none, but compiled": ("model.compile('adam')\n", "train_ds, val_ds", "model"),
    "none at all": ("", "train_ds, val_ds", "model"),
    "in a function that nobody calls": ("def go():\n    other.fit(val_ds, validation_data=val_ds)\n", "train_ds, val_ds", "model"),
}


@pytest.mark.parametrize(("training", "batches", "model"), TRAININGS.values(), ids=TRAININGS)
def test_the_last_training_says_what_counts(training: str, batches: str, model: str, free_form: ReadFreeForm) -> None:
    submission = free_form(HEAD + MODEL + DATA + training)
    assert body(submission, "train_val_generators")[-1] == f"return ({batches})"
    assert body(submission, "create_model")[-1] == f"return {model}"
    assert "fit" not in submission.source


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        (MODEL + "model.fit(images, labels)\n", {"batches"}),
        (DATA, {"model"}),
        (DATA + "print('a model')\n", {"model"}),
        ("train_ds = 1\nval_ds = 2\n" + MODEL, {"batches"}),
    ],
)
def test_what_is_not_there_is_not_made_up(text: str, missing: set[str], free_form: ReadFreeForm) -> None:
    submission = free_form(HEAD + text)
    assert {"batches", "model"} - submission.functions.keys() == missing
    assert sum(f.id == "missing-function" for f in submission.findings) == len(missing) + 1  # and `split_data`


def test_a_function_of_the_file_goes_before_its_statements(free_form: ReadFreeForm) -> None:
    submission = free_form(HEAD + "def create_model():\n    return keras.A()\n" + MODEL + DATA + FIT)
    assert body(submission, "create_model") == ["return keras.A()"]
    assert [f.function for f in submission.findings if f.id == "lifted"] == ["train_val_generators"]


def test_a_name_that_cannot_be_had_is_told_with_its_line(free_form: ReadFreeForm) -> None:
    submission = free_form(HEAD + "SIZE = input()\nmodel = keras.Dense(SIZE)\n" + DATA + FIT)
    (finding,) = [f for f in submission.findings if f.id == "name-not-run"]
    assert "`SIZE` is made by a statement that is not run (line 4: waits for somebody)" in finding.message


def test_nothing_is_lifted_or_redirected_under_another_profile(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(HEAD + MODEL + DATA + FIT)
    for profile in ("native", "official-2022"):
        submission = read_submission(path, "cats-vs-dogs", profile)
        assert submission.functions == {}
        assert "grader_" not in submission.source


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/tmp/cats-v-dogs/training/", ("training", "/")),
        ("/tmp/cats-v-dogs/testing/cats", ("validation", "/cats")),
        ("train", ("training", "")),
        ("C:\\data\\valid", ("validation", "")),
        ("/tmp/validation-horse-or-human", ("validation", "")),
        ("/content/train_data/val", ("validation", "")),
        ("/tmp/rps-test-set/", ("validation", "/")),
        ("/data/trainSet", ("training", "")),
        ("/tmp/PetImages", ("", "")),
        ("/tmp/train.zip", ("", "")),
        ("/home/constraint/latest/trained/values", ("", "")),
    ],
)
def test_a_path_says_which_images_it_means(path: str, expected: tuple[str, str]) -> None:
    assert role(path) == expected


# statements, the arguments of the two loaders -> parts of `train_val_generators`; <T>, <V>: the grader's folders
PATHS = {
    "texts": ("A = '/tmp/train'\nB = '/tmp/validation/'\n", "A", "B", ["A = <T>", "B = <V> + '/'"]),
    "joined": ("BASE = '/tmp/x'\nA = os.path.join(BASE, 'train')\n", "A", "os.path.join(BASE, 'val')", ["A = <T>", "<V>"]),
    "added": ("BASE = '/tmp/x'\n", "BASE + '/train'", "BASE + '/val/'", ["<T>", "<V> + '/'"]),
    "f-strings": ("BASE = '/tmp/x'\n", "f'{BASE}/train'", "f'{BASE}/test'", ["<T>", "<V>"]),
    "pathlib": ("BASE = Path('/tmp/x')\nA = BASE / 'train'\n", "A", "str(BASE / 'val')", ["A = __import__('pathlib').Path(<T>)", "<V>"]),
    "a base that is not known": (
        "BASE = keras.utils.get_file('a')\n",
        "os.path.join(BASE, 'train')",
        "os.path.join(BASE, 'val')",
        ["<T>", "<V>"],
    ),
    "folders that do not say": ("A = '/tmp/one'\nB = '/tmp/two'\n", "A", "B", ["<T>", "<V>"]),
    "folders that cannot be told": ("A = keras.x()\nB = keras.y()\n", "A", "B", ["<T>", "<V>"]),
    "names that say it": ("TRAIN_DIR = '/a/b'\nVAL_DIR = '/a/c'\n", "TRAIN_DIR", "VAL_DIR", ["TRAIN_DIR = <T>", "VAL_DIR = <V>"]),
    "the whole in two": ("DATA_DIR = '/a/b'\n", "DATA_DIR, subset='training'", "DATA_DIR, subset='validation'", ["DATA_DIR = <T>"]),
}


@pytest.mark.parametrize(("before", "training", "validation", "expected"), PATHS.values(), ids=PATHS)
def test_paths_stand_for_the_folders_of_the_grader(
    before: str, training: str, validation: str, expected: list[str], free_form: ReadFreeForm
) -> None:
    load = "keras.utils.image_dataset_from_directory"
    submission = free_form(HEAD + before + f"train_ds = {load}({training})\nval_ds = {load}({validation})\n" + MODEL + FIT)
    text = "\n".join(body(submission, "train_val_generators"))
    for part in expected:
        assert part.replace("<T>", HANDED_OUT["training"]).replace("<V>", HANDED_OUT["validation"]) in text
    assert "/tmp" not in text
    assert [f for f in submission.findings if f.id in {"undefined-name", "name-not-run"}] == []


BASE = "base = keras.applications.MobileNetV2(include_top=False, weights=None)\n"
HEAD_ON = "model = keras.Model(base.input, x)\nmodel.compile('adam')\n"
FROZEN = "base.trainable = False\n"
LOADED = "base.load_weights(f'{os.getcwd()}/../tmp2/notop.h5')\n"

# statements before the training -> the bodies of the three functions, without `return`, and the parameters of the last
CHAINS = {
    "as in the course": (
        BASE
        + LOADED
        + FROZEN
        + "last = base.get_layer('mixed7')\nprint(last.output_shape)\nx = last.output\nx = keras.Flatten()(x)\n"
        + HEAD_ON,
        [BASE, "base.load_weights(grader_weights_file)\n", FROZEN, "return base"],
        ["last = base.get_layer('mixed7')\n", "x = last.output\n", "return x"],
        ["x = keras.Flatten()(x)\n", HEAD_ON, "return model"],
        ("base", "x"),
    ),
    "frozen after the pick": (
        BASE + "x = base.get_layer('mixed7').output\n" + FROZEN + "y = keras.Flatten()(x)\n" + HEAD_ON.replace(", x", ", y"),
        [BASE, FROZEN, "return base"],
        ["x = base.get_layer('mixed7').output\n", "return x"],
        ["y = keras.Flatten()(x)\n", HEAD_ON.replace(", x", ", y"), "return model"],
        ("base", "x"),
    ),
    "picked where it is used": (
        BASE + "last = base.get_layer('mixed7')\nx = keras.Flatten()(last.output)\n" + HEAD_ON,
        [BASE, "return base"],
        ["last = base.get_layer('mixed7')\n", "return last.output"],
        ["last = base.get_layer('mixed7')\n", "x = keras.Flatten()(last.output)\n", HEAD_ON, "return model"],
        ("base", "last_output"),
    ),
    "by position": (
        BASE + "x = keras.Flatten()(base.layers[-9].output)\n" + HEAD_ON,
        [BASE, "return base"],
        ["return base.layers[-9].output"],
        ["x = keras.Flatten()(base.layers[-9].output)\n", HEAD_ON, "return model"],
        ("base", "last_output"),
    ),
    "not cut at all": (
        BASE + "model = keras.Sequential([base, keras.Flatten()])\nmodel.compile('adam')\n",
        [BASE, "return base"],
        ["return base.output"],
        ["model = keras.Sequential([base, keras.Flatten()])\nmodel.compile('adam')\n", "return model"],
        ("base", "last_output"),
    ),
    "with numbers of its own": (
        "UNITS = 9\nSIZE = 3\nbase = keras.Base(SIZE, include_top=False)\nx = base.output\nx = keras.Dense(UNITS)(x)\n" + HEAD_ON,
        ["SIZE = 3\n", "base = keras.Base(SIZE, include_top=False)\n", "return base"],
        ["x = base.output\n", "return x"],
        ["UNITS = 9\n", "x = keras.Dense(UNITS)(x)\n", HEAD_ON, "return model"],
        ("base", "x"),
    ),
    "thawed before the training": (
        BASE + FROZEN + "x = base.output\n" + HEAD_ON + "for layer in base.layers:\n    layer.trainable = True\n",
        [BASE, FROZEN, "for layer in base.layers:\n    layer.trainable = True\n", "return base"],
        ["x = base.output\n", "return x"],
        [HEAD_ON, "return model"],
        ("base", "x"),
    ),
}


@pytest.mark.parametrize(("before", "base", "cut", "final", "parameters"), CHAINS.values(), ids=CHAINS)
def test_a_network_on_a_pretrained_base_becomes_three_functions(
    before: str, base: list[str], cut: list[str], final: list[str], parameters: tuple[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "a.py"
    path.write_text(HEAD + before + DATA + FIT, encoding="utf-8")
    submission = read_submission(path, "transfer-learning", "free-form")
    for name, expected in (("create_pre_trained_model", base), ("output_of_last_layer", cut), ("create_final_model", final)):
        assert body(submission, name) == [ast.unparse(node) for node in ast.parse("".join(expected)).body], name
    assert submission.functions["base"].parameters == ()
    assert submission.functions["cut"].parameters == ("base",)
    assert submission.functions["final"].parameters == parameters
    assert [f for f in submission.findings if f.id in {"undefined-name", "name-not-run"}] == []


GET = "def get_data(filename):\n    return open(filename), 1\n"
FLOW = "model.fit(gen.flow(x, y), validation_data=gen.flow(a, b))\n"

# statements around `get_data` -> the parameters of `train_val_generators` ("" where it cannot be made), and a part of its body
ARRAYS = {
    "by the file's name": (
        "a, b = get_data('t_test.csv')\nx, y = get_data('t_train.csv')\n" + MODEL + FLOW,
        "x, y, a, b",
        "gen.flow(x, y)",
    ),
    "by a variable": ("TEST, TRAIN = 'a', 'b'\na, b = get_data(TEST)\nx, y = get_data(TRAIN)\n" + MODEL + FLOW, "x, y, a, b", "gen.flow"),
    "in their order": ("x, y = get_data('one')\na, b = get_data('two')\n" + MODEL + FLOW, "x, y, a, b", "gen.flow(a, b)"),
    "with the channel added": (
        "x, y = get_data('one')\nx = x[..., None]\na, b = get_data('two')\na = a[..., None]\n" + MODEL + FLOW,
        "x, y, a, b",
        "x = x[..., None]",
    ),
    "without generators": (
        "x, y = get_data('one')\na, b = get_data('two')\n" + MODEL + "model.fit(x / 255, y, validation_data=(a / 255, b))\n",
        "x, y, a, b",
        "return ((x / 255, y), (a / 255, b))",
    ),
    "one table only": ("x, y = get_data('one')\na, b = x, y\n" + MODEL + FLOW, "", ""),
    "under the same names": ("x, y = get_data('one')\nx, y = get_data('two')\na, b = x, y\n" + MODEL + FLOW, "", ""),
}


@pytest.mark.parametrize(("text", "parameters", "part"), ARRAYS.values(), ids=ARRAYS)
def test_arrays_that_were_read_become_parameters(text: str, parameters: str, part: str, tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(HEAD + "gen = keras.Gen()\n" + GET + text, encoding="utf-8")
    submission = read_submission(path, "sign-language", "free-form")
    assert submission.functions["parse"].name == "get_data"
    assert ("batches" in submission.functions) == bool(parameters)
    if parameters:
        assert submission.functions["batches"].parameters == tuple(parameters.split(", "))
        assert part in "\n".join(body(submission, "train_val_generators"))
        assert [f for f in submission.findings if f.id in {"undefined-name", "name-not-run"}] == []
    else:
        assert any(f.id == "missing-function" and "train_val_generators" in f.message for f in submission.findings)


# profile, function that makes the base -> what the weights come from; "" where the text stays as it is
WEIGHTS = {
    "a variable, 2024": (
        "official-2024",
        "def create_pre_trained_model():\n    return keras.B(weights=FILE)\n",
        "weights=grader_weights_file",
    ),
    "a path, 2024": (
        "official-2024",
        "def create_pre_trained_model():\n    b = keras.B()\n    b.load_weights('/a/b.h5')\n",
        "(grader_weights_file)",
    ),
    "none, 2024": ("official-2024", "def create_pre_trained_model():\n    return keras.B(weights=None)\n", ""),
    "imagenet, 2024": ("official-2024", "def create_pre_trained_model():\n    return keras.B(weights='imagenet')\n", ""),
    "a parameter, 2024": ("official-2024", "def create_pre_trained_model(file):\n    return keras.B(weights=file)\n", ""),
    "two variants of a parameter, 2022": ("official-2022", "def create_pre_trained_model(f, x=1):\n    return keras.B(weights=f)\n", ""),
    "a variable in spite of the parameter, 2022": (
        "official-2022",
        "def create_pre_trained_model(f):\n    return keras.B(weights=FILE)\n",
        "",
    ),
}


@pytest.mark.parametrize(("profile", "text", "expected"), WEIGHTS.values(), ids=WEIGHTS)
def test_a_weights_file_of_another_machine_is_the_grader_s(profile: str, text: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(HEAD + "FILE = os.path.join('/tmp', 'notop.h5')\n" + text, encoding="utf-8")
    source = read_submission(path, "transfer-learning", profile).source
    assert (HANDED_OUT["weights"] in source) == bool(expected)
    assert expected in source

"""Forgeries against the whole pipeline: each gets the mark that its honest part deserves, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from grader.contracts.report import Report
from grader.contracts.verdict import Status
from grader.pipeline import Pipeline

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.confinement, pytest.mark.xdist_group("attacks")]

SHAPES = (ROOT / "solutions/output-shapes/solution.py").read_text(encoding="utf-8")
TRANSFER = (ROOT / "solutions/transfer-learning/solution.py").read_text(encoding="utf-8")
CATS = (ROOT / "solutions/cats-vs-dogs/solution.py").read_text(encoding="utf-8")

# A conv_model that is honestly wrong: 150 → 150. A forgery that only pretends must not make it right.
WRONG_CONV = SHAPES.replace(
    'Conv2D(16, (3, 3), activation="relu"),\n    ])\n\n\ndef pool_model', 'Conv2D(16, (3, 3), padding="same"),\n    ])\n\n\ndef pool_model'
)
assert WRONG_CONV != SHAPES


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with Pipeline(workers=1) as shared:
        yield shared


@pytest.fixture
def grade(pipeline: Pipeline, tmp_path: Path):
    def run(source: str) -> Report:
        file = tmp_path / "submission.py"
        file.write_text(source, encoding="utf-8")
        return pipeline.check(file, train=False)

    yield run
    assert not list(pipeline._builder.jobs.iterdir())
    assert "sleep" not in [process.name() for process in psutil.Process().children(recursive=True)]


def statuses(report: Report) -> dict[str, Status]:
    return {criterion.id: criterion.status for criterion in report.criteria}


def inside(function: str, body: str, source: str) -> str:
    """Put statements at the top of a function's body."""
    head = source.index(f"def {function}(")
    first = source.index('"""\n', source.index('"""', head) + 3) + 4
    lines = "".join(f"    {line}\n" for line in body.strip().splitlines())
    return source[:first] + lines + source[first:]


PATCHES = {
    "json": "import json\n_dumps = json.dumps\njson.dumps = lambda v, *a, **k: _dumps(v, *a, **k).replace('\"same\"', '\"bogus\"')",
    "builtins": "import builtins\nbuiltins.len = lambda x: 148\nbuiltins.isinstance = lambda a, b: True",
    "keras": "import keras\nkeras.layers.Conv2D.compute_output_shape = lambda self, s: (None, 148, 148, 16)\n"
    "keras.Model.count_params = lambda self: 1",
    "numpy": "import numpy\nnumpy.save = lambda *a, **k: None\nnumpy.array_equal = lambda *a: True",
    "open": "import builtins\n_open = builtins.open\n"
    "builtins.open = lambda f, *a, **k: _open('/dev/null' if 'artifact' in str(f) else f, *a, **k)",
}


@pytest.mark.parametrize("patch", PATCHES)
def test_patched_libraries_never_make_a_wrong_model_right(grade, patch: str) -> None:
    report = grade(inside("conv_model", PATCHES[patch], WRONG_CONV))
    assert statuses(report)["conv-148"] != Status.PASSED


def test_a_config_that_lies_has_submitted_that_other_network(grade) -> None:
    lie = "import keras\n_config = keras.Sequential.get_config\nreal = _config\n"
    other = (
        "other = tf.keras.Sequential([tf.keras.Input(shape=(150, 150, 3)), tf.keras.layers.Conv2D(16, (5, 5))])\n"
        "tf.keras.Sequential.get_config = lambda self, c=other.get_config(): c"
    )
    report = grade(inside("conv_model", lie + other, SHAPES))
    assert statuses(report)["conv-148"] == Status.FAILED
    assert statuses(report)["formula-valid"] == Status.PASSED


MODELS = {
    "custom-dense": (
        "@tf.keras.utils.register_keras_serializable(package='x')\n"
        "class Conv2D(tf.keras.layers.Layer):\n"
        "    def __init__(self, *a, **k): super().__init__()\n"
        "    def call(self, x): return x[:, 1:-1, 1:-1, :]\n"
        "return tf.keras.Sequential([tf.keras.Input(shape=(150, 150, 3)), Conv2D(16, 3)])"
    ),
    "lambda-layer": "return tf.keras.Sequential([tf.keras.Input(shape=(150, 150, 3)), tf.keras.layers.Lambda(lambda x: x[:, 1:-1, 1:-1])])",
    "lambda-activation": (
        "return tf.keras.Sequential([tf.keras.Input(shape=(150, 150, 3)), tf.keras.layers.Conv2D(16, 3, activation=lambda x: x * 2)])"
    ),
    "constant-array": (
        "import numpy as np\n"
        "weights = np.ones((3, 3, 3, 16))\n"
        "return tf.keras.Sequential([tf.keras.Input(shape=(150, 150, 3)),"
        " tf.keras.layers.Conv2D(16, 3, kernel_initializer=tf.keras.initializers.Constant(weights))])"
    ),
    "array-in-graph": (
        "import numpy as np\n"
        "inputs = tf.keras.Input(shape=(150, 150, 3))\n"
        "x = tf.keras.layers.Conv2D(16, 3)(inputs)\n"
        "return tf.keras.Model(inputs, x + np.ones((1, 148, 148, 16), 'float32'))"
    ),
    "subclass": (
        "class Net(tf.keras.Model):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.conv = tf.keras.layers.Conv2D(16, 3)\n"
        "    def call(self, x): return self.conv(x)\n"
        "return Net()"
    ),
    "ten-billion": (
        "return tf.keras.Sequential([tf.keras.Input(shape=(150, 150, 3)), tf.keras.layers.Conv2D(16, 3),"
        " tf.keras.layers.Flatten()] + [tf.keras.layers.Dense(30000) for _ in range(1)])"
    ),
}


@pytest.mark.parametrize("model", MODELS)
def test_what_is_no_plain_model_is_refused_and_costs_only_its_own_points(grade, model: str) -> None:
    report = grade(inside("conv_model", MODELS[model], SHAPES))
    found = statuses(report)
    assert found.pop("conv-148") == Status.FAILED
    assert set(found.values()) == {Status.PASSED}
    assert report.causes
    assert "Traceback" not in report.causes[0].sentence


STEAL = """
import os
for path in {paths!r}:
    try:
        with open(path, 'rb') as file:
            file.read(10)
    except OSError:
        continue
    return None
for folder in {folders!r}:
    try:
        os.listdir(folder)
    except OSError:
        continue
    return None
"""


def test_nothing_outside_its_own_folder_can_be_read(grade, tmp_path: Path) -> None:
    """The model is only built if every read fails, so full points mean that none succeeded."""
    other = tmp_path / "other-student.py"
    other.write_text("secret = 1", encoding="utf-8")
    paths = [str(other), str(ROOT / "solutions/output-shapes/solution.py"), str(ROOT / "rubrics/output-shapes.yaml"), "/etc/shadow"]
    paths += [f"/proc/{psutil.Process().pid}/environ", f"/proc/{psutil.Process().pid}/mem"]
    folders = [str(ROOT), str(Path.home()), str(tmp_path)]
    report = grade(inside("conv_model", STEAL.format(paths=paths, folders=folders), SHAPES))
    assert report.status == Status.PASSED, report.causes


ENDINGS = {
    "exit": "import os\nos._exit(0)",
    "sys-exit": "import sys\nsys.exit(0)",
    "forged-artifact": (
        "import os, json, pathlib\n"
        "for root, dirs, files in os.walk('.'):\n"
        "    for d in dirs:\n"
        "        for name in ('conv', 'report', 'evidence', 'verdict'):\n"
        "            pathlib.Path(root, d, name + '.json').write_text(json.dumps({'status': 'passed', 'points': 10, 'call': 'conv'}))\n"
        "print(json.dumps({'status': 'passed', 'points': 10}))\n"
        "os._exit(0)"
    ),
    "symlink": (
        "import os\n"
        "for root, dirs, files in os.walk('.'):\n"
        "    for d in dirs:\n"
        "        if d == 'artifacts':\n"
        "            os.symlink('/etc/passwd', os.path.join(root, d, 'conv.json'))\n"
        "os._exit(0)"
    ),
    "fifo": "import os\nos.mkfifo('artifacts/conv.json')\nos._exit(0)",
    "huge": "import os\nwith open('artifacts/conv.json', 'wb') as f:\n    f.truncate(1 << 33)\nos._exit(0)",
    "segfault": "import ctypes\nctypes.string_at(0)",
    "background": ("import subprocess\nsubprocess.Popen(['sleep', '1000'])"),
    "fork": "import os, time\nif os.fork() == 0:\n    time.sleep(1000)",
    "socket": "import socket\nsocket.create_connection(('127.0.0.1', 9), timeout=1)",
    "kill-parent": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)",
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_however_a_function_ends_the_others_keep_their_points(grade, ending: str) -> None:
    report = grade(inside("conv_model", ENDINGS[ending], SHAPES))
    found = statuses(report)
    assert found.pop("conv-148") == Status.FAILED, report.criteria[0]
    assert set(found.values()) == {Status.PASSED}


PIPELINES = {
    "painted-label": """
import numpy as np
train, valid = _honest(TRAINING_DIR, VALIDATION_DIR)
def paint(batches):
    for images, labels in batches:
        images = images.copy()
        images[:, :20, :20, :] = labels[:, None, None, None]
        yield images, labels
return paint(train), paint(valid)
""",
    "foreign-images": """
import numpy as np
rng = np.random.default_rng(0)
def made_up():
    while True:
        labels = np.arange(20) % 2
        yield np.float32(rng.random((20, 150, 150, 3)) * 0.1 + labels[:, None, None, None] * 0.8), np.float32(labels)
return made_up(), made_up()
""",
}


@pytest.mark.parametrize("trick", PIPELINES)
def test_a_pipeline_that_cheats_earns_no_accuracy(pipeline: Pipeline, tmp_path: Path, trick: str) -> None:
    source = CATS.replace("def train_val_generators(", "def _honest(")
    source += '\n\ndef train_val_generators(TRAINING_DIR, VALIDATION_DIR):\n    """Cheat."""\n'
    source = inside("train_val_generators", PIPELINES[trick], source)
    file = tmp_path / "submission.py"
    file.write_text(source, encoding="utf-8")
    report = pipeline.check(file)
    learns = next(criterion for criterion in report.criteria if criterion.id == "learns")
    assert learns.points == 0
    assert statuses(report)["enough-convolutions"] == Status.PASSED
    assert statuses(report)["split-disjoint"] == Status.PASSED


# Function, statements in it, and the criteria that they cost; all others keep their points.
BASES = {
    "altered after loading": (
        "create_final_model",
        "layer = pre_trained_model.layers[1]\nlayer.set_weights([values * 1.001 for values in layer.get_weights()])",
        {"weights-kept"},
    ),
    "a config that lies": (
        "create_pre_trained_model",
        "from keras.src.models.functional import Functional\n"
        "other = tf.keras.Sequential([tf.keras.Input((150, 150, 3)), layers.Conv2D(8, 3), layers.Flatten(), layers.Dense(1)])\n"
        "lie, true = other.to_json(), tf.keras.Model.to_json\n"
        "def told(self, **kwargs):\n"
        "    tf.keras.Model.to_json = true\n"
        "    return lie\n"
        "tf.keras.Model.to_json = told",
        {"weights-loaded", "base-frozen"},
    ),
    "a huge array": (
        "create_final_model",
        "with open('artifacts/base-weights.npy', 'r+b') as file:\n    file.truncate(900 << 20)",
        {"weights-loaded"},
    ),
    "trained weights in the head": (
        "create_final_model",
        "import numpy as np\n"
        "learned = tf.keras.initializers.Constant(np.random.rand(1400, 512))\n"
        "x = layers.Dense(512, kernel_initializer=learned)(layers.Flatten()(last_output))\n"
        "model = tf.keras.Model(pre_trained_model.input, layers.Dense(1, activation='sigmoid')(layers.Dropout(0.2)(x)))\n"
        "model.compile(loss='binary_crossentropy', metrics=['accuracy'])\n"
        "return model",
        {"own-head", "still-frozen", "weights-kept", "dropout", "output-fits-labels", "loss-fits-output", "reports-accuracy"},
    ),
}


@pytest.mark.parametrize("trick", BASES)
def test_a_base_that_is_not_what_it_seems_costs_its_points(grade, trick: str) -> None:
    function, body, criteria = BASES[trick]
    found = statuses(grade(inside(function, body, TRANSFER)))
    assert {name for name, status in found.items() if status == Status.FAILED} == criteria
    assert Status.ERROR not in found.values()


def test_five_gradings_of_one_submission_are_the_same_verdict(grade) -> None:
    reports = [grade(WRONG_CONV) for _ in range(5)]
    assert len({report.model_copy(update={"timings": (), "stdout": ""}).model_dump_json() for report in reports}) == 1

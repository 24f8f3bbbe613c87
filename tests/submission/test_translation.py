"""Names that Keras 3 renamed, moved or hid are translated without moving a line, and told as notes."""

from __future__ import annotations

import ast
from typing import Any

import pytest

MODEL = "def create_model():\n    return {}\n"

# import -> what stands in its place; X is the name used. Each was checked to fail, or to give Keras 2 objects, on Keras 3.15.
IMPORTS = {
    "from keras.preprocessing.image import load_img as X": "from tensorflow.keras.preprocessing.image import load_img as X",
    "from keras.preprocessing import image as X": "from tensorflow.keras.preprocessing import image as X",
    "from keras_preprocessing.image import load_img as X": "from tensorflow.keras.preprocessing.image import load_img as X",
    "from keras.preprocessing.text import Tokenizer as X": "from tensorflow.keras.preprocessing.text import Tokenizer as X",
    "from tensorflow.python.keras.layers import Dense as X": "from tensorflow.keras.layers import Dense as X",
    "from tensorflow.python.keras.layers.core import Dense as X": "from tensorflow.keras.layers import Dense as X",
    "from tensorflow.python.keras import layers as X": "from tensorflow.keras import layers as X",
    "from tensorflow.python import keras as X": "from tensorflow import keras as X",
    "import tensorflow.python.keras as X": "import tensorflow.keras as X",
    "import tensorflow.python.keras.layers as X": "from tensorflow.keras import layers as X",
    "from tensorflow.python.keras.optimizer_v2.rmsprop import RMSprop as X": "from tensorflow.keras.optimizers import RMSprop as X",
    "from tensorflow.compat.v1.keras.layers import Dense as X": "from tensorflow.keras.layers import Dense as X",
    "from keras.engine import Layer as X": "from keras.layers import Layer as X",
    "from keras.engine.training import Model as X": "from keras.models import Model as X",
    "from keras.engine.sequential import Sequential as X": "from keras.models import Sequential as X",
    "from keras.src.layers.core.dense import Dense as X": "from keras.layers import Dense as X",
    "from keras.api._v2.keras import layers as X": "from keras import layers as X",
    "from keras.api._v2 import keras as X": "import keras as X",
    "from keras.layers.core import Dense as X": "from keras.layers import Dense as X",
    "from keras.layers.convolutional import Conv2D as X": "from keras.layers import Conv2D as X",
    "from keras.utils.np_utils import to_categorical as X": "from keras.utils import to_categorical as X",
    "from keras.utils import np_utils as X": "from keras import utils as X",
    "from tensorflow.keras.utils import np_utils as X": "from tensorflow.keras import utils as X",
    "from keras.utils.vis_utils import plot_model as X": "from keras.utils import plot_model as X",
    "from keras.optimizers import adam_v2 as X": "from keras import optimizers as X",
    "from tensorflow.keras.optimizers.legacy import Adam as X": "from tensorflow.keras.optimizers import Adam as X",
    "from tensorflow.keras.optimizers.experimental import Adam as X": "from tensorflow.keras.optimizers import Adam as X",
    "from tensorflow.keras.layers.experimental import preprocessing as X": "from tensorflow.keras import layers as X",
    "from tensorflow.keras.layers.experimental.preprocessing import Rescaling as X": "from tensorflow.keras.layers import Rescaling as X",
    "from keras import backend as X": "from tensorflow.keras import backend as X",
}
PUBLIC = [
    "import tensorflow as X",
    "from tensorflow import keras as X",
    "import tensorflow.keras.layers as X",
    "from tensorflow.keras.layers import Dense as X",
    "from tensorflow.keras.optimizers.schedules import ExponentialDecay as X",
    "from keras.utils import to_categorical as X",
    "from tensorflow.keras.applications.inception_v3 import InceptionV3 as X",
    "from keras.datasets import fashion_mnist as X",
]


@pytest.mark.parametrize(("old", "new"), IMPORTS.items(), ids=list(IMPORTS))
def test_private_imports_are_replaced_by_their_public_twin(read: Any, old: str, new: str) -> None:
    submission = read(old + "\n" + MODEL.format("X"))
    assert submission.source.split("\n")[0] == new
    (note,) = submission.findings[-1:]
    assert (note.id, note.severity) == ("private-import", "note")
    assert note.place is not None
    assert note.place.line == 1


@pytest.mark.parametrize("line", PUBLIC)
def test_public_imports_stay(read: Any, line: str) -> None:
    submission = read(line + "\n" + MODEL.format("X"))
    assert submission.source.split("\n")[0] == line
    assert [f for f in submission.findings if f.function is None] == []


# (imports, expression, the expression translated)
EXPRESSIONS = {
    "lr": ("import tensorflow as tf", "tf.keras.optimizers.Adam(lr=1)", "tf.keras.optimizers.Adam(learning_rate=1)"),
    "lr of an alias": ("from keras.optimizers import RMSprop as R", "R(rho=1, lr=2)", "R(rho=1, learning_rate=2)"),
    "lr elsewhere": ("import os", "os.cpu_count(lr=1)", "os.cpu_count(lr=1)"),
    "legacy optimizer": ("import tensorflow as tf", "tf.keras.optimizers.legacy.Adam(lr=1)", "tf.keras.optimizers.Adam(learning_rate=1)"),
    "fit_generator": ("", "m.fit_generator(g, epochs=1)", "m.fit(g, epochs=1)"),
    "its arguments": ("", "m.fit_generator(generator=g, workers=4, epochs=1)", "m.fit(x=g, epochs=1)"),
    "workers first": ("", "m.fit(workers=4, x=g)", "m.fit( x=g)"),
    "workers last": ("", "m.fit((g), use_multiprocessing=True)", "m.fit((g))"),
    "only workers": ("", "m.evaluate_generator(workers=4, max_queue_size=3)", "m.evaluate( )"),
    "experimental layers": (
        "import tensorflow as tf",
        "tf.keras.layers.experimental.preprocessing.RandomFlip()",
        "tf.keras.layers.RandomFlip()",
    ),
    "experimental layers by alias": (
        "from tensorflow.keras import layers",
        "layers.experimental.preprocessing.Rescaling(1)",
        "layers.Rescaling(1)",
    ),
    "np_utils by chain": ("import keras", "keras.utils.np_utils.to_categorical(1)", "keras.utils.to_categorical(1)"),
    "after a wide character": (
        "import tensorflow as tf",
        "'é', tf.keras.optimizers.Adam(lr=1)",
        "'é', tf.keras.optimizers.Adam(learning_rate=1)",
    ),
    "optimizer.lr": ("", "m.optimizer.lr", "m.optimizer.learning_rate"),
}


@pytest.mark.parametrize(("imports", "old", "new"), EXPRESSIONS.values(), ids=EXPRESSIONS)
def test_expressions_are_translated(read: Any, imports: str, old: str, new: str) -> None:
    submission = read(f"{imports}\ndef create_model(m=0, g=0):\n    return {old}\n")
    assert submission.source.split("\n")[2] == f"    return {new}"
    told = [f for f in submission.findings if f.place is not None and f.place.line == 3]
    assert bool(told) == (old != new)
    assert all(f.severity == "note" for f in told)


def test_plain_keras_becomes_tensorflows_where_only_that_has_the_name(read: Any) -> None:
    submission = read("import keras\n" + MODEL.format("keras.preprocessing.image.ImageDataGenerator()"))
    assert submission.source.split("\n")[0] == "from tensorflow import keras"
    assert "keras.preprocessing.image.ImageDataGenerator()" in submission.source


def test_imports_inside_functions_are_translated(read: Any) -> None:
    submission = read("def create_model():\n    from keras.engine import Layer, Model\n    return Layer, Model\n")
    assert submission.source.split("\n")[1] == "    from keras.layers import Layer; from keras.models import Model"


def test_lines_never_move(read: Any) -> None:
    text = (
        "from keras.engine import (Layer,\n    Model)\nfrom os import (sep,\n    path,\n)\nimport sys, \\\n    os\n"
        "def create_model():\n    return Layer, Model, path, os, x.fit_generator(1,\n        workers=4,\n        epochs=1)\n"
    )
    submission = read(text)
    assert submission.source.split("\n")[7] == "def create_model():"
    assert submission.source.split("\n")[10] == "        epochs=1)"
    imported = [name for node in ast.parse(submission.source).body if isinstance(node, ast.Import | ast.ImportFrom) for name in node.names]
    assert [name.name for name in imported] == ["Layer", "Model", "path", "os"]


@pytest.mark.parametrize(
    "line", ["import unittests", "from google.colab import files", "import colab_metadata_checker", "from keras.engine import Layer"]
)
def test_unused_private_imports_sink_nothing(read: Any, line: str) -> None:
    submission = read(line + "\n" + MODEL.format(1))
    assert submission.source.split("\n")[0] == ""
    assert submission.left_out[0].what == line

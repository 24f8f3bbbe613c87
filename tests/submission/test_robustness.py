"""Whatever is handed in, reading ends in a submission or in a sentence; and it needs no TensorFlow."""

from __future__ import annotations

import ast
import json
import random
import subprocess
import sys
from pathlib import Path

from grader.contracts.errors import GraderError, SubmissionError, UsageError
from grader.submission import read_submission

SOURCE = '''# exercise: cats-vs-dogs
import os, random; import shutil
from keras.layers.core import (Dense,
    Dropout)
import tensorflow as tf
from keras.preprocessing.image import ImageDataGenerator
%matplotlib inline
!wget \\
  --quiet url
BASE = f"/tmp/{os.sep}"
try:
    import cv2
except ImportError:
    !pip install cv2
LAYERS = [i ** 2 for i in range(3)]; LAYERS.append(3)
if BASE == 1:
    SIZE = 3
elif input():
    SIZE = 4
else:
    print("é", SIZE := 150)
with open(BASE) as f: text = f.read()
def split_data(SOURCE_DIR, TRAINING_DIR, VALIDATION_DIR, SPLIT_SIZE):
    """Copy."""
    for name in random.sample(os.listdir(SOURCE_DIR), 3): shutil.copy(name, TRAINING_DIR)
def train_val_generators(TRAINING_DIR, VALIDATION_DIR):
    train = ImageDataGenerator(rescale=1/255).flow_from_directory(TRAINING_DIR, target_size=(SIZE, SIZE))
    return train, train
class C(tf.keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs={}): self.model.stop_training = text
def create_model(units=LAYERS[0]):
    model = tf.keras.Sequential([Dense(units), tf.keras.layers.experimental.preprocessing.Rescaling(1/255)])
    model.compile(tf.keras.optimizers.Adam(lr=1e-3), 'bce', metrics=['acc'])
    return model
def train_model(model, training, validation):
    return model.fit_generator(training, workers=4, validation_data=validation, callbacks=[C()])
model = create_model()
'''
PIECES = [
    "(",
    ")",
    '"""',
    "'",
    "\n",
    "    ",
    "\t",
    "\\\n",
    "%%bash\n",
    "!",
    "é",
    "\x0c",
    "\u2028",
    "elif x:",
    "global A\n",
    "lambda: ",
    ";",
    "import ",
    "*",
]
PIECES += [
    "await ",
    "yield ",
    "return 1\n",
    "from . import x\n",
    "from x import *\n",
    "del os\n",
    "class A(B): pass\n",
    "match x:\n case 1: pass\n",
    "@d\n",
]


def mutated(text: str, rng: random.Random) -> str:
    for _ in range(rng.randint(1, 6)):
        kind = rng.randrange(5)
        lines = text.split("\n")
        at, to = sorted(rng.randrange(len(text) + 1) for _ in range(2))
        if kind == 0:
            text = text[:at] + rng.choice(PIECES) + text[at:]
        elif kind == 1:
            text = text[:at] + text[min(to, at + rng.randrange(40)) :]
        elif kind == 2:
            rng.shuffle(lines)
            text = "\n".join(lines)
        elif kind == 3:
            index = rng.randrange(len(lines))
            lines[index : index + 1] = [lines[index]] * rng.randrange(3)
            text = "\n".join(lines)
        else:
            text = (
                text[:at]
                + "".join(chr(rng.choice([0, 9, 34, 39, 92, 123, 8232, 65279, rng.randrange(32, 0x2FFF)])) for _ in range(3))
                + text[at:]
            )
    return text


def test_mutated_files_never_raise_anything_else(tmp_path: Path) -> None:
    rng = random.Random(20260101)
    read = 0
    for number in range(240):
        text = mutated(SOURCE, rng)
        path = tmp_path / ("a.py" if number % 3 == 0 else "a.ipynb")
        if path.suffix == ".py":
            data = text.encode()
        else:
            chunks = text.split("\n\n") if number % 2 else ["\n".join(text.split("\n")[i : i + 4]) for i in range(0, text.count("\n"), 4)]
            data = json.dumps({"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code", "source": c} for c in chunks]}).encode()
            if number % 5 == 0:
                cut = rng.randrange(len(data))
                data = data[:cut] + bytes(rng.randrange(256) for _ in range(3)) + data[cut:]
        path.write_bytes(data)
        try:
            submission = read_submission(path, "cats-vs-dogs")
        except (SubmissionError, UsageError):
            continue
        except GraderError as error:
            raise AssertionError(f"the grader gave up on its own fault:\n{text}") from error
        ast.parse(submission.source)
        submission.model_dump_json()
        read += 1
    assert read > 100


def test_reading_imports_no_tensorflow(tmp_path: Path) -> None:
    path = tmp_path / "submission.py"
    path.write_text(SOURCE.replace("%matplotlib inline\n", ""))
    code = (
        "import sys; from pathlib import Path; from grader.submission import read_submission;"
        f"s = read_submission(Path({str(path)!r}));"
        "assert len(s.functions) == 4, s.functions;"
        "print(sorted({'tensorflow', 'keras', 'numpy', 'nbformat'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr

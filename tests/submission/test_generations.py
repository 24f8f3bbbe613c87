"""A file that answers another generation of the assignment is told so, by its functions and never by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader import course
from grader.submission import read_submission

SPLIT = "def split_data(SOURCE_DIR, TRAINING_DIR, VALIDATION_DIR, SPLIT_SIZE):\n    print(1)\n"
GENERATORS = "def train_val_generators(TRAINING_DIR, VALIDATION_DIR):\n    return 1\n"
MODEL = "def create_model():\n    return 1\n"
TRAIN = "def train_model(model, training, validation):\n    return 1\n"
FOLDERS = "def create_train_val_dirs(root_path):\n    print(root_path)\n"
DATASETS = "def train_val_datasets():\n    return DATA_DIR\n"
DATA = "DATA_DIR = './PetImages'\n"
TOP_LEVEL = "import keras\nmodel = keras.Sequential([keras.layers.Dense(1)])\nmodel.compile('adam', 'mse')\n"

# file, profile it is read under, profile that is named ("" for none), reason
FILES = {
    "native": (SPLIT + GENERATORS + MODEL + TRAIN, "native", "", ""),
    "native, not finished": (SPLIT + MODEL, "native", "", ""),
    "native, datasets with parameters": (SPLIT + DATASETS.replace("()", "(a, b)") + MODEL + TRAIN, "native", "", ""),
    "2022 by its helper": (FOLDERS + SPLIT + GENERATORS + MODEL, "native", "official-2022", "create_train_val_dirs"),
    "2022 by what is there and what is not": (SPLIT + GENERATORS + MODEL, "native", "official-2022", "no `train_model`"),
    "2022 as 2022": (FOLDERS + SPLIT + GENERATORS + MODEL, "official-2022", "", ""),
    "2022 with another number of parameters": (SPLIT.replace(", SPLIT_SIZE", ", A, B, C") + GENERATORS + MODEL, "native", "", ""),
    "2024 by a function without parameters": (DATA + DATASETS + MODEL, "native", "official-2024", "takes no arguments"),
    "2024 under 2022": (DATA + DATASETS + MODEL, "official-2022", "official-2024", "takes no arguments"),
    "2024 by its augmentation model": (
        "def create_augmentation_model():\n    return 1\n" + MODEL,
        "native",
        "official-2024",
        "create_augmentation",
    ),
    "2024 as 2024": (DATA + DATASETS + MODEL, "official-2024", "", ""),
    "free form": (SPLIT + TOP_LEVEL, "native", "free-form", "no `create_model`"),
    "free form under 2022": (SPLIT + TOP_LEVEL, "official-2022", "free-form", "outside of functions"),
    "free form as free form": (SPLIT + TOP_LEVEL, "free-form", "", ""),
    "functions, and a model at the top level": (SPLIT + GENERATORS + MODEL + TRAIN + TOP_LEVEL, "native", "", ""),
    "pipelines in a function, the model outside": (SPLIT + GENERATORS + TOP_LEVEL, "native", "", ""),
    "nothing of it": ("A = 1\n", "native", "", ""),
}


@pytest.mark.parametrize(("text", "profile", "named", "reason"), FILES.values(), ids=FILES)
@pytest.mark.parametrize("file", ["C2W1_Assignment.py", "free-form.py"])
def test_the_generation_is_recognised(text: str, profile: str, named: str, reason: str, file: str, tmp_path: Path) -> None:
    (tmp_path / file).write_text(text)
    submission = read_submission(tmp_path / file, "cats-vs-dogs", profile)
    notes = [finding for finding in submission.findings if finding.id == "other-profile"]
    assert submission.profile == profile
    assert [f"--profile {named}`" in note.message and reason in note.message for note in notes] == ([True] if named else [])
    assert all(note.severity == "note" for note in notes)
    if notes:
        assert submission.findings[0] == notes[0]


def test_no_profile_is_named_that_the_exercise_does_not_have(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(FOLDERS + "def conv_model():\n    return 1\n")
    assert course.load("output-shapes").profiles == ("native",)
    assert [f for f in read_submission(path, "output-shapes").findings if f.id == "other-profile"] == []

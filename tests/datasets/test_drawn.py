"""Drawn images are the same everywhere, in the official layout, and no colour or brightness gives the class away."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from grader.datasets import Dataset
from grader.datasets.cache import read_manifest
from grader.datasets.drawn import load
from grader.datasets.keyed import generator, keyed

DRAW = """
import sys
from dataclasses import replace
from pathlib import Path
from grader.datasets import DATASETS
from grader.datasets.drawn import draw_dataset
from grader.datasets.registry import DrawnSizes
info = replace(DATASETS["cats-vs-dogs"], drawn=DrawnSizes("cats_and_dogs", 12, 4, 4))
print(draw_dataset(info, Path(sys.argv[1])).digest)
"""


def pixels(class_name: str, index: int) -> np.ndarray:
    random = generator(keyed(b"test", class_name, str(index)))
    return np.asarray(load("cats_and_dogs").draw(class_name, random))


def test_two_processes_draw_the_same(tmp_path: Path) -> None:
    digests = [
        subprocess.run(
            [sys.executable, "-c", DRAW, str(tmp_path / str(i))],
            cwd=Path(__file__).parents[2],
            env={"PYTHONHASHSEED": str(i), "OMP_NUM_THREADS": "1"},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for i in (1, 2)
    ]
    assert digests[0] == digests[1]
    assert len(digests[0].strip()) == 64


def test_layout_is_the_official_one(embedded: Dataset) -> None:
    manifest = read_manifest(embedded.root)
    assert manifest is not None
    assert manifest.counts == {
        "empty": {"cats": 2, "dogs": 2},
        "training": {"cats": 12, "dogs": 12},
        "validation": {"cats": 8, "dogs": 8},
    }
    for folder, class_name in (("Cat", "cats"), ("Dog", "dogs")):
        files = sorted((embedded.root / "PetImages" / folder).iterdir())
        assert sum(f.stat().st_size == 0 for f in files) == 2
        assert {f.name for f in files} == {f"{n}.jpg" for n in range(22)}
        assert {i.class_name for i in embedded.training if i.path in files} == {class_name}


def test_images_are_rgb_jpegs_and_all_different(embedded: Dataset) -> None:
    images = (*embedded.training, *embedded.validation)
    assert len({image.sha256 for image in images}) == len(images) == 40
    for image in images:
        with Image.open(image.path) as opened:
            assert (opened.format, opened.mode, opened.size) == ("JPEG", "RGB", (150, 150))


@pytest.mark.parametrize("class_name", ["cats", "dogs"])
def test_a_picture_depends_on_its_key_alone(class_name: str) -> None:
    assert np.array_equal(pixels(class_name, 3), pixels(class_name, 3))
    assert not np.array_equal(pixels(class_name, 3), pixels(class_name, 4))


def test_no_plain_statistic_tells_the_classes_apart() -> None:
    stack = np.stack([pixels(name, i) for name in ("cats", "dogs") for i in range(40)]).astype(float)
    labels = np.repeat([0, 1], 40)
    light = stack.max(axis=3) > 110
    statistics = {
        "brightness": stack.mean(axis=(1, 2, 3)),
        "red": stack[..., 0].mean(axis=(1, 2)),
        "blue": stack[..., 2].mean(axis=(1, 2)),
        "light area": light.mean(axis=(1, 2)),
        "centre across": np.array([np.nonzero(picture)[1].mean() for picture in light]),
        "centre down": np.array([np.nonzero(picture)[0].mean() for picture in light]),
    }
    for name, values in statistics.items():
        above = np.array([((values > threshold) == labels).mean() for threshold in values])
        assert max(above.max(), 1 - above.min()) < 0.75, name

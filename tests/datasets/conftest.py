"""A cache of its own for each test, a small drawing of cats and dogs, and archives built on the spot."""

from __future__ import annotations

import io
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from grader.datasets import DATASETS, PRACTICE_SECRET, Dataset, DatasetInfo, import_dataset, lookup, make_holdout, prepare
from grader.datasets.registry import DrawnSizes

Tree = dict[str, bytes]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("GRADER_CACHE_DIR", str(folder))
    return folder


@pytest.fixture
def child(tmp_path: Path) -> Path:
    folder = tmp_path / "child"
    folder.mkdir()
    return folder


def _small() -> DatasetInfo:
    return replace(lookup("cats-vs-dogs"), drawn=DrawnSizes("cats_and_dogs", 24, 16, 8))


@pytest.fixture
def small(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw 24 + 16 images and a holdout of 8 instead of hundreds."""
    monkeypatch.setitem(DATASETS, "cats-vs-dogs", _small())


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with the small drawing and official data of 40 + 20 images per class, to be copied: making it takes seconds."""
    folder = tmp_path_factory.mktemp("made")
    tree = {
        f"cats_and_dogs_filtered/{split}/{name}s/{name}.{i}.jpg": picture(f"{split}{name}{i}")
        for split, count in (("train", 40), ("validation", 20))
        for name in ("cat", "dog")
        for i in range(count)
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADER_CACHE_DIR", str(folder / "cache"))
        patch.setitem(DATASETS, "cats-vs-dogs", _small())
        import_dataset("cats-vs-dogs", make_zip(folder / "filtered.zip", tree))
        make_holdout(prepare("cats-vs-dogs"), PRACTICE_SECRET)
    return folder / "cache"


@pytest.fixture
def embedded(made_once: Path, cache: Path, small: None) -> Dataset:
    shutil.copytree(made_once, cache)
    return prepare("cats-vs-dogs")


@pytest.fixture
def official(made_once: Path, cache: Path) -> Dataset:
    shutil.copytree(made_once, cache)
    return prepare("cats-vs-dogs", "official")


def picture(seed: str, mode: str = "RGB", size: tuple[int, int] = (24, 20), kind: str = "JPEG") -> bytes:
    """Return an image file whose content depends on `seed`."""
    random = np.random.RandomState([ord(c) for c in seed] or [0])
    image = Image.fromarray(random.randint(0, 256, (size[1], size[0], 3)).astype(np.uint8)).convert(mode)
    stream = io.BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


def classes(prefix: str = "PetImages/", names: tuple[str, ...] = ("Cat", "Dog"), count: int = 8) -> Tree:
    """Return files of the layout "one folder per class"."""
    return {f"{prefix}{name}/{i}.jpg": picture(f"{prefix}{name}{i}") for name in names for i in range(count)}


def make_zip(path: Path, tree: Tree) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in tree.items():
            archive.writestr(name, data)
    return path


def make_tar(path: Path, tree: Tree) -> Path:
    with tarfile.open(path, "w:gz" if path.name.endswith("gz") else "w") as archive:
        for name, data in tree.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def make_folder(path: Path, tree: Tree) -> Path:
    for name, data in tree.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


Maker = Callable[[Path, Tree], Path]

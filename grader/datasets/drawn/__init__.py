"""Datasets drawn by code: one module per dataset, each with a `VERSION` and a `draw`; here, what turns them into files."""

from __future__ import annotations

import io
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

import numpy as np
from PIL import Image

from grader.contracts.progress import Progress, Step, silent
from grader.datasets.cache import FileRecord, Manifest, Split, make_manifest, write_file
from grader.datasets.keyed import generator, keyed
from grader.datasets.registry import DatasetInfo, DrawnSizes

JPEG_QUALITY = 90
EMPTY_FILES = (6, 11)  # numbers, in each class, of the files without content; the official archive has one such file in each
PUBLIC_KEY = b"grader: drawn training and validation images"


class DrawingModule(Protocol):
    """What a drawing module offers."""

    VERSION: int  # to be raised with every change of the pictures

    def draw(self, class_name: str, random: np.random.RandomState) -> Image.Image:
        """Return one picture, in RGB and its final size, that depends on the arguments alone."""


def load(module: str) -> DrawingModule:
    """Return a drawing module by its name."""
    return cast(DrawingModule, import_module(f"{__name__}.{module}"))


def draw_dataset(info: DatasetInfo, folder: Path, progress: Progress = silent) -> Manifest:
    """Draw a dataset's training and validation images into `folder`, in the official layout: `PetImages/Cat/12.jpg`."""
    sizes = _sizes(info)
    module = load(sizes.module)
    classes = info.class_names
    total = (sizes.training + sizes.validation) // len(classes) * len(classes)
    records: list[FileRecord] = []
    for class_name in classes:
        home = f"PetImages/{info.classes[class_name][0].capitalize()}"
        pictures = _pictures(module, info.name, class_name, PUBLIC_KEY, total // len(classes))
        number = 0
        for index, picture in enumerate(pictures):
            while number in EMPTY_FILES:
                records.append(write_file(folder, f"{home}/{number}.jpg", b"", "empty", class_name))
                number += 1
            split: Split = "training" if index < sizes.training // len(classes) else "validation"
            records.append(write_file(folder, f"{home}/{number}.jpg", picture, split, class_name))
            number += 1
            progress(Step(stage="reading", text=f"drawing {info.name}", done=len(records), total=total))
    return make_manifest(info.name, "embedded", f"drawn {module.VERSION}", records)


def draw_holdout(info: DatasetInfo, key: bytes, folder: Path, progress: Progress = silent) -> Manifest:
    """Draw the hidden images of a secret into `folder`; `key` is derived from the secret."""
    sizes = _sizes(info)
    module = load(sizes.module)
    per_class = sizes.holdout // len(info.class_names)
    records: list[FileRecord] = []
    for class_name in info.class_names:
        for picture in _pictures(module, info.name, class_name, key, per_class):
            path = f"{class_name}/{len(records):04}.jpg"
            records.append(write_file(folder, path, picture, "holdout", class_name))
            progress(Step(stage="reading", text="drawing the holdout", done=len(records), total=sizes.holdout))
    return make_manifest(info.name, "holdout", f"drawn {module.VERSION}", records)


def _sizes(info: DatasetInfo) -> DrawnSizes:
    assert info.drawn is not None
    return info.drawn


def _pictures(module: DrawingModule, name: str, class_name: str, key: bytes, count: int) -> Iterator[bytes]:
    """Yield `count` JPEG files, each from its own generator, so that one picture's changes leave the others as they are."""
    for index in range(count):
        random = generator(keyed(key, "draw", name, str(module.VERSION), class_name, str(index)))
        stream = io.BytesIO()
        module.draw(class_name, random).save(stream, "JPEG", quality=JPEG_QUALITY)
        yield stream.getvalue()

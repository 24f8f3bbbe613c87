"""Datasets drawn by code: one module per dataset, each with a `VERSION` and a `draw`; here, what turns them into files."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

import numpy as np
from PIL import Image

from grader.contracts.progress import Progress, Step, silent
from grader.datasets.array_files import write_class
from grader.datasets.cache import FileRecord, Manifest, Split, make_manifest, write_file
from grader.datasets.keyed import generator, keyed
from grader.datasets.registry import DatasetInfo, DrawnSizes

JPEG_QUALITY = 90
PUBLIC_KEY = b"grader: drawn training and validation images"


class DrawingModule(Protocol):
    """What a drawing module offers."""

    VERSION: int  # to be raised with every change of the pictures

    def draw(self, class_name: str, random: np.random.RandomState, *split: Split) -> Image.Image:
        """Return one picture, RGB (grey for arrays), that depends on the arguments alone; `split` where the registry says so."""


def load(module: str) -> DrawingModule:
    """Return a drawing module by its name."""
    return cast(DrawingModule, import_module(f"{__name__}.{module}"))


def draw_dataset(info: DatasetInfo, folder: Path, progress: Progress = silent) -> Manifest:
    """Draw a dataset's training and validation images into `folder`, in the registry's layout, numbered through in each class."""
    sizes = _sizes(info)
    module = load(sizes.module)
    classes = info.class_names
    shares: tuple[tuple[Split, int], ...] = (("training", sizes.training), ("validation", sizes.validation))
    if info.kind != "folders":
        return make_manifest(info.name, "embedded", f"drawn {module.VERSION}", _draw_arrays(info, shares, PUBLIC_KEY, folder, progress))
    total = sum(number // len(classes) for _, number in shares) * len(classes)
    records: list[FileRecord] = []
    for class_name in classes:
        splits: list[Split] = [split for split, number in shares for _ in range(number // len(classes))]
        pictures = _pictures(info, module, class_name, PUBLIC_KEY, splits)
        number = 0
        for split, picture in zip(splits, pictures, strict=True):
            other = next(iter(info.classes[class_name]), class_name).capitalize()
            home = info.drawn_folder.format(split=split, class_name=class_name, other=other)
            while number in info.empty_files:
                records.append(write_file(folder, f"{home}/{number}.jpg", b"", "empty", class_name))
                number += 1
            records.append(write_file(folder, f"{home}/{number}.jpg", picture, split, class_name))
            number += 1
            progress(Step(stage="reading", doing="drawing", text=info.name, done=len(records), total=total))
    return make_manifest(info.name, "embedded", f"drawn {module.VERSION}", records)


def draw_holdout(info: DatasetInfo, key: bytes, folder: Path, progress: Progress = silent) -> Manifest:
    """Draw the hidden images of a secret into `folder`; `key` is derived from the secret."""
    sizes = _sizes(info)
    module = load(sizes.module)
    if info.kind != "folders":
        files = _draw_arrays(info, (("holdout", sizes.holdout),), key, folder, progress)
        return make_manifest(info.name, "holdout", f"drawn {module.VERSION}", files)
    per_class = sizes.holdout // len(info.class_names)
    records: list[FileRecord] = []
    for class_name in info.class_names:
        for picture in _pictures(info, module, class_name, key, ["holdout"] * per_class):
            path = f"{class_name}/{len(records):04}.jpg"
            records.append(write_file(folder, path, picture, "holdout", class_name))
            progress(Step(stage="reading", doing="drawing-holdout", done=len(records), total=sizes.holdout))
    return make_manifest(info.name, "holdout", f"drawn {module.VERSION}", records)


def _draw_arrays(
    info: DatasetInfo, shares: Sequence[tuple[Split, int]], key: bytes, folder: Path, progress: Progress
) -> Iterator[FileRecord]:
    """Draw each class's pictures of each split into one file."""
    module = load(_sizes(info).module)
    for done, class_name in enumerate(info.class_names):
        splits: list[Split] = [split for split, number in shares for _ in range(number // len(info.class_names))]
        images = [np.asarray(image) for image in _images(info, module, class_name, key, splits)]
        for split, _ in shares:
            own = [image for image, its in zip(images, splits, strict=True) if its == split]
            yield write_class(folder, info, split, class_name, np.stack(own))
        progress(Step(stage="reading", doing="drawing", text=info.name, done=done + 1, total=len(info.class_names)))


def _sizes(info: DatasetInfo) -> DrawnSizes:
    assert info.drawn is not None
    return info.drawn


def _pictures(info: DatasetInfo, module: DrawingModule, class_name: str, key: bytes, splits: Sequence[Split]) -> Iterator[bytes]:
    """Yield a JPEG file per split."""
    for image in _images(info, module, class_name, key, splits):
        stream = io.BytesIO()
        image.save(stream, "JPEG", quality=JPEG_QUALITY)
        yield stream.getvalue()


def _images(info: DatasetInfo, module: DrawingModule, class_name: str, key: bytes, splits: Sequence[Split]) -> Iterator[Image.Image]:
    """Yield a picture per split, each from its own generator, so that one picture's changes leave the others as they are."""
    for index, split in enumerate(splits):
        random = generator(keyed(key, "draw", info.name, str(module.VERSION), class_name, str(index)))
        told = (split,) if _sizes(info).told_split else ()
        yield module.draw(class_name, random, *told)

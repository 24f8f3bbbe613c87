"""Pretrained bases: one that this project trained and carries, one that its publisher offers, and stand-ins where the latter is absent."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import yaml

from grader.contracts.base import digest
from grader.contracts.errors import GraderError
from grader.datasets.cache import FileRecord, Manifest, cache_root, hash_file, looks_intact, make_manifest, obtain, read_manifest

from .architecture import NAMES, Architecture, BaseLayer, architecture
from .hdf5 import Weights, read_weights, write_weights

VERSION = 1  # of the files made here
STAND_IN_SEED = 2016
EMBEDDED = "mobilenet-v2"


@dataclass(frozen=True)
class PretrainedBase:
    """A weights file that `Model.load_weights` takes, and what is known of the network it belongs to."""

    name: str
    path: Path
    digest: str  # of what the weights are, equal on every machine
    stand_in: bool  # right shapes, but nothing was learned: what is made of its features cannot be judged
    architecture: Architecture

    @property
    def cut(self) -> str:
        """The layer whose output the exercises use."""
        return self.architecture.cut

    def weights(self) -> dict[str, Weights]:
        """Return the weights in the file, by the architecture's layer names, in the file's order."""
        return read_weights(self.path, self.architecture)


def pretrained_base(name: str) -> PretrainedBase:
    """Return a base, making its file in the cache where it is not there yet.

    "mobilenet-v2" is carried by this package. "inception-v3" is the publisher's file where it was fetched or imported, else a stand-in.
    Raises `AuthorError` for an unknown name, `GraderError` where the cache cannot be used or this installation is damaged.
    """
    known = architecture(name)
    if name == EMBEDDED:
        checksum, _ = _shipped(name)
        return _made(known, f"embedded-{checksum[:12]}", lambda: _unpacked(known), digest([name, "embedded", checksum]))
    entry = official_entry(name)
    manifest = read_manifest(entry)
    if manifest is not None:
        if not looks_intact(entry, manifest):
            raise GraderError(
                f"The imported weights of {known.title} are damaged.", hint=f"Import them again: grader data import {name} FILE"
            )
        return PretrainedBase(name, entry / manifest.files[0].path, manifest.digest, stand_in=False, architecture=known)
    made = digest([name, "stand-in", VERSION])
    return _made(known, f"stand-in-{VERSION}", lambda: _seeded(known), made, stand_in=True)


def official_entry(name: str) -> Path:
    """Return the folder in the cache of a publisher's weights, there or not."""
    return cache_root() / "pretrained" / name / "official"


def weights_manifest(name: str, variant: str, made_by: str, file: Path) -> Manifest:
    """Describe an entry that holds one weights file."""
    record = FileRecord(path=file.name, split="weights", class_name="", sha256=hash_file(file), bytes=file.stat().st_size)
    return make_manifest(name, variant, made_by, [record])


def _made(
    known: Architecture, variant: str, layers: Callable[[], Iterator[tuple[str, Weights]]], identity: str, *, stand_in: bool = False
) -> PretrainedBase:
    def fill(folder: Path) -> Manifest:
        write_weights(folder / known.file, layers())
        return weights_manifest(known.name, variant, f"pretrained {VERSION}", folder / known.file)

    entry = cache_root() / "pretrained" / known.name / variant
    obtain(entry, fill)
    return PretrainedBase(known.name, entry / known.file, identity, stand_in, known)


@cache
def _shipped(name: str) -> tuple[str, bytes]:
    """Return the checksum and content of the packed weights that this package carries."""
    home = files(__package__)
    result = yaml.safe_load((home / f"{name}.yaml").read_text(encoding="utf-8"))["result"]
    data = (home / result["file"]).read_bytes()
    if hashlib.sha256(data).hexdigest() != result["sha256"]:
        raise GraderError("The grader's own pretrained weights are damaged.", hint="Install the grader again.")
    return result["sha256"], data


def _unpacked(known: Architecture) -> Iterator[tuple[str, Weights]]:
    _, data = _shipped(known.name)
    with np.load(io.BytesIO(data), allow_pickle=False) as packed:
        for layer in known.layers:
            yield layer.name, {weight: packed[f"{layer.name}/{weight}"].astype(np.float32) for weight in layer.weights}


def _seeded(known: Architecture) -> Iterator[tuple[str, Weights]]:
    """Yield kernels that keep the size of what passes through them, and BatchNorms that do next to nothing, each unlike a fresh one."""
    random = np.random.default_rng(STAND_IN_SEED)
    for layer in known.layers:
        weights: Weights = {}
        for name, shape in layer.weights.items():
            values = random.random(shape, dtype=np.float32)
            if len(shape) > 1:
                weights[name] = (values - np.float32(0.5)) * np.float32(np.sqrt(24 / np.prod(shape[:-1])))
            else:
                weights[name] = values * np.float32(0.1) + np.float32(name in ("gamma", "moving_variance"))
        yield layer.name, weights


__all__ = ["NAMES", "Architecture", "BaseLayer", "PretrainedBase", "Weights", "architecture", "pretrained_base"]

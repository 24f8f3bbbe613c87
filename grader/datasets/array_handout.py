"""What the untrusted side is given of a dataset of arrays: `.npy` files, tables in the course's CSV format; what is in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from grader.contracts.protocol import BatchesCall, ParseCall, Protocol

from .array_files import SIDE, Arrays, checksums
from .dataset import ArrayDataset, Split
from .holdout import withheld_rows
from .keyed import generator, keyed
from .tables import HEADER

# As many as are drawn for the embedded data, as for image files.
MAX_TRAINING = 5000
MAX_VALIDATION = 2000
FOLDER = "tables"  # in the child's folder
_OTHER_ROWS = (30, 60)  # of the small table


@dataclass(frozen=True, eq=False)
class HandedArrays:
    """What was chosen, and what was written for the child: `files` as in `Job`, `tables` by the name that a call gives them."""

    chosen: dict[Split, Arrays]
    files: dict[str, str] = field(default_factory=dict)
    tables: dict[str, Arrays] = field(default_factory=dict)


def hand_out_arrays(protocol: Protocol, dataset: ArrayDataset, into: Path, secret: bytes) -> HandedArrays:
    """Write into the child's folder what the protocol's calls read; which images, and in which order, follows from the secret."""
    chosen: dict[Split, Arrays] = {
        "training": _chosen(dataset, dataset.training, np.ones(len(dataset.training), bool), MAX_TRAINING, secret, "training"),
        "validation": _chosen(dataset, dataset.validation, ~withheld_rows(dataset, secret), MAX_VALIDATION, secret, "validation"),
    }
    files: dict[str, Path] = {}
    tables: dict[str, Arrays] = {}
    folder = into / FOLDER
    folder.mkdir()
    for call in protocol.calls:
        if isinstance(call, BatchesCall):
            for name in call.arguments.values():
                split, _, part = name.partition("_")
                arrays = chosen["training" if split == "training" else "validation"]
                files[name] = folder / f"{name}.npy"
                np.save(files[name], arrays.images if part == "images" else arrays.labels, allow_pickle=False)
        if isinstance(call, ParseCall):
            for table in call.files:
                tables[table] = chosen["training"] if table == "training" else _other(dataset, secret)
                files[f"{table}.csv"] = folder / f"{table}.csv"
                files[f"{table}.csv"].write_text(_csv(tables[table]), encoding="ascii")
    return HandedArrays(chosen, {name: str(path) for name, path in files.items()}, tables)


def _chosen(dataset: ArrayDataset, arrays: Arrays, allowed: NDArray[np.bool_], most: int, secret: bytes, split: str) -> Arrays:
    """Return as many images of each class as there may be, in an order that depends on their content and the secret alone."""
    keys = [keyed(secret, f"handed {split}", sha.hex()) for sha in checksums(arrays.images)]
    rows: list[int] = []
    for label in dataset.labels:
        own = sorted(np.flatnonzero(allowed & (arrays.labels == label)).tolist(), key=lambda row: keys[row])
        rows += own[: most // len(dataset.labels)]
    rows.sort(key=lambda row: keys[row])
    return Arrays(arrays.images[rows], arrays.labels[rows], tuple(arrays.origins[row] for row in rows))


def _other(dataset: ArrayDataset, secret: bytes) -> Arrays:
    """Return a small table of noise."""
    random = generator(keyed(secret, "other table", dataset.digest))
    count = int(random.randint(*_OTHER_ROWS))
    labels = np.array(dataset.labels)[random.randint(0, len(dataset.labels), size=count)]
    return Arrays(random.randint(0, 256, size=(count, SIDE, SIDE)).astype(np.uint8), labels.astype(np.int64))


def _csv(table: Arrays) -> str:
    rows = np.concatenate([table.labels[:, np.newaxis], table.images.reshape(len(table), -1)], axis=1).tolist()
    return "\n".join([",".join(HEADER), *(",".join(map(str, row)) for row in rows)]) + "\n"

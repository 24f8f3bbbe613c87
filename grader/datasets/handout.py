"""What the untrusted side is given: its own copies of the images, folders to copy between, cases; and what the trusted side keeps of it."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np

from grader.contracts.errors import AuthorError, GraderError, UsageError
from grader.contracts.given import DrawnHistory, Value
from grader.contracts.protocol import AugmenterCall, BatchesCall, DrawnCases, FoldersCall, FolderScenario, Protocol, TableCall

from .array_files import ArrayImage, Arrays, checksums
from .array_handout import HandedArrays, hand_out_arrays
from .cache import explained
from .dataset import ArrayDataset, Dataset, Image, Split
from .drawn.patterns import patterns
from .histories import draw_history
from .holdout import by_key, withheld
from .keyed import generator, keyed
from .pretrained import PretrainedBase

# As many as are drawn for the embedded data, so that steps, recording time and the cap on recorded bytes mean the same for official data.
MAX_TRAINING = 300
MAX_VALIDATION = 100
_TIME = 1_600_000_000  # of every handed-out file: times of writing would tell their order
_MOST_DRAWS = 10_000


@dataclass(frozen=True)
class HandedImage:
    """An image that the child got a copy of. `path` is the original in the cache, `copy` the copy's path relative to the hand-out."""

    path: Path | ArrayImage
    split: Split
    class_name: str
    sha256: str
    copy: str  # "" for an image of an array


@dataclass(frozen=True)
class ScenarioFiles:
    """What a scenario's source folder held. Names in both are in the order of `os.listdir`; sort them for the order by name."""

    root: Path  # holds the folders source, training and validation, and nothing else
    good: dict[str, str]  # file name -> sha256, all different
    empty: tuple[str, ...]


@dataclass(frozen=True)
class Handout:
    """What was handed out. `folders`, `files`, `scenarios` and `cases` are as in `Job`; the rest stays on the trusted side."""

    folders: dict[str, str] = field(default_factory=dict)
    scenarios: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    cases: dict[str, tuple[tuple[Value, ...], ...]] = field(default_factory=dict)  # the listed ones, then the drawn ones
    images: tuple[HandedImage, ...] = ()
    class_names: tuple[str, ...] = ()
    scenario_files: dict[str, dict[str, ScenarioFiles]] = field(default_factory=dict)
    test_images: str = ""  # of augmenters
    base: PretrainedBase | None = None
    weights: str = ""  # the child's own copy of the base's file
    files: dict[str, str] = field(default_factory=dict)
    tables: dict[str, Arrays] = field(default_factory=dict)  # what the tables hold that are read: "training", "other"
    class_labels: dict[str, int] = field(default_factory=dict)  # the number that stands for each class in arrays; elsewhere its place

    @property
    def training_images(self) -> int:
        """How many training images were handed out: one epoch of an endless pipeline."""
        return sum(image.split == "training" for image in self.images)


def hand_out(
    protocol: Protocol, dataset: Dataset | ArrayDataset | None, into: Path, secret: bytes, base: PretrainedBase | None = None
) -> Handout:
    """Write the child's own copies into the existing folder `into`, and return what they are.

    File names, their order and times tell nothing but the class's folder. Which images and cases are chosen follows from the secret;
    what `make_holdout` returns for the same secret is never among them.
    """
    folders: dict[str, str] = {}
    images: tuple[HandedImage, ...] = ()
    scenarios: dict[str, dict[str, dict[str, str]]] = {}
    scenario_files: dict[str, dict[str, ScenarioFiles]] = {}
    cases = {call.id: call.cases + _drawn_cases(call, secret) for call in protocol.calls if isinstance(call, TableCall)}
    arrays: HandedArrays | None = None
    with explained(into / "data", setting="TMPDIR"):
        if isinstance(dataset, ArrayDataset):
            arrays = hand_out_arrays(protocol, dataset, into, secret)
            images = _array_images(dataset, arrays)
        elif any(isinstance(call, BatchesCall) for call in protocol.calls) or any(t.batches is None for t in protocol.trainings):
            images = _copy_images(_needed(dataset, protocol), into, secret)
            folders = {split: str(into / "data" / split) for split in ("training", "validation")}
        for call in protocol.calls:
            if isinstance(call, FoldersCall):
                pool = _pool(_needed(dataset, protocol), secret)
                files = {s.id: _make_scenario(call, s, pool, into / "folders" / call.id / s.id, secret) for s in call.scenarios}
                scenario_files[call.id] = files
                scenarios[call.id] = {s.id: _paths(files[s.id].root, slash=s.trailing_slash) for s in call.scenarios}
        weights = _copy_weights(base, into) if base is not None else ""
        test_images = _test_images(into) if any(isinstance(call, AugmenterCall) for call in protocol.calls) else ""
    return Handout(
        folders,
        scenarios,
        cases,
        images,
        dataset.classes if dataset else (),
        scenario_files,
        test_images,
        base,
        weights,
        files=arrays.files if arrays else {},
        tables=arrays.tables if arrays else {},
        class_labels=_class_labels(dataset),
    )


def _class_labels(dataset: Dataset | ArrayDataset | None) -> dict[str, int]:
    if isinstance(dataset, ArrayDataset):
        return dict(zip(dataset.classes, dataset.labels, strict=True))
    return {name: number for number, name in enumerate(dataset.classes)} if dataset else {}


def _array_images(dataset: ArrayDataset, arrays: HandedArrays) -> tuple[HandedImage, ...]:
    names = dict(zip(dataset.labels, dataset.classes, strict=True))
    return tuple(
        HandedImage(origin, split, names[label], sha.hex(), "")
        for split, chosen in arrays.chosen.items()
        for origin, label, sha in zip(chosen.origins, chosen.labels.tolist(), checksums(chosen.images), strict=True)
    )


def _copy_weights(base: PretrainedBase, into: Path) -> str:
    target = into / "weights" / base.path.name
    target.parent.mkdir(parents=True)
    shutil.copyfile(base.path, target)
    return str(target)


def _test_images(into: Path) -> str:
    path = into / "test-images.npy"
    np.save(path, patterns(), allow_pickle=False)
    return str(path)


def _needed(dataset: Dataset | ArrayDataset | None, protocol: Protocol) -> Dataset:
    if not isinstance(dataset, Dataset):
        raise AuthorError(
            f"{protocol.exercise}: a call of kind 'batches' or 'folders' needs image files, but `protocol.data` names no dataset of them."
        )
    return dataset


def _pool(dataset: Dataset, secret: bytes) -> list[Image]:
    """Return every image that may be shown to the student."""
    hidden = {image.sha256 for image in withheld(dataset, secret)}
    return [image for image in (*dataset.training, *dataset.validation) if image.sha256 not in hidden]


def _copy_images(dataset: Dataset, into: Path, secret: bytes) -> tuple[HandedImage, ...]:
    hidden = {image.sha256 for image in withheld(dataset, secret)}
    sets: tuple[tuple[Split, tuple[Image, ...], int], ...] = (
        ("training", dataset.training, MAX_TRAINING),
        ("validation", dataset.validation, MAX_VALIDATION),
    )
    chosen: list[tuple[Split, Image]] = []
    for split, available, most in sets:
        for class_name in dataset.classes:
            own = by_key((i for i in available if i.class_name == class_name and i.sha256 not in hidden), secret, f"handed {split}")
            chosen += [(split, image) for image in own[: most // len(dataset.classes)]]
    numbers = generator(keyed(secret, "numbers", dataset.digest)).permutation(len(chosen))
    handed = []
    for number, (split, image) in zip(numbers, chosen, strict=True):
        copy = f"data/{split}/{image.class_name}/{number:05}{image.path.suffix}"
        _copy(image, into / copy)
        handed.append(HandedImage(image.path, split, image.class_name, image.sha256, copy))
    return tuple(sorted(handed, key=lambda h: h.copy))


def _make_scenario(call: FoldersCall, scenario: FolderScenario, pool: list[Image], root: Path, secret: bytes) -> ScenarioFiles:
    """Make a source folder of one class's images, with zero-length files strewn evenly over it, and two empty target folders."""
    class_name = min({image.class_name for image in pool}, key=lambda c: keyed(secret, call.id, scenario.id, c))
    ordered = by_key(pool, secret, f"scenario {call.id} {scenario.id}")
    ordered.sort(key=lambda image: image.class_name != class_name)  # another class's only where one has too few
    if len(ordered) < call.images:
        raise UsageError(
            f"The call {call.id!r} needs {call.images} images, but the dataset holds {len(ordered)}.",
            hint="Import a larger part of the official data, or use the embedded data.",
        )
    total = call.images + call.empty
    random = generator(keyed(secret, "scenario", call.id, scenario.id))
    bounds = np.linspace(0, total, call.empty + 1).astype(int)
    empty = {int(random.randint(low, high)) for low, high in pairwise(bounds)}
    for name in ("source", "training", "validation"):
        (root / name).mkdir(parents=True)
    good, remaining = {}, iter(ordered)
    for number in range(total):
        if number in empty:
            target = root / "source" / f"{number:04}{ordered[0].path.suffix}"
            target.touch()
            os.utime(target, (_TIME, _TIME))
        else:
            image = next(remaining)
            target = root / "source" / f"{number:04}{image.path.suffix}"
            _copy(image, target)
            good[target.name] = image.sha256
    listing = [path.name for path in (root / "source").iterdir()]  # in the order in which os.listdir names them too
    return ScenarioFiles(root, {n: good[n] for n in listing if n in good}, tuple(n for n in listing if n not in good))


def _paths(root: Path, *, slash: bool) -> dict[str, str]:
    return {name: str(root / name) + (os.sep if slash else "") for name in ("source", "training", "validation")}


def _copy(image: Image, target: Path) -> None:
    """Copy an original, making sure that it is still what the manifest says."""
    try:
        data = image.path.read_bytes()
    except FileNotFoundError:
        data = b""
    if hashlib.sha256(data).hexdigest() != image.sha256:
        raise GraderError(f"{image.path} in the cache is missing or damaged.", hint="Run: grader data verify")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    os.utime(target, (_TIME, _TIME))


def _drawn_cases(call: TableCall, secret: bytes) -> tuple[tuple[Value, ...], ...]:
    if call.drawn is None:
        return ()
    if set(call.drawn.parameters) != set(call.parameters) or not set(call.drawn.ordered or ()) <= set(call.parameters):
        raise AuthorError(
            f"{call.id}: `drawn.parameters` and `drawn.ordered` must name the call's parameters: {', '.join(call.parameters)}."
        )
    random = generator(keyed(secret, "cases", call.id))
    found: list[tuple[Value, ...]] = []
    for _ in range(_MOST_DRAWS):
        if len(found) == call.drawn.count:
            break
        case = {name: _draw_value(call.drawn, name, random) for name in call.parameters}
        if call.drawn.ordered is None or _in_order(case[call.drawn.ordered[0]], case[call.drawn.ordered[1]]):
            found.append(tuple(case.values()))
    else:
        raise AuthorError(f"{call.id}: hardly any drawn case has {' ≤ '.join(call.drawn.ordered or ())}; choose other ranges.")
    return tuple(found)


def _draw_value(drawn: DrawnCases, name: str, random: np.random.RandomState) -> Value:
    choice = drawn.parameters[name]
    if isinstance(choice, DrawnHistory):
        return draw_history(choice, random)
    if isinstance(choice[0], int):
        return int(random.randint(choice[0], int(choice[1]) + 1))
    return choice[int(random.randint(len(choice)))]


def _in_order(smaller: Value, larger: Value) -> bool:
    return isinstance(smaller, int) and isinstance(larger, int) and smaller <= larger

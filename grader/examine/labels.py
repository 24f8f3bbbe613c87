"""Describes the labels that a pipeline yields: their encoding, and whether they follow the folders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.contracts.data_facts import LabelFacts

MANY = 100  # distinct labels beyond which counting them says nothing


@dataclass(frozen=True)
class Labels:
    """Labels reduced to one integer per image, where they are integers or one-hot; `values` is None otherwise."""

    encoding: str
    width: int
    values: npt.NDArray[np.int64] | None
    minimum: float | None = None
    maximum: float | None = None


def read_labels(raw: npt.NDArray[Any] | None) -> Labels:
    """Recognise the encoding of labels of shape (n,), (n, 1) or (n, classes)."""
    if raw is None:
        return Labels("none", 0, None)
    if raw.size == 0 or raw.dtype.kind not in "fiub" or raw.ndim > 2:
        return Labels("other", int(np.prod(raw.shape[1:])), None)
    numbers = np.asarray(raw, np.float64)
    width = 1 if numbers.ndim == 1 else numbers.shape[1]
    if not np.isfinite(numbers).all():
        return Labels("other", width, None)
    low, high = float(numbers.min()), float(numbers.max())
    whole = bool((numbers == np.round(numbers)).all()) and abs(low) < 1e6 and abs(high) < 1e6
    if width == 1 and whole:
        return Labels("integer", 1, numbers.reshape(-1).astype(np.int64), low, high)
    if width > 1 and whole and low >= 0 and high <= 1 and bool((numbers.sum(1) == 1).all()):
        return Labels("one-hot", width, numbers.argmax(1), low, high)
    return Labels("other", width, None, low, high)


def label_facts(
    labels: Labels, first_epoch: int, classes: Sequence[str | None], meant: Mapping[int, str] = MappingProxyType({})
) -> LabelFacts:
    """Return the facts. `classes`: per image the class of the handed-out image that it shows, None where not recognised.

    `meant`: which class a label stands for, for classes of which no image was recognised.
    """
    facts = LabelFacts.model_validate(
        {"encoding": labels.encoding, "width": labels.width, "minimum": labels.minimum, "maximum": labels.maximum}
    )
    if labels.values is None:
        return facts
    counts = Counter(labels.values[:first_epoch].tolist())
    pairs = Counter((name, int(label)) for name, label in zip(classes, labels.values, strict=True) if name is not None)
    by_class: dict[str, int] = {}
    for (name, label), _ in sorted(pairs.items(), key=lambda item: (-item[1], item[0])):
        by_class.setdefault(name, label)
    for label, name in meant.items():
        if name not in by_class and label not in by_class.values() and label in counts:
            by_class[name] = label
    known = sum(pairs.values())
    return facts.model_copy(
        update={
            "counts": {str(label): count for label, count in sorted(counts.items())} if len(counts) <= MANY else {},
            "by_class": dict(sorted(by_class.items())),
            "agreement": sum(pairs[name, label] for name, label in by_class.items()) / known if known else None,
        }
    )


def classes_of_labels(pairs: Iterable[tuple[int, str | None]]) -> dict[int, str]:
    """Return for each label the class that most of its images show, of (label, class or None where not recognised)."""
    counts = Counter((label, name) for label, name in pairs if name is not None)
    found: dict[int, str] = {}
    for (label, name), _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        found.setdefault(label, name)
    return found

"""Names of Keras and of notebooks, old and new: loads `names.yaml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from grader.contracts.base import Frozen

Names = tuple[str, ...]


class Vocabulary(Frozen):
    """What `names.yaml` holds; the file explains each part."""

    optimizers: frozenset[str]
    optimizer_arguments: dict[str, str]
    methods: dict[str, str]
    method_arguments: dict[str, str]
    dropped_arguments: frozenset[str]
    modules: dict[str, str]
    packages: dict[str, Names]
    public_modules: frozenset[str]
    engine: dict[str, str]
    course_only: frozenset[str]
    transparent_cell_magics: frozenset[str]
    not_run: dict[str, Names]


@cache
def vocabulary() -> Vocabulary:
    """Return the names as data."""
    text = Path(__file__).with_name("names.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return Vocabulary.model_validate(yaml.load(text, Loader=loader))  # noqa: S506  (both are safe loaders)

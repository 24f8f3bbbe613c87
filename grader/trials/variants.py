"""Reads what the files under `solutions/` say about themselves in their first lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from grader.contracts.base import Frozen
from grader.contracts.errors import AuthorError, UsageError
from grader.course.profiles import NATIVE

HEADERS = {  # folder (or the reference's own name) -> the keys of the first lines, in this order
    "solution": ("exercise",),
    "right": ("exercise", "right"),
    "wrong": ("exercise", "wrong", "fails", "cause", "says"),
    "experiments": ("exercise", "shows"),
}
CHECKOUT = Path(__file__).parents[2] / "solutions"
_HEADER = re.compile(r"# (\w+): (.+)")


class Variant(Frozen):
    """A file under `solutions/` and its header."""

    path: Path
    kind: str  # a key of HEADERS
    exercise: str
    profile: str = NATIVE
    right: str = ""  # in what it differs from the reference
    wrong: str = ""  # the mistake that it contains
    fails: str = ""  # criteria, separated by commas
    cause: str = ""  # stable id of the first cause
    says: str = ""  # a part of the first line of feedback
    shows: str = ""  # what an experiment compares it for

    @property
    def criteria(self) -> frozenset[str]:
        """The criteria that lose points."""
        return frozenset(name.strip() for name in self.fails.split(",") if name.strip())

    @property
    def mistake(self) -> str:
        """The id of the mistake, "m34"; "" where the file shows none."""
        found = re.match(r"m\d\d(?=-)", self.path.name)
        return found.group() if found else ""

    @property
    def title(self) -> str:
        """Its kind and name, "wrong/m34-counted-too-early", and the profile where it is for another than the exercise's own."""
        name = self.path.stem if self.kind == "solution" else f"{self.kind}/{self.path.stem}"
        return name if self.profile == NATIVE else f"{name} ({self.profile})"


def solutions_folder(given: Path | None = None) -> Path:
    """Return the folder of solutions: the given one, or the checkout's. Raises `UsageError` where there is none."""
    folder = given or CHECKOUT
    if not folder.is_dir():
        raise UsageError(
            f"There is no folder of solutions at {folder}.",
            hint="They are not part of an installed grader: name the `solutions` folder of a checkout with --solutions.",
        )
    return folder.resolve()


def read_variants(solutions: Path, exercise: str | None = None, profile: str | None = NATIVE) -> tuple[Variant, ...]:
    """Return the files under `solutions/`, of one exercise or of all, under one profile or (None) under any.

    Raises `AuthorError` for a header that cannot be used.
    """
    return tuple(variant for variant in _read(solutions, exercise or "*") if profile in (None, variant.profile))


def _read(solutions: Path, exercise: str) -> Iterator[Variant]:
    for path in sorted(path for path in solutions.glob(f"{exercise}/**/*") if path.suffix in {".py", ".ipynb"}):
        kind = path.stem if path.parent.parent == solutions else path.parent.name
        found = list(_headers(path))
        keys = tuple(key for key, _ in found if key != "profile")  # which may follow the exercise
        wanted = HEADERS.get(kind)
        if wanted is None or keys != wanted:
            asked = ", ".join(wanted) if wanted else f"a folder that is one of {', '.join(list(HEADERS)[1:])}"
            raise AuthorError(
                f"{path.relative_to(solutions)}: the first lines hold {', '.join(keys) or 'no header'}; expected: {asked}.",
                hint="solutions/README.md describes the lines at the top of each file.",
            )
        yield Variant(path=path, kind=kind, **dict(found))


def _headers(path: Path) -> Iterator[tuple[str, str]]:
    for line in _source(path).splitlines():
        header = _HEADER.fullmatch(line)
        if header is None:
            return
        yield header[1], header[2]


def _source(path: Path) -> str:
    """Return the text; of a notebook, its first code cell."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    return next("".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "code")

"""Writes Gradescope's autograder.zip: two scripts, this grader, pinned requirements, one exercise, and the secret where that is asked."""

from __future__ import annotations

import io
import shlex
import zipfile
from collections.abc import Iterator
from pathlib import Path

import grader
from grader import course
from grader.datasets import DATASETS

from .requirements import pinned

_SCRIPTS = Path(__file__).parent / "files" / "gradescope"
_PACKAGE = Path(grader.__file__).parent
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first day of a zip's calendar: equal content is to give equal bytes
_IGNORED = {"__pycache__", ".DS_Store"}


def write_gradescope(exercise: course.Exercise, secret: bytes | None) -> bytes:
    """Return the zip of an exercise; `secret`: what the hidden images are drawn from, None for the public practice ones.

    It holds no other exercise and no solution.
    """
    drawn = DATASETS.get(exercise.protocol.data or "")
    data = drawn.name if drawn is not None and drawn.drawn is not None else ""
    files: dict[str, tuple[bytes, bool]] = {
        **{path.name: (path.read_bytes().replace(b"\r\n", b"\n"), True) for path in _SCRIPTS.iterdir()},
        "requirements.txt": ("".join(f"{line}\n" for line in pinned()).encode(), False),
        "exercise.env": (_variables(EXERCISE=exercise.name, PROFILE=exercise.profile, DATASET=data), False),
        **{name: (path.read_bytes(), False) for name, path in _course(exercise)},
        **{f"package/grader/{name}": (path.read_bytes(), False) for name, path in _files(_PACKAGE)},
    }
    if secret is not None:
        files["holdout.secret"] = (secret + b"\n", False)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in sorted(files):
            content, executable = files[name]
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.create_system = 3  # Unix, so that the rights count
            entry.external_attr = (0o100755 if executable else 0o100644) << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 6)
    return stream.getvalue()


def _variables(**values: str) -> bytes:
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items()).encode()


def _course(exercise: course.Exercise) -> Iterator[tuple[str, Path]]:
    """Yield what the course has of the exercise, where an installed grader has it."""
    top = "package/grader/course/files"
    yield f"{top}/rubrics/{exercise.name}.yaml", exercise.rubric_path
    for name, path in _files(exercise.folder):
        yield f"{top}/exercises/{exercise.name}/{name}", path


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and not _IGNORED & set(name.parts) and name.parts[:2] != ("course", "files"):
            yield name.as_posix(), path

"""A run as a folder of pages: a front page for the instructor, a page for each student; written whole or not at all."""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from grader import course
from grader.contracts.errors import GraderError, UsageError
from grader.course.translated import title_of
from grader.report.class_facts import Concern, Student, Work, overview, work_of
from grader.report.class_html import Given, Handed, index_page, moment, student_page
from grader.words.marks import MARKS

from .attention import KINDS, needs_a_human
from .gradebook import Cell, gradebook
from .reading import Reader

MARKER = ".grader-site"  # tells a folder that may be replaced from one that holds something else
INDEX = "index.html"
_LONGEST = 40  # letters of a name in the name of a file


def write_site(store: Reader, folder: Path, *, order: Sequence[str]) -> int:
    """Write every page of a run into `folder`, in the place of an earlier site; return how many students there are.

    Raises `UsageError` where `folder` holds something else, `GraderError` where it cannot be written: what was there then stays.
    """
    _require_free(folder)
    draft = folder.parent / f".{folder.name}.{secrets.token_hex(4)}.tmp"
    try:
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            _remove_drafts(folder)
            (draft / "students").mkdir(parents=True)
            draft.chmod(0o700)  # it names everyone
            (draft / MARKER).write_text("Written by `grader report`; replaced as a whole by the next one.\n", encoding="utf-8")
            count = _pages(store, draft, order)
            _put(draft, folder)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
    except OSError as error:
        raise GraderError(f"{folder} could not be written: {error.strerror or error}.", hint="Is there space left on the disk?") from error
    return count


def write_student(store: Reader, student: str, *, order: Sequence[str]) -> str:
    """Return one student's page without a way to the others'. Raises `UsageError` for somebody whom the run does not know."""
    book = gradebook(store, order, store.roster())
    if student not in book.rows:
        raise UsageError(f"{student!r} is not in this run.", hint=f"`grader gradebook {store.folder}` lists who is.")
    return student_page(student, _handed(store, student, book.rows[student]))


def page_name(student: str) -> str:
    """Return the name of a student's page: harmless on every file system, and another one for every student."""
    letters = unicodedata.normalize("NFKD", student).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:_LONGEST].strip("-")
    tail = hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{slug or 'student'}-{tail}.html"


def _pages(store: Reader, draft: Path, order: Sequence[str]) -> int:
    book = gradebook(store, order, store.roster())
    concerns: dict[str, list[Concern]] = {}
    for one in needs_a_human(store):
        concerns.setdefault(one.student, []).append(Concern(KINDS[one.kind], "" if one.exercise == "?" else one.exercise, one.why))
    students, newest = [], 0.0
    for name in sorted({*book.rows, *concerns}):
        handed = _handed(store, name, book.rows.get(name, {}))
        address = f"students/{page_name(name)}"
        (draft / address).write_text(student_page(name, handed, back=f"../{INDEX}"), encoding="utf-8", newline="\n")
        students.append(Student(name, address, {one.work.exercise: one.work for one in handed}, tuple(concerns.get(name, ()))))
        newest = max([newest, *(mark.made for one in handed for mark in one.history)])
    titles = {name: title_of(course.load(name)) for name in book.exercises}
    front = index_page(overview(students, titles), name=store.folder.resolve().name, asof=moment(newest) if newest else "")
    (draft / INDEX).write_text(front, encoding="utf-8", newline="\n")
    return len(students)


def _handed(store: Reader, student: str, cells: dict[str, Cell]) -> list[Handed]:
    """Return what a student has in each exercise; what could not be read may be of any."""
    rows = store.rows(student)
    found = []
    for name, cell in cells.items():
        title = title_of(course.load(name))
        if cell.points is None or cell.raw is None:
            why = next((row.message for row in rows if row.state == cell.state and row.exercise in (name, None)), "")
            found.append(Handed(title, Work(name, cell.state, max_points=cell.max_points), why=why))
            continue
        marked = next(row for row in rows if row.exercise == name and row.state == "done")
        history = store.history(marked.id, pictures=True)
        found.append(
            Handed(
                title,
                work_of(history[-1].report, deducted=cell.raw - cell.points),
                history[-1].report,
                tuple(Given(mark.made, mark.report.points, mark.report.max_points, MARKS.spoken(mark.why)) for mark in history),
                cell.late,
            )
        )
    return found


def _require_free(folder: Path) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise UsageError(f"{folder} is no folder.", hint="Name another with -o.")
    if folder.is_dir() and not (folder / MARKER).is_file() and any(folder.iterdir()):
        raise UsageError(f"{folder} holds something that `grader report` did not write.", hint="Name an empty or a new folder with -o.")


def _put(draft: Path, folder: Path) -> None:
    """Put a finished folder into the place of the old one, which comes back where that fails."""
    if not folder.exists():
        draft.rename(folder)
        return
    old = draft.with_suffix(".old.tmp")
    folder.rename(old)
    try:
        draft.rename(folder)
    except BaseException:
        old.rename(folder)
        raise
    shutil.rmtree(old)


def _remove_drafts(folder: Path) -> None:
    """Remove what a killed `grader report` left behind: it names students, too."""
    for left in folder.parent.glob(f".{folder.name}.*.tmp"):
        if not folder.exists() and left.name.endswith(".old.tmp"):
            left.rename(folder)  # killed between two renames: the good one is this
        else:
            shutil.rmtree(left)

"""`grader report` and `grader similar`: folders and files that they write, leave alone, and forget."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from grader import course
from grader.assembling import conclude
from grader.cli import main
from grader.contracts.errors import GraderError, UsageError
from grader.contracts.evidence import Evidence
from grader.judge import load_rubric
from grader.runs import site
from grader.runs.collect import Handed
from grader.runs.override import with_overrides
from grader.runs.reading import Reader
from grader.runs.site import INDEX, MARKER, page_name, write_site
from grader.runs.store import Store
from grader.submission import read_submission

from .conftest import PADDED, SOLUTION, STARTER

HOSTILE = "../../<b>eve</b>"
CLASS = {"ada": SOLUTION, "bob": PADDED, "carl": STARTER, HOSTILE: SOLUTION}


@pytest.fixture
def run(tmp_path: Path, measured: dict[str, Evidence]) -> Path:
    """A run of four students, one of whom a human has decided about, and of a file that is no Python."""
    folder = tmp_path / "week1"
    with Store(folder, create=True) as store:
        ids = set()
        for number, (student, file) in enumerate(CLASS.items()):
            handed = tmp_path / f"{number}.py"
            shutil.copy(file, handed)
            row = store.add(Handed(student, handed))
            ids.add(row.id)
            submission = read_submission(handed)
            asked = course.load(submission.exercise)
            evidence = measured[read_submission(file).digest]
            report = conclude(submission, asked, load_rubric(asked), evidence, data="embedded", official=True)
            store.finish(row, submission, file.name, evidence, report, "graded")
            if student == "bob":
                decided = with_overrides(report, {"conv-148": (1.0, "half of it is right")})
                store.judge_again([(row.id, decided)], "decided by hand: half of it is right", by_hand=True)
        broken = tmp_path / "dora.py"
        broken.write_text("def f(:\n", encoding="utf-8")
        row = store.add(Handed("dora", broken))
        store.settle(row, "unreadable", "line 1: this is no Python")
        store.only(ids | {row.id})
        store.note("roster", '["ada", "zoe"]')
    return folder


@pytest.fixture
def reader(run: Path) -> Iterator[Reader]:
    with Reader(run) as reader:
        yield reader


def write(reader: Reader, folder: Path) -> int:
    return write_site(reader, folder, order=course.names())


def everything(folder: Path) -> str:
    return "".join(f"{file.name}\n{file.read_text(encoding='utf-8')}" for file in sorted(folder.rglob("*")) if file.is_file())


def test_a_page_for_everyone_and_a_way_to_each(reader: Reader, tmp_path: Path) -> None:
    assert write(reader, tmp_path / "site") == 6
    front = (tmp_path / "site" / INDEX).read_text(encoding="utf-8")
    for student in (*CLASS, "dora", "zoe"):
        assert f'href="students/{page_name(student)}"' in front
        assert (tmp_path / "site/students" / page_name(student)).is_file()
    assert "Could not be read: 1" in front
    bob = (tmp_path / "site/students" / page_name("bob")).read_text(encoding="utf-8")
    assert "decided by hand: half of it is right" in bob
    assert bob.count("<td>graded</td>") == 1
    assert 'href="../index.html"' in bob
    assert (tmp_path / "site").stat().st_mode & 0o077 == 0  # it names everyone


def test_a_student_s_page_names_nobody_else(reader: Reader, tmp_path: Path) -> None:
    write(reader, tmp_path / "site")
    for student in CLASS:
        page = (tmp_path / "site/students" / page_name(student)).read_text(encoding="utf-8")
        assert not [other for other in ("ada", "bob", "carl", "dora", "zoe", "eve") if f">{other}<" in page and other != student]


def test_written_again_it_is_the_same(reader: Reader, tmp_path: Path) -> None:
    write(reader, tmp_path / "site")
    first = everything(tmp_path / "site")
    write(reader, tmp_path / "site")
    assert everything(tmp_path / "site") == first
    assert sorted(path.name for path in tmp_path.glob(".*")) == []


@pytest.mark.parametrize("fails", ["index_page", "student_page", "_put"])
def test_a_site_that_cannot_be_finished_leaves_the_earlier_one(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    write(reader, tmp_path / "site")
    before = everything(tmp_path / "site")

    def full(*_: object, **__: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(site, fails, full)
    with pytest.raises(GraderError, match="No space left"):
        write(reader, tmp_path / "site")
    assert everything(tmp_path / "site") == before
    assert list(tmp_path.glob(".site*")) == []


def test_what_a_killed_one_left_is_put_right(reader: Reader, tmp_path: Path) -> None:
    write(reader, tmp_path / "site")
    (tmp_path / "site").rename(tmp_path / ".site.aa.old.tmp")  # killed between the two renames
    (tmp_path / ".site.bb.tmp").mkdir()
    write(reader, tmp_path / "site")
    assert (tmp_path / "site" / INDEX).is_file()
    assert list(tmp_path.glob(".site*")) == []


def test_a_folder_of_something_else_is_left_alone(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.tex").write_text("years", encoding="utf-8")
    with pytest.raises(UsageError, match="did not write"):
        write(reader, tmp_path / "mine")
    assert (tmp_path / "mine/thesis.tex").read_text(encoding="utf-8") == "years"
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    with pytest.raises(UsageError, match="is no folder"):
        write(reader, tmp_path / "link")


def test_who_is_forgotten_is_in_no_page(run: Path, tmp_path: Path) -> None:
    with Reader(run) as reader:
        write(reader, tmp_path / "site")
    assert "bob" in everything(tmp_path / "site")
    with Store(run) as store:
        store.forget("bob")
    with Reader(run) as reader:
        write(reader, tmp_path / "site")
    assert "bob" not in everything(tmp_path / "site")
    assert "half of it is right" not in everything(tmp_path / "site")


@pytest.mark.parametrize(
    "name", ["Ada Lovelace", "../../etc/passwd", "con", "a" * 300, "", ".", "名前", "é" * 200, "x\n\x00y", "\udcff", "<b>", "A", "a"]
)
def test_any_name_makes_a_harmless_name_of_a_file(name: str) -> None:
    made = page_name(name)
    assert made.removesuffix(".html").replace("-", "").isalnum()
    assert made.isascii()
    assert made == made.lower()
    assert len(made) < 60


def test_names_of_files_differ_where_students_do() -> None:
    names = ["A", "a", "á", "a ", "a-", "名", "前"]
    assert len({page_name(name) for name in names}) == len(names)


@pytest.fixture
def grader(run: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.chdir(run.parent)
    monkeypatch.setenv("COLUMNS", "80")
    return lambda *arguments: CliRunner().invoke(main, [str(one) for one in arguments], prog_name="grader")


def test_as_an_instructor_types_it(grader: Callable[..., Result]) -> None:
    done = grader("report", "week1")
    assert done.output == "Written: week1/site/index.html and the pages of 6 students. It names everyone: keep it to yourself.\n"
    assert Path("week1/site", MARKER).is_file()
    assert grader("report", "week1", "--student", "ada", "-o", "ada.html").output == "Written: ada.html\n"
    assert "index.html" not in Path("ada.html").read_text(encoding="utf-8")
    assert grader("report", "week1", "--student", HOSTILE).output == f"Written: {page_name(HOSTILE)}\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("report", "nowhere"), "is no run"),
        (("report", "week1", "-o", "."), "did not write"),
        (("report", "week1", "--student", "nobody"), "'nobody' is not in this run"),
        (("report", "week1", "--student", "ada", "-o", "0.py"), "does not go into a .py file"),
        (("similar", "week1", "--exercise", "cats-vs-dogs"), "Nothing of cats-vs-dogs was graded"),
        (("similar", "week1", "-o", "no/where.html"), "does not exist"),
    ],
)
def test_a_wrong_request_is_a_sentence(grader: Callable[..., Result], arguments: tuple[str, ...], words: str) -> None:
    done = grader(*arguments)
    assert done.exit_code == 2
    assert words in " ".join(done.stderr.split())


def test_likely_copies_and_equal_networks(grader: Callable[..., Result]) -> None:
    done = grader("similar", "week1", "--at-least", "0.5")
    words = " ".join(done.output.split())
    assert "alike." in words
    assert "That is a reason to look, not a verdict." in words
    assert f"{HOSTILE} ada output-shapes 100.0%" in words
    assert "output-shapes: 2 students share 1 network; the commonest is that of 2." in words
    assert "no sign of copying" in words
    page = Path("week1/similar.html").read_text(encoding="utf-8")
    assert "<b>eve" not in page
    assert "Side by side" in page

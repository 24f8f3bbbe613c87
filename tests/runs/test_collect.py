"""What a class hands in is found however it was exported, and nothing leads out of an archive."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from grader.contracts.errors import UsageError
from grader.runs import collect
from grader.runs.gradebook import read_roster

LAYOUTS = {
    "a file per student": (["alice.py", "bob.ipynb", "carl.zip"], [("alice", 1), ("bob", 1), ("carl", 1)]),
    "a folder per student": (["alice/submission.py", "bob/work.ipynb", "bob/notes.txt"], [("alice", 1), ("bob", 1)]),
    "nothing that can be read": (["alice/essay.docx"], [("alice", 1)]),
    "several exercises each": (["alice/week1.py", "alice/week2.py"], [("alice", 1), ("alice", 1)]),
    "nbgrader": (["alice/week1/week1.ipynb", "alice/week1/timestamp.txt", "bob/week1/week1.ipynb"], [("alice", 1), ("bob", 1)]),
    "Moodle, folders": (["Ana Lúcia_1234_assignsubmission_file_/submission.py"], [("Ana Lúcia_1234", 1)]),
    "Moodle, flat": (["Ana Lúcia_1234_assignsubmission_file_submission.py"], [("Ana Lúcia_1234", 1)]),
    "Canvas": (
        ["doejane_12345_67890_submission.py", "doejane_12345_67891_submission-1.py", "roerichard_LATE_222_333_week 1.ipynb"],
        [("doejane_12345", 1), ("doejane_12345", 2), ("roerichard_222", 1)],
    ),
    "Gradescope": (["assignment_1_export/submission_99/submission.py", "assignment_1_export/submission_100/a.py"], [("100", 1), ("99", 1)]),
    "what systems leave behind": (
        ["alice/submission.py", "alice/.ipynb_checkpoints/submission-checkpoint.ipynb", "__MACOSX/alice/._submission.py", ".DS_Store"],
        [("alice", 1)],
    ),
}


@pytest.mark.parametrize("zipped", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_layout_is_understood(tmp_path: Path, layout: str, zipped: bool) -> None:
    files, expected = LAYOUTS[layout]
    if zipped:
        source = tmp_path / "export.zip"
        with zipfile.ZipFile(source, "w") as archive:
            for name in files:
                archive.writestr(name, "x = 1\n")
    else:
        source = tmp_path / "export"
        for name in files:
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_text("x = 1\n", encoding="utf-8")
    found = collect(source, tmp_path / "unpacked")
    assert [(handed.student, handed.attempt) for handed in found] == expected
    assert all(handed.path.exists() for handed in found)
    assert collect(source, tmp_path / "unpacked") == found


@pytest.mark.parametrize("name", ["../outside.py", "/etc/outside.py", "a/../../outside.py", "C:/outside.py"])
def test_nothing_leads_out_of_an_archive(tmp_path: Path, name: str) -> None:
    source = tmp_path / "export.zip"
    with zipfile.ZipFile(source, "w") as archive:
        archive.writestr(name, "x = 1\n")
    with pytest.raises(UsageError, match="leads outside"):
        collect(source, tmp_path / "unpacked")
    assert not list(tmp_path.rglob("outside.py"))


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "class/alice").mkdir(parents=True)
    (tmp_path / "class/alice/submission.py").write_text("x = 1\n")
    (tmp_path / "secret.py").write_text("x = 2\n")
    (tmp_path / "class/bob.py").symlink_to(tmp_path / "secret.py")
    (tmp_path / "class/alice/link.py").symlink_to(tmp_path / "secret.py")
    assert [handed.path.name for handed in collect(tmp_path / "class", tmp_path)] == ["submission.py"]


@pytest.mark.parametrize(("make", "words"), [(None, "There is no file"), ("", "holds no submissions"), ("no zip", "cannot be unpacked")])
def test_what_cannot_be_collected_is_said(tmp_path: Path, make: str | None, words: str) -> None:
    source = tmp_path / "class"
    if make == "":
        source.mkdir()
    elif make:
        source = source.with_suffix(".zip")
        source.write_text(make)
    with pytest.raises(UsageError, match=words):
        collect(source, tmp_path / "unpacked")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("student,name\nalice,Alice A.\nbob,\n", ("alice", "bob")),
        ("\ufeffName;x\n", ("Name;x",)),
        ("name,login\n\nAlice,aa1\n,\n", ("aa1",)),
        ("alice\nbob\n", ("alice", "bob")),
    ],
)
def test_a_roster_names_the_students(tmp_path: Path, text: str, expected: tuple[str, ...]) -> None:
    (tmp_path / "roster.csv").write_text(text, encoding="utf-8")
    assert read_roster(tmp_path / "roster.csv") == expected


@pytest.mark.parametrize(
    ("data", "words"), [(b"", "is empty"), (b"student\na\na\n", "more than once"), (b"\xff\xfe\x00", "cannot be read")]
)
def test_a_wrong_roster_is_said(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "roster.csv").write_bytes(data)
    with pytest.raises(UsageError, match=words):
        read_roster(tmp_path / "roster.csv")

"""What a class hands in is found however it was exported, and nothing leads out of an archive."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from grader.contracts.errors import UsageError
from grader.runs.collect import collect
from grader.runs.store import content_of

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
    found = collect(tmp_path / "class", tmp_path)
    assert [(handed.student, handed.path.name) for handed in found] == [("alice", "submission.py"), ("bob", "bob.py")]
    assert content_of(found[1].path) != content_of(tmp_path / "secret.py")  # the link itself, which grading refuses


def test_what_is_nobodys_is_said(tmp_path: Path) -> None:
    for name in ("alice.py", "grades.csv", "bob_12_assignsubmission_file_essay.docx", "submission_metadata.yml", ".DS_Store"):
        (tmp_path / name).write_text("x = 1\n")
    said: list[str] = []
    assert [handed.student for handed in collect(tmp_path, tmp_path, left_out=said.append)] == ["alice", "bob_12"]
    assert said == ["grades.csv"]


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

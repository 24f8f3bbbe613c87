"""Bad input gets a sentence and a next step; good input is found wherever it lies."""

from __future__ import annotations

import json
import os
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest

from grader.contracts.errors import ExitCode, SubmissionError, UsageError
from grader.submission import read_submission
from grader.submission.files import MAX_NOTEBOOK, MAX_SOURCE

GOOD = "def create_model():\n    return 1\n"


def refused(path: Path) -> SubmissionError:
    with pytest.raises(SubmissionError) as caught:
        read_submission(path, "cats-vs-dogs")
    assert caught.value.exit_code == ExitCode.UNREADABLE_SUBMISSION
    assert caught.value.hint
    return caught.value


# (file name, content, part of the message)
BAD = {
    "empty": ("a.py", b"", "is empty"),
    "only spaces": ("a.py", b" \n\n", "is empty"),
    "binary": ("a.py", b"\x89HDF\r\n\x1a\n\0\0", "binary"),
    "prose": ("a.py", b"Dear teacher\nmy dog ate it\n", "not Python"),
    "a web page": ("a.py", b"<!DOCTYPE html>\n<p>x=1</p>", "web page"),
    "a notebook named .py": ("a.py", b'{"cells": [], "metadata": {}, "x": true}\n)', "is a notebook"),
    "not UTF-8": ("a.py", b"x = '\xe9'\n", "UTF-8"),
    "not UTF-8, far down": ("a.py", b"x = 1\n" * 5 + b"y = '\xe9'\n", "line 6"),
    "UTF-16": ("a.py", "x = 1\n".encode("utf-16"), "UTF-16"),
    "unknown cookie": ("a.py", b"# coding: klingon\nx = 1\n", "no other encoding"),
    "a cookie that is no encoding of text": ("a.py", b"# coding: rot13\nk = 1\n", "rot13"),
    "another suffix": ("a.docx", b"PK", "neither Python"),
    "no JSON": ("a.ipynb", b"def create_model(): pass", "is no JSON"),
    "half a notebook": ("a.ipynb", b'{"cells": [', "damaged"),
    "JSON, no notebook": ("a.ipynb", b'{"a": 1}', "no list of cells"),
    "a JSON list": ("a.ipynb", b"[1]", "no notebook"),
    "deep JSON": ("a.ipynb", b"[" * 100_000, "nested too deeply"),
    "print statement": ("a.py", b"import os\nprint 'x'\n", "line 2"),
    "unclosed bracket": ("a.py", b"x = 1\ny = (1,\nz = 2\n", "'(' was never closed"),
    "tabs": ("a.py", b"if 1:\n        x = 1\n\ty = 2\n", "line 3"),
    "return outside": ("a.py", b"x = 1\nreturn x\n", "outside function"),
    "no zip": ("a.zip", b"PK but no", "not a zip"),
    "nested too deeply": ("a.py", b"x = " + b"(" * 5000 + b")" * 5000, "line 1"),
    "a long number": ("a.py", b"x = " + b"1" * 5000, "line 1"),
}


@pytest.mark.parametrize(("name", "data", "message"), BAD.values(), ids=BAD)
def test_bad_files_get_a_sentence(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(SubmissionError) as caught:
        read_submission(path, "cats-vs-dogs")
    assert message in caught.value.message
    assert caught.value.message.startswith(name)


@pytest.mark.parametrize(
    ("source", "caret", "hint"),
    [
        ("x = 1\nprint 'a'\n", "    print 'a'\n    ^", "print(...)"),
        ("x = foo(1,\ny = 2\n", "    x = foo(1,\n           ^", "close it"),
        ("if 1:\n        x = 1\n\ty = 2\n", "", "four spaces"),
        ("def f():\nx = 1\n", "    x = 1\n    ^", "indented statement"),
        ("```python\nx = 1\n```\n", "    ```python\n    ^", "Take out the line of ```"),
        ("x = 1\n2nd_model = x\n", "    2nd_model = x\n    ^", "begin with a digit"),
        ("x = “a”\n", "    x = “a”\n        ^", "word processors"),
    ],
)
def test_a_syntax_error_is_shown_with_line_caret_and_explanation(tmp_path: Path, source: str, caret: str, hint: str) -> None:
    path = tmp_path / "a.py"
    path.write_text(source, encoding="utf-8")
    error = refused(path)
    assert caret in error.message
    assert hint in error.hint


def test_no_such_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no file or folder") as caught:
        read_submission(tmp_path / "nothing.py")
    assert caught.value.exit_code == ExitCode.USAGE


@pytest.mark.parametrize(("name", "size"), [("a.py", MAX_SOURCE), ("a.ipynb", MAX_NOTEBOOK), ("a.ipynb", 100_000_000)])
def test_large_files_are_refused_unread(tmp_path: Path, name: str, size: int) -> None:
    path = tmp_path / name
    with path.open("wb") as file:
        file.truncate(size + 1)  # sparse
    assert "larger than" in refused(path).message


@pytest.mark.parametrize("text", ["x = 1\n" * 5001, "if 1:\n" + "    x = 1\n" * 5001])
def test_a_flood_of_statements_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.py").write_text(text)
    assert "at most 5000" in refused(tmp_path / "a.py").message


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.py")
    assert "not a regular file" in refused(tmp_path / "a.py").message
    assert "not a regular file" in refused(tmp_path).message


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(GOOD)
    path.chmod(0)
    assert "permission denied" in refused(path).message


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + GOOD.encode(),
        b"# -*- coding: latin-1 -*-\n# \xe9\n" + GOOD.encode(),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.replace("\n", "\r").encode(),
    ],
    ids=["BOM", "latin-1", "CRLF", "CR"],
)
def test_encodings_and_line_ends(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(data)
    submission = read_submission(path, "cats-vs-dogs")
    assert submission.source.strip() == GOOD.strip()


# (files in a folder, what is read or part of the message)
FOLDERS = {
    "the only one": (["work.py", "notes.txt"], "work.py"),
    "the preferred one": (["submission.py", "old.py"], "submission.py"),
    "a notebook": (["week1.ipynb"], "week1.ipynb"),
    "hidden files": ([".hidden.py", "__init__.py", "a.py"], "a.py"),
}


@pytest.mark.parametrize(("names", "expected"), FOLDERS.values(), ids=FOLDERS)
@pytest.mark.parametrize("packed", [False, True])
def test_finds_the_one_submission(tmp_path: Path, names: list[str], expected: str, packed: bool) -> None:
    folder = tmp_path / "handin"
    folder.mkdir()
    empty = json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": []})
    for name in names:
        (folder / name).write_text(empty if name.endswith(".ipynb") else GOOD)
    path = folder
    if packed:
        path = tmp_path / "handin.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("__MACOSX/handin/._a.py", b"\0")
            for name in names:
                archive.write(folder / name, f"handin/{name}")
    assert read_submission(path, "cats-vs-dogs").file.endswith(expected)


@pytest.mark.parametrize(
    ("names", "message"), [(["a.py", "b.py"], "a.py, b.py"), (["submission.py", "submission.ipynb"], "several"), (["a.txt"], "no .py")]
)
def test_folders_that_do_not_hold_exactly_one(tmp_path: Path, names: list[str], message: str) -> None:
    for name in names:
        (tmp_path / name).write_text(GOOD)
    assert message in refused(tmp_path).message


def test_a_folder_of_folders_says_where_submissions_are(tmp_path: Path) -> None:
    for name in ("week2", "week1", "notes"):
        (tmp_path / name).mkdir()
        (tmp_path / name / ("readme.txt" if name == "notes" else "submission.py")).write_text(GOOD)
    assert refused(tmp_path).hint == "There is one in week1, week2: name them."


def test_links_out_of_a_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text(GOOD)
    folder = tmp_path / "handin"
    folder.mkdir()
    (folder / "submission.py").symlink_to(tmp_path / "secret.py")
    assert "is a link" in refused(folder).message


def zip_with(path: Path, name: str, data: bytes = GOOD.encode(), mode: int = 0, flags: int = 0) -> Path:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, data)
    if flags:  # written into both headers, as an encrypting packer does
        raw = bytearray(path.read_bytes())
        for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            raw[raw.index(signature) + offset] |= flags
        path.write_bytes(bytes(raw))
    return path


ZIPS: dict[str, tuple[dict[str, Any], str]] = {
    "path traversal": ({"name": "../submission.py"}, "unsafe path"),
    "absolute": ({"name": "/etc/submission.py"}, "unsafe path"),
    "drive": ({"name": "C:/submission.py"}, "unsafe path"),
    "link": ({"name": "submission.py", "mode": stat.S_IFLNK | 0o777}, "holds a link"),
    "encrypted": ({"name": "submission.py", "flags": 1}, "password"),
    "bomb": ({"name": "submission.py", "data": b"#" * (MAX_SOURCE + 1)}, "larger than"),
    "nothing in it": ({"name": "readme.txt"}, "no .py"),
}


@pytest.mark.parametrize(("entry", "message"), ZIPS.values(), ids=ZIPS)
def test_unsafe_zips_are_refused(tmp_path: Path, entry: dict[str, Any], message: str) -> None:
    before = set(tmp_path.parent.rglob("*"))
    path = zip_with(tmp_path / "a.zip", **entry)
    assert message in refused(path).message
    assert set(tmp_path.parent.rglob("*")) - before == {path}


def test_a_zip_that_lies_about_sizes(tmp_path: Path) -> None:
    path = zip_with(tmp_path / "a.zip", "submission.py", b"#" * (MAX_SOURCE + 1))
    raw = path.read_bytes()
    path.write_bytes(raw.replace((MAX_SOURCE + 1).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    refused(path)

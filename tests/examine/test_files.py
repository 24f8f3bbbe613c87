"""Artifacts that lie about their form: every one gives a reason, none crashes or blocks."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.contracts.artifacts import Artifact
from grader.examine.readers.files import MAX_JSON_BYTES, Unreadable, open_array, read_artifact

GOOD = {"call": "sizes", "returned": "table", "payload": {"kind": "table", "rows": [{"value": 148, "value_type": "int"}]}}


def test_a_good_artifact_is_read(tmp_path: Path) -> None:
    (tmp_path / "sizes.json").write_text(json.dumps(GOOD))
    artifact = read_artifact(tmp_path, "sizes")
    assert isinstance(artifact, Artifact)
    assert artifact.payload is not None


BAD_TEXT = {
    "empty": "",
    "no JSON": "hello",
    "cut": json.dumps(GOOD)[:-1],
    "list": "[]",
    "another call": json.dumps(GOOD | {"call": "model"}),
    "unknown key": json.dumps(GOOD | {"points": 20}),
    "wrong type": json.dumps(GOOD | {"seconds": "1.0"}),
    "duplicate key": '{"call": "sizes", "call": "sizes"}',
    "NaN": '{"call": "sizes", "seconds": NaN}',
    "infinity": '{"call": "sizes", "seconds": -Infinity}',
    "huge float": '{"call": "sizes", "seconds": 1e999}',
    "huge integer": '{"call": "sizes", "seconds": ' + "9" * 5000 + "}",
    "deep": '{"call": "sizes", "payload": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "deep in a config": '{"call": "sizes", "payload": {"kind": "model", "model_class": "M", "config": {"a": '
    + "[" * 150
    + "]" * 150
    + "}}}",
    "long text": json.dumps(GOOD | {"returned": "x" * 1000}),
    "too large": json.dumps(GOOD) + " " * MAX_JSON_BYTES,
}


@pytest.mark.parametrize("name", BAD_TEXT)
def test_bad_json_is_unreadable(tmp_path: Path, name: str) -> None:
    (tmp_path / "sizes.json").write_text(BAD_TEXT[name])
    assert isinstance(read_artifact(tmp_path, "sizes"), Unreadable)


def test_broken_unicode_is_mended(tmp_path: Path) -> None:
    (tmp_path / "sizes.json").write_bytes(b'{"call": "sizes", "returned": "\\ud800 \\ud83d\\ude00 \xff"}')
    artifact = read_artifact(tmp_path, "sizes")
    assert isinstance(artifact, Artifact)
    assert artifact.returned == "\ufffd \U0001f600 \ufffd"


def test_missing_and_misnamed(tmp_path: Path) -> None:
    assert isinstance(read_artifact(tmp_path, "sizes"), Unreadable)
    assert isinstance(read_artifact(tmp_path, "../sizes"), Unreadable)
    assert isinstance(read_artifact(tmp_path / "nowhere", "sizes"), Unreadable)


@pytest.mark.skipif(os.name == "nt", reason="needs links and pipes")
def test_links_pipes_and_folders_are_not_followed(tmp_path: Path) -> None:
    real, folder = tmp_path / "real", tmp_path / "artifacts"
    real.mkdir()
    folder.mkdir()
    (real / "sizes.json").write_text(json.dumps(GOOD))
    makers: dict[str, Any] = {
        "symbolic link": lambda path: path.symlink_to(real / "sizes.json"),
        "dangling link": lambda path: path.symlink_to(real / "nothing"),
        "hard link": lambda path: path.hardlink_to(real / "sizes.json"),
        "pipe": os.mkfifo,
        "folder": lambda path: path.mkdir(),
    }
    for what, make in makers.items():
        path = folder / "sizes.json"
        make(path)
        assert isinstance(read_artifact(folder, "sizes"), Unreadable), what
        path.rmdir() if path.is_dir() else path.unlink()
    (real / "sizes.json").unlink()
    (real / "sizes.json").write_text(json.dumps(GOOD))
    (tmp_path / "replaced").symlink_to(real)
    assert isinstance(read_artifact(tmp_path / "replaced", "sizes"), Unreadable)
    assert isinstance(read_artifact(real, "sizes"), Artifact)


def test_arrays_are_mapped(tmp_path: Path) -> None:
    for array in (np.arange(24, dtype="uint8").reshape(2, 3, 4), np.zeros((0, 3), "float32"), np.asfortranarray(np.eye(3)), np.array(3)):
        np.save(tmp_path / "a.npy", array)
        found = open_array(tmp_path, "a.npy")
        assert np.array_equal(found, array)
        assert found.dtype == array.dtype


def _header(text: str, body: bytes = b"") -> bytes:
    encoded = text.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(encoded).to_bytes(2, "little") + encoded + body


BAD_ARRAYS = {
    "empty": b"",
    "pickle": b"\x80\x04N.",
    "object": _header("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", b"\x80\x04N."),
    "structured": _header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", b"\0" * 4),
    "text": _header("{'descr': '<U4', 'fortran_order': False, 'shape': (1,), }", b"\0" * 16),
    "big-endian": _header("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", b"\0" * 4),
    "shorter than it says": _header("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,), }", b"\0" * 4),
    "longer than it says": _header("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", b"\0" * 8),
    "negative": _header("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, -1), }", b"\0" * 4),
    "many axes": _header("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, 1), }", b"\0" * 4),
    "code": _header("__import__('os').abort()"),
    "nested": _header("(" * 3000 + ")" * 3000),
    "other version": b"\x93NUMPY\x09\x00\x00\x00",
}


@pytest.mark.parametrize("name", BAD_ARRAYS)
def test_bad_arrays_are_unreadable(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.npy").write_bytes(BAD_ARRAYS[name])
    with pytest.raises(Unreadable):
        open_array(tmp_path, "a.npy")


def test_arrays_have_a_size_limit(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros(1000, "uint8"))
    with pytest.raises(Unreadable, match="too large"):
        open_array(tmp_path, "a.npy", max_bytes=1000)

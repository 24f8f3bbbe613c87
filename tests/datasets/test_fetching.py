"""Fetching from a publisher: a server on this machine that answers well, cuts the connection, sends something else, or is not there."""

from __future__ import annotations

import hashlib
import http.server
import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from grader.contracts.errors import GraderError, UsageError
from grader.contracts.progress import Step
from grader.datasets import DATASETS, prepare
from grader.datasets.fetching import download_folder, fetch_dataset, fetch_files
from grader.datasets.pretrained import official, pretrained_base
from grader.datasets.registry import OfficialFile

from .conftest import classes, make_zip

CONTENT = bytes(range(256)) * 4000


@dataclass
class Publisher:
    """What the server offers, how much of it it sends at a time, and what it was asked."""

    files: dict[str, bytes] = field(default_factory=dict)
    cut_after: int | None = None  # bytes of an answer, then the connection ends
    ranges: bool = True  # whether it continues where it is asked to
    asked: list[str] = field(default_factory=list)  # the Range header of each request
    address: str = ""

    def offer(self, name: str, data: bytes, **stated: str | int | None) -> OfficialFile:
        self.files[name] = data
        return replace(OfficialFile(f"{self.address}/{name}", len(data), hashlib.sha256(data).hexdigest()), **stated)  # type: ignore[arg-type]


@pytest.fixture
def publisher(cache: Path) -> Iterator[Publisher]:
    told = Publisher()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range", "")
            told.asked.append(asked)
            data = told.files.get(self.path.strip("/"))
            if data is None:
                self.send_error(404)
                return
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and told.ranges else 0
            if start > len(data):
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(data) - start))
            self.end_headers()
            end = len(data) if told.cut_after is None else start + told.cut_after
            self.wfile.write(data[start:end])

        def log_message(self, *arguments: object) -> None:
            """Stay silent."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield told
    server.shutdown()
    server.server_close()


def fetch(file: OfficialFile, folder: Path, steps: list[Step] | None = None) -> bytes:
    (path,) = fetch_files("cats-vs-dogs", [file], folder, (steps if steps is not None else []).append)
    assert [each.name for each in folder.iterdir()] == [file.name]  # nothing else is left
    return path.read_bytes()


def test_a_file_arrives_whole_and_is_not_fetched_twice(publisher: Publisher, tmp_path: Path) -> None:
    file, steps = publisher.offer("a.zip", CONTENT), []
    assert fetch(file, tmp_path / "to", steps) == CONTENT
    assert fetch(file, tmp_path / "to") == CONTENT
    assert publisher.asked == [""]
    assert steps[-1].done == steps[-1].total == 1  # MB
    assert [step.done for step in steps] == sorted(step.done for step in steps)


def test_a_cut_connection_is_continued(publisher: Publisher, tmp_path: Path) -> None:
    file = publisher.offer("a.zip", CONTENT)
    publisher.cut_after = 400_000
    assert fetch(file, tmp_path / "to") == CONTENT
    starts = [int(asked.removeprefix("bytes=").rstrip("-")) for asked in publisher.asked[1:]]
    assert len(starts) == 2
    assert 300_000 < starts[0] < starts[1]


def test_what_arrived_before_a_killed_run_is_kept(publisher: Publisher, tmp_path: Path) -> None:
    (tmp_path / "to").mkdir()
    (tmp_path / "to/a.zip.part").write_bytes(CONTENT[:1000])
    assert fetch(publisher.offer("a.zip", CONTENT), tmp_path / "to") == CONTENT
    assert publisher.asked == ["bytes=1000-"]


@pytest.mark.parametrize(
    ("ranges", "left", "asked"),
    [
        (False, CONTENT[:1000], ["bytes=1000-"]),  # the server knows no ranges: from the start
        (True, CONTENT + b"more", [f"bytes={len(CONTENT) + 4}-", ""]),  # cannot be a part of it
        (True, CONTENT, []),  # whole, but not yet put in place
    ],
    ids=["no ranges", "too much", "whole"],
)
def test_a_part_that_cannot_be_continued(publisher: Publisher, tmp_path: Path, ranges: bool, left: bytes, asked: list[str]) -> None:
    publisher.ranges = ranges
    (tmp_path / "to").mkdir()
    (tmp_path / "to/a.zip.part").write_bytes(left)
    assert fetch(publisher.offer("a.zip", CONTENT), tmp_path / "to") == CONTENT
    assert publisher.asked == asked


def test_something_else_is_thrown_away(publisher: Publisher, tmp_path: Path) -> None:
    file = publisher.offer("a.zip", CONTENT, sha256="0" * 64)
    with pytest.raises(GraderError, match=r"not a\.zip as its publisher made it.*000000000000….*thrown away") as raised:
        fetch(file, tmp_path / "to")
    assert "grader data import cats-vs-dogs PATH" in raised.value.hint
    assert list((tmp_path / "to").iterdir()) == []


def test_a_checksum_that_nobody_stated_is_remembered(publisher: Publisher, tmp_path: Path, cache: Path) -> None:
    file = publisher.offer("a.zip", CONTENT, sha256=None)
    assert fetch(file, tmp_path / "first") == CONTENT
    assert json.loads((cache / "downloads/checksums.json").read_text()) == {file.url: hashlib.sha256(CONTENT).hexdigest()}
    publisher.files["a.zip"] = CONTENT[::-1]
    with pytest.raises(GraderError, match="thrown away"):
        fetch(file, tmp_path / "second")


def test_without_a_connection_the_way_out_is_named(tmp_path: Path, cache: Path) -> None:
    file = OfficialFile("http://127.0.0.1:9/a.zip", 10, "0" * 64)  # nobody listens there
    with pytest.raises(GraderError, match=r"a\.zip cannot be fetched from 127\.0\.0\.1: there is no connection") as raised:
        fetch_files("horses-or-humans", [file], tmp_path / "to")
    assert "another machine (http://127.0.0.1:9/a.zip), then run: grader data import horses-or-humans PATH" in raised.value.hint


def test_a_publisher_that_no_longer_has_the_file(publisher: Publisher, tmp_path: Path) -> None:
    with pytest.raises(GraderError, match=r"refuses a\.zip: 404"):
        fetch_files("cats-vs-dogs", [OfficialFile(f"{publisher.address}/a.zip", 10)], tmp_path / "to")


def test_a_disk_that_is_too_small_is_told_before(publisher: Publisher, tmp_path: Path) -> None:
    file = publisher.offer("a.zip", CONTENT, bytes=2**60)
    with pytest.raises(GraderError, match=r"needs 1,152,921,504,607 MB.*are free"):
        fetch_files("cats-vs-dogs", [file], tmp_path / "to")
    assert publisher.asked == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux' /dev/full")
def test_a_disk_that_fills_up_meanwhile(publisher: Publisher, tmp_path: Path) -> None:
    (tmp_path / "to").mkdir()
    (tmp_path / "to/a.zip.part").symlink_to("/dev/full")
    with pytest.raises(GraderError, match="The disk is full"):
        fetch_files("cats-vs-dogs", [publisher.offer("a.zip", CONTENT)], tmp_path / "to")


def test_a_dataset_is_fetched_and_imported(publisher: Publisher, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    training = make_zip(tmp_path / "t.zip", classes("", ("horses", "humans"))).read_bytes()
    validation = make_zip(tmp_path / "v.zip", classes("v/", ("horses", "humans"), 3)).read_bytes()
    files = (publisher.offer("horse-or-human.zip", training), publisher.offer("validation-horse-or-human.zip", validation))
    other = publisher.offer("everything.zip", b"", other_packing=True)
    monkeypatch.setitem(DATASETS, "horses-or-humans", replace(DATASETS["horses-or-humans"], official=(*files, other)))
    report = fetch_dataset("horses-or-humans")
    assert (report.counts["training"], report.counts["validation"]) == ({"horses": 8, "humans": 8}, {"horses": 3, "humans": 3})
    assert report.checksum == "official"
    assert len(prepare("horses-or-humans", "official").training) == 16
    assert not download_folder("horses-or-humans").exists()
    assert len(publisher.asked) == 2


def test_a_dataset_behind_an_account_says_so(cache: Path) -> None:
    with pytest.raises(UsageError, match="cannot be fetched") as raised:
        fetch_dataset("sign-language")
    assert "grader data import sign-language PATH" in raised.value.hint


def test_weights_are_fetched_and_taken_only_if_they_are_the_publishers(
    publisher: Publisher, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = pretrained_base("inception-v3")
    shutil.copyfile(stand_in.path, tmp_path / "weights.h5")
    data = (tmp_path / "weights.h5").read_bytes()
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    with pytest.raises(UsageError, match=f"its md5 is {md5}"):
        official.import_weights("inception-v3", tmp_path / "weights.h5")
    monkeypatch.setitem(official.OFFICIAL, "inception-v3", publisher.offer("weights.h5", data, sha256=None, md5=md5))
    assert official.fetch_weights("inception-v3").changed
    base = pretrained_base("inception-v3")
    assert (stand_in.stand_in, base.stand_in) == (True, False)
    assert base.digest != stand_in.digest
    assert base.path.read_bytes() == data
    assert not official.import_weights("inception-v3", tmp_path / "weights.h5").changed
    base.path.write_bytes(b"")
    with pytest.raises(GraderError, match="damaged"):
        pretrained_base("inception-v3")


def test_the_carried_base_needs_no_import(tmp_path: Path) -> None:
    (tmp_path / "w.h5").touch()
    with pytest.raises(UsageError, match="come with the grader"):
        official.import_weights("mobilenet-v2", tmp_path / "w.h5")

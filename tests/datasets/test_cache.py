"""Entries of the cache are complete or not there, whatever happens while they are made."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from grader.contracts.errors import GraderError
from grader.datasets.cache import (
    Manifest,
    cache_root,
    find_problems,
    looks_intact,
    make_manifest,
    obtain,
    read_manifest,
    replace,
    write_file,
)


def fill(folder: Path, content: bytes = b"one") -> Manifest:
    records = [write_file(folder, "a/1.jpg", content, "training", "cats"), write_file(folder, "b/2.jpg", b"two", "validation", "dogs")]
    return make_manifest("pets", "embedded", "test", records)


@pytest.fixture
def entry(cache: Path) -> Path:
    return cache / "datasets" / "pets" / "embedded-1"


def run(code: str, entry: Path) -> subprocess.Popen[str]:
    script = f"import os, signal\nfrom pathlib import Path\nfrom grader.datasets.cache import *\nentry = Path({str(entry)!r})\n{code}"
    return subprocess.Popen([sys.executable, "-c", script], text=True, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])


def test_an_entry_is_made_once_and_found_again(entry: Path) -> None:
    made = obtain(entry, fill)
    assert made.counts == {"training": {"cats": 1}, "validation": {"dogs": 1}}
    assert obtain(entry, lambda folder: pytest.fail("made twice")) == made
    assert find_problems(entry, made) == ()


def test_the_digest_depends_on_content_class_and_split_only(tmp_path: Path) -> None:
    def digest(path: str, data: bytes, split: str, class_name: str) -> str:
        record = write_file(tmp_path, path, data, split, class_name)  # type: ignore[arg-type]
        return make_manifest("pets", "official", "test", [record]).digest

    base = digest("x.jpg", b"1", "training", "cats")
    assert digest("y/z.png", b"1", "training", "cats") == base
    assert (
        len({base, digest("x", b"2", "training", "cats"), digest("x", b"1", "validation", "cats"), digest("x", b"1", "training", "dogs")})
        == 4
    )


@pytest.mark.parametrize("error", [RuntimeError("drawing failed"), KeyboardInterrupt()])
def test_an_exception_midway_leaves_nothing(entry: Path, error: BaseException) -> None:
    def broken(folder: Path) -> Manifest:
        fill(folder)
        raise error

    with pytest.raises(type(error)):
        obtain(entry, broken)
    assert not entry.exists()
    assert [p.name for p in entry.parent.iterdir() if p.is_dir()] == []
    assert obtain(entry, fill).files


def test_a_killed_process_leaves_no_entry_and_the_next_one_cleans_up(entry: Path) -> None:
    code = """
def fill(folder):
    write_file(folder, "a.jpg", b"1", "training", "cats")
    os.kill(os.getpid(), signal.SIGKILL)
obtain(entry, fill)
"""
    killed = run(code, entry)
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    assert read_manifest(entry) is None
    assert [p.suffix for p in entry.parent.iterdir() if p.is_dir()] == [".partial"]
    obtain(entry, fill)
    assert [p.name for p in entry.parent.iterdir() if p.is_dir()] == ["embedded-1"]


@pytest.mark.parametrize(
    ("number", "said", "advice"),
    [
        (errno.ENOSPC, "disk is full", "Make room"),
        (errno.EDQUOT, "disk is full", "GRADER_CACHE_DIR"),
        (errno.EACCES, "No permission", "GRADER_CACHE_DIR"),
        (errno.EROFS, "No permission", "GRADER_CACHE_DIR"),
        (errno.EIO, "cannot be used", "local disk"),
    ],
)
def test_a_refusal_of_the_system_says_what_to_do(entry: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str, advice: str) -> None:
    write = Path.write_bytes

    def refuse(path: Path, data: bytes) -> int:
        if data == b"two":  # the second file: something was written already
            raise OSError(number, os.strerror(number), str(path))
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(GraderError, match=said) as caught:
        obtain(entry, fill)
    assert advice in caught.value.hint
    assert caught.value.exit_code == 3
    assert [p.name for p in entry.parent.iterdir() if p.is_dir()] == []


def test_a_cache_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(GraderError, match="cannot be used"):
        obtain(tmp_path / "file" / "pets", fill)


def test_two_processes_make_an_entry_once(entry: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = f"""
def fill(folder):
    with open({str(log)!r}, "a") as stream:
        stream.write("made\\n")
    return make_manifest("pets", "embedded", "test", [write_file(folder, f"{{i}}.jpg", b"%d" % i, "training", "cats") for i in range(300)])
print(obtain(entry, fill).digest)
"""
    both = [run(code, entry) for _ in range(2)]
    digests = {process.communicate()[0] for process in both}
    assert [process.returncode for process in both] == [0, 0]
    assert len(digests) == 1
    assert log.read_text() == "made\n"


def damage_missing(entry: Path) -> None:
    (entry / "a/1.jpg").unlink()


def damage_truncated(entry: Path) -> None:
    (entry / "a/1.jpg").write_bytes(b"")


def damage_manifest(entry: Path) -> None:
    (entry / "manifest.json").write_text("{")


@pytest.mark.parametrize("damage", [damage_missing, damage_truncated, damage_manifest])
def test_visible_damage_is_mended_at_the_next_use(entry: Path, damage: object) -> None:
    made = obtain(entry, fill)
    damage(entry)  # type: ignore[operator]
    assert obtain(entry, fill) == made
    assert find_problems(entry, made) == ()


def test_hidden_damage_is_found_by_reading(entry: Path) -> None:
    made = obtain(entry, fill)
    (entry / "a/1.jpg").write_bytes(b"ONE")
    (entry / "more.txt").touch()
    assert looks_intact(entry, made)
    assert find_problems(entry, made) == ("altered: a/1.jpg", "unknown: more.txt")
    forged = made.model_copy(update={"digest": "0" * 64})
    assert "altered: manifest.json" in find_problems(entry, forged)


def test_replacing_keeps_an_intact_entry_with_the_same_content(entry: Path) -> None:
    assert replace(entry, fill)[1] is True
    inode = entry.stat().st_ino
    assert replace(entry, fill)[1] is False
    assert entry.stat().st_ino == inode
    assert replace(entry, lambda folder: fill(folder, b"other"))[1] is True
    assert (entry / "a/1.jpg").read_bytes() == b"other"
    (entry / "a/1.jpg").write_bytes(b"OTHER")
    replace(entry, lambda folder: fill(folder, b"other"))
    assert (entry / "a/1.jpg").read_bytes() == b"other"


def test_the_cache_folder_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADER_CACHE_DIR", str(tmp_path))
    assert cache_root() == tmp_path
    monkeypatch.delenv("GRADER_CACHE_DIR")
    assert cache_root().name == "cnn-grader"


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_private_entry_is_the_owners_alone(entry: Path) -> None:
    obtain(entry, fill, mode=0o700)
    assert stat.S_IMODE(entry.stat().st_mode) == 0o700

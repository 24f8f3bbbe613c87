"""`grader cache prune` shows before it removes, and leaves what does not come back by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

FILES = (
    "datasets/cats-vs-dogs/embedded-1/training/a.jpg",
    "datasets/cats-vs-dogs/official/training/a.jpg",
    "holdouts/0123/a.jpg",
    "features/4567/f.npy",
    "downloads/cats-vs-dogs/archive.zip",
    "pretrained/inception-v3/official/w.h5",
    "trials/1.json",
)
STAY = {FILES[1], FILES[5], FILES[6]}


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "cache"
    for name in FILES:
        (root / name).parent.mkdir(parents=True)
        (root / name).write_bytes(bytes(1_000_000))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "kept.jpg").write_bytes(b"1")
    (root / "holdouts" / "link").symlink_to(tmp_path / "elsewhere")
    monkeypatch.setenv("GRADER_CACHE_DIR", str(root))
    return root


def left(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file() and not path.is_symlink()}


def test_it_shows_first(run, cached: Path) -> None:
    shown = " ".join(run("cache", "prune").stdout.split())
    assert left(cached) == set(FILES)
    assert "drawn images 1.0 MB yes drawn again when it is needed" in shown
    assert "official weights 1.0 MB no" in shown
    assert "Nothing was removed. Next: grader cache prune --yes frees 4.0 MB." in shown


@pytest.mark.parametrize(("options", "stays", "freed"), [((), STAY, "4.0 MB"), (("--all",), set(), "7.0 MB")])
def test_it_removes_what_comes_back(run, cached: Path, options: tuple[str, ...], stays: set[str], freed: str) -> None:
    assert f"{freed} were freed." in run("cache", "prune", "--yes", *options).stdout
    assert left(cached) == stays
    assert (cached.parent / "elsewhere" / "kept.jpg").exists()


def test_an_empty_cache_is_said(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADER_CACHE_DIR", str(tmp_path / "nothing"))
    assert "It is empty." in run("cache", "prune", "--yes").stdout

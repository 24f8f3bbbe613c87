"""`grader data`, as it is typed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from grader.cli import main
from grader.datasets import DATASETS, prepare
from grader.datasets.registry import DrawnSizes
from tests.datasets.conftest import classes, make_zip


@pytest.fixture(autouse=True)
def small_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, info in DATASETS.items():  # one small drawn dataset: the commands treat all alike
        drawn = DrawnSizes("cats_and_dogs", 8, 4, 4) if name == "cats-vs-dogs" else None
        monkeypatch.setitem(DATASETS, name, replace(info, drawn=drawn))
    monkeypatch.setenv("GRADER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "120")
    return tmp_path / "cache"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["data", *map(str, arguments)])


def rows(output: str) -> dict[tuple[str, str], str]:
    """Return (dataset, variant) -> the rest of its row."""
    cells = [line.split(maxsplit=2) for line in output.splitlines()]
    return {(c[0], c[1]): c[2] for c in cells if len(c) == 3 and c[1] in {"embedded", "official"}}


def test_list_before_and_after(tmp_path: Path) -> None:
    before = rows(run("list").output)
    assert set(before) == {("cats-vs-dogs", "embedded")} | {(name, "official") for name in (*DATASETS, "inception-v3")}
    assert before["cats-vs-dogs", "embedded"].strip() == "not prepared"
    assert before["cats-vs-dogs", "official"].strip() == "not imported"
    assert run("prepare").exit_code == 0
    run("import", "cats-vs-dogs", make_zip(tmp_path / "a.zip", classes()))
    after = rows(run("list").output)
    digest = prepare("cats-vs-dogs").digest[:8]
    assert after["cats-vs-dogs", "embedded"].split() == ["ready", "8", "+", "4", "0.1", "MB", digest]
    assert after["cats-vs-dogs", "official"].startswith("ready")


def test_prepare_says_what_is_there() -> None:
    result = run("prepare", "cats-vs-dogs")
    assert result.exit_code == 0
    assert "ready cats-vs-dogs: 8 training and 4 validation images, checksum" in result.output
    assert run("prepare").output == result.output


def test_import_reports(tmp_path: Path) -> None:
    tree = classes() | {"readme.txt": b"x"} | {f"PetImages/Cat/[bold]{i}\x1b.jpg": b"" for i in range(12)}
    result = run("import", "cats-vs-dogs", make_zip(tmp_path / "a.zip", tree))
    assert result.exit_code == 0, result.output
    for line in (
        "imported cats-vs-dogs, checksum",
        "training: 6 cats, 6 dogs",
        "divided by checksum",
        "1 files belong to no class",
        "12 files were skipped: 12 zero-length",
        "PetImages/Cat/[bold]0\\x1b.jpg: zero-length",
        "and 2 more",
    ):
        assert line in result.output
    assert "\x1b" not in result.output
    assert "unchanged cats-vs-dogs" in run("import", "cats-vs-dogs", tmp_path / "a.zip").output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("prepare", "cats"), "no dataset 'cats'"),
        (("prepare", "fashion"), "no embedded variant"),
        (("verify", "cats"), "no dataset 'cats'"),
        (("import", "cats-vs-dogs", "absent.zip"), "no file or folder absent.zip"),
        (("import", "fashion", "absent.zip"), "no file or folder absent.zip"),
        (("import", "cats-vs-dogs"), "Missing argument"),
    ],
)
def test_wrong_requests_end_with_a_sentence(arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output


def test_verify_finds_damage_and_prepare_mends_it(small_cache: Path) -> None:
    assert run("verify").exit_code == 0
    run("prepare")
    result = run("verify")
    assert (result.exit_code, result.output.count("ready")) == (0, 2)  # the images and the practice holdout
    for pattern in ("datasets/cats-vs-dogs/embedded-*/PetImages/Cat/0.jpg", "holdouts/*/dogs/0003.jpg"):
        (path,) = small_cache.glob(pattern)
        path.write_bytes(bytes(path.stat().st_size))
    result = run("verify", "cats-vs-dogs")
    assert result.exit_code == 1
    assert "damaged cats-vs-dogs, embedded" in result.output
    assert "altered: PetImages/Cat/0.jpg" in result.output
    assert "altered: dogs/0003.jpg" in result.output
    assert "Mend it: grader data prepare cats-vs-dogs" in result.output
    assert run("prepare", "cats-vs-dogs").exit_code == 0
    assert run("verify").exit_code == 0


def test_verify_tells_how_to_mend_an_import(small_cache: Path, tmp_path: Path) -> None:
    source = make_zip(tmp_path / "a.zip", classes())
    run("import", "cats-vs-dogs", source)
    next(small_cache.glob("datasets/cats-vs-dogs/official/dogs/*")).unlink()
    result = run("verify")
    assert result.exit_code == 1
    assert "Mend it: grader data import cats-vs-dogs PATH" in result.output
    assert run("import", "cats-vs-dogs", source).exit_code == 0
    assert run("verify").exit_code == 0

"""Datasets of arrays: drawn, imported from tables and idx files, held back."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grader.contracts.errors import AuthorError, GraderError, UsageError
from grader.datasets import (
    DATASETS,
    holdout_states,
    import_dataset,
    lookup,
    make_holdout,
    prepare,
    prepare_arrays,
    repair,
    state_of,
    withheld_rows,
)
from grader.datasets.drawn import letters
from grader.datasets.registry import DrawnSizes
from grader.datasets.tables import HEADER

LETTERS = lookup("sign-language").labels
Tree = dict[str, bytes]


def pixels(count: int, seed: int = 0) -> np.ndarray:
    return np.random.RandomState(seed).randint(0, 256, size=(count, 28, 28)).astype(np.uint8)


def table(labels: list[int], seed: int = 0, header: list[str] | None = None) -> bytes:
    rows = [",".join(map(str, [label, *image.ravel()])) for label, image in zip(labels, pixels(len(labels), seed), strict=True)]
    return ("\n".join([",".join(header or HEADER), *rows]) + "\n").encode()


def idx(array: np.ndarray) -> bytes:
    magic = b"\x00\x00\x08" + bytes([array.ndim])
    return magic + b"".join(side.to_bytes(4, "big") for side in array.shape) + array.astype(np.uint8).tobytes()


def pair(name: str, count: int = 80, seed: int = 0, images: Callable[[bytes], bytes] = gzip.compress) -> Tree:
    labels = np.arange(count) % 10
    return {
        f"{name}-images-idx3-ubyte.gz": images(idx(pixels(count, seed))),
        f"{name}-labels-idx1-ubyte.gz": gzip.compress(idx(labels)),
    }


def zipped(path: Path, tree: Tree) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in tree.items():
            archive.writestr(name, data)
    return path


TABLES = {"sign_mnist_train.csv": table([*LETTERS] * 4, 1), "sign_mnist_test.csv": table([*LETTERS] * 4, 2)}


@pytest.fixture
def few(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let few images be drawn."""
    for name, module in (("sign-language", "letters"), ("fashion", "garments")):
        size = len(lookup(name).classes)
        monkeypatch.setitem(DATASETS, name, replace(lookup(name), drawn=DrawnSizes(module, 4 * size, 2 * size, 3 * size)))


def test_labels_of_letters_are_their_places_in_the_alphabet() -> None:
    assert list(LETTERS) == [*range(9), *range(10, 25)]
    assert lookup("fashion").labels == tuple(range(10))


@pytest.mark.parametrize("name", ["sign-language", "fashion"])
def test_drawn_arrays_are_kept_and_drawn_alike(few: None, name: str) -> None:
    first = prepare_arrays(name)
    classes = len(first.classes)
    assert first.training.images.shape == (4 * classes, 28, 28)
    assert first.training.images.dtype == np.uint8
    assert sorted(first.training.labels) == sorted([*first.labels] * 4)
    assert sorted(first.validation.labels) == sorted([*first.labels] * 2)
    assert list(first.training.labels) != sorted(first.training.labels)
    inode = first.root.stat().st_ino
    assert prepare_arrays(name).root.stat().st_ino == inode
    for file in first.root.rglob("*.npy"):
        file.unlink()
    again = prepare_arrays(name)
    assert again.digest == first.digest
    assert (again.training.images == first.training.images).all()


def test_the_holdout_follows_from_the_secret(few: None) -> None:
    dataset = prepare_arrays("sign-language")
    holdout, same, other = (make_holdout(dataset, secret) for secret in (b"a", b"a", b"b"))
    assert len(holdout.images) == 72
    assert holdout.images[0].shape == (28, 28, 1)
    assert holdout.labels[:24] == tuple(range(24))  # the classes in turn, as indices of their names
    assert all((a == b).all() for a, b in zip(holdout.images, same.images, strict=True))
    assert (np.stack(holdout.images) != np.stack(other.images)).any()
    assert holdout.digest == same.digest != other.digest
    shown = {image.tobytes() for image in (*dataset.training.images, *dataset.validation.images)}
    assert not shown & {image.tobytes() for image in holdout.images}
    assert not withheld_rows(dataset, b"a").any()


def test_letters_of_one_seed_are_one_picture() -> None:
    a, b, c = (np.asarray(letters.draw("R", np.random.RandomState(seed))) for seed in (1, 1, 2))
    assert (a == b).all()
    assert (a != c).any()
    assert a.shape == (28, 28)


@pytest.mark.parametrize(
    ("name", "tree", "training", "validation", "own_split", "outside"),
    [
        ("sign-language", TABLES, 96, 96, False, 0),
        ("sign-language", TABLES | {"notes.txt": b"x", "__MACOSX/._a.csv": b"x"}, 96, 96, False, 2),
        ("sign-language", {"all.csv": table([*LETTERS] * 8)}, 144, 48, True, 0),
        ("sign-language", {"all.csv": b"\xef\xbb\xbf" + table([*LETTERS] * 8).replace(b"label", b'"label"')}, 144, 48, True, 0),
        ("fashion", pair("train", seed=1) | pair("t10k", seed=2), 80, 80, False, 0),
        ("fashion", pair("t10k"), 60, 20, True, 0),
        ("fashion", {name.removesuffix(".gz"): gzip.decompress(data) for name, data in pair("t10k").items()}, 60, 20, True, 0),
        ("fashion", pair("raw/train", seed=1) | pair("raw/t10k", seed=2) | {"read.me": b""}, 80, 80, False, 1),
    ],
)
def test_arrays_are_imported(
    cache: Path, tmp_path: Path, name: str, tree: Tree, training: int, validation: int, own_split: bool, outside: int
) -> None:
    report = import_dataset(name, zipped(tmp_path / "a.zip", tree))
    dataset = prepare_arrays(name, "official")
    assert (len(dataset.training), len(dataset.validation)) == (training, validation)
    assert {split: sum(counts.values()) for split, counts in report.counts.items()} == {"training": training, "validation": validation}
    assert (report.own_split, report.outside, report.skipped) == (own_split, outside, ())
    assert set(dataset.training.labels) == set(dataset.labels)
    assert not import_dataset(name, tmp_path / "a.zip").changed
    assert (state_of(name, "official", thorough=True).readiness, len(state_of(name, "official").images)) == ("ready", 2)


def test_pixels_and_labels_stay_together(cache: Path, tmp_path: Path) -> None:
    import_dataset("sign-language", zipped(tmp_path / "a.zip", TABLES))
    dataset = prepare_arrays("sign-language", "official")
    wanted = {image.tobytes(): label for image, label in zip(pixels(96, 1), [*LETTERS] * 4, strict=True)}
    assert {image.tobytes(): label for image, label in zip(dataset.training.images, dataset.training.labels, strict=True)} == wanted


def test_official_images_are_withheld_from_validation(cache: Path, tmp_path: Path) -> None:
    import_dataset("sign-language", zipped(tmp_path / "a.zip", TABLES))
    dataset = prepare_arrays("sign-language", "official")
    hidden = withheld_rows(dataset, b"a")
    assert hidden.sum() == 48  # half of each class
    holdout = make_holdout(dataset, b"a")
    assert {image.tobytes() for image in holdout.images} == {image.tobytes() for image in dataset.validation.images[hidden]}
    assert (withheld_rows(dataset, b"b") != hidden).any()


def test_an_image_counts_once(cache: Path, tmp_path: Path) -> None:
    again = TABLES["sign_mnist_test.csv"] + TABLES["sign_mnist_train.csv"].splitlines(keepends=True)[3]
    report = import_dataset("sign-language", zipped(tmp_path / "a.zip", TABLES | {"sign_mnist_test.csv": again}))
    assert [(s.name, s.reason) for s in report.skipped] == [("sign_mnist_test.csv, image 97", "the same image as another")]


def changed(line: int, old: bytes, new: bytes) -> Tree:
    lines = table([*LETTERS] * 8).splitlines(keepends=True)
    lines[line - 1] = lines[line - 1].replace(old, new, 1)
    return {"all.csv": b"".join(lines)}


@pytest.mark.parametrize(
    ("name", "tree", "said"),
    [
        ("sign-language", {"a.txt": b"x"}, "No csv files"),
        ("fashion", TABLES, "No idx files"),
        ("sign-language", {"a.csv": table([1], header=["label", *HEADER[2:], "pixel1"])}, "has 'pixel2' as column 2; its header must be"),
        ("sign-language", {"a.csv": table([1]).split(b"\n", 1)[1]}, "as column 1; its header must be"),
        ("sign-language", {"a.csv": ",".join(HEADER[:-1]).encode()}, "has 784 columns"),
        ("sign-language", {"a.csv": ",".join(HEADER).encode()}, "has a header and no rows"),
        ("sign-language", {"a.csv": b"\xff\xfe\x00"}, "is no text"),
        ("sign-language", {"a.csv": table([9])}, "has the label 9 for image 1; labels are 0 to 24 without 9"),
        ("sign-language", {"a.csv": table([3, 25])}, "has the label 25 for image 2"),
        ("sign-language", changed(4, b",", b",,"), "line 4"),
        ("sign-language", changed(4, b",", b",x"), "in line 4, column 2; whole numbers are expected"),
        ("sign-language", changed(4, b",", b",-"), "in line 4; pixels are 0 to 255"),
        ("sign-language", {"a.csv": table([*LETTERS])}, "Too few training images of A: 1 were found"),
        ("fashion", {"t10k-images-idx3-ubyte.gz": pair("t10k")["t10k-images-idx3-ubyte.gz"]}, "its labels are missing"),
        ("fashion", {"t10k-labels-idx1-ubyte.gz": pair("t10k")["t10k-labels-idx1-ubyte.gz"]}, "its images are missing"),
        ("fashion", pair("t10k", images=lambda data: gzip.compress(data)[:-400]), "is cut off"),
        ("fashion", pair("t10k", images=lambda data: data[:-1]), "announces 80 items, which are 62,720 bytes, and holds 62,719"),
        ("fashion", pair("t10k", images=lambda _: idx(np.zeros((80, 32, 32)))), "images of 32×32"),
        ("fashion", pair("t10k", images=lambda _: idx(pixels(70))), "holds 70 images, but there are 80 labels"),
        ("fashion", pair("t10k") | {"t10k-labels-idx1-ubyte.gz": idx(np.full(80, 10))}, "has the label 10 for image 1; labels are 0 to 9."),
    ],
)
def test_what_cannot_be_imported_ends_in_a_sentence(cache: Path, tmp_path: Path, name: str, tree: Tree, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        import_dataset(name, zipped(tmp_path / "a.zip", tree))
    assert said in caught.value.message
    assert caught.value.hint
    assert state_of(name, "official").readiness == "absent"


def test_damage_is_noticed_and_drawn_data_mended(few: None) -> None:
    dataset = prepare_arrays("fashion")
    make_holdout(dataset, b"a")
    (file,) = dataset.root.glob("training/03.npy")
    good = file.read_bytes()
    file.write_bytes(bytes(len(good)))
    with pytest.raises(GraderError, match="damaged"):
        prepare_arrays("fashion")
    repair("fashion")
    assert file.read_bytes() == good
    assert [state.readiness for state in holdout_states("fashion")] == ["ready"]


def test_folders_and_arrays_are_not_confused(few: None, small: None) -> None:
    with pytest.raises(AuthorError, match="holds arrays"):
        prepare("fashion")
    with pytest.raises(AuthorError, match="holds folders"):
        prepare_arrays("cats-vs-dogs")


@pytest.mark.parametrize(
    ("name", "file", "training", "validation"),
    [("sign-language", "sign_mnist_csv.zip", 5000, 2172), ("fashion", "fashion_mnist_t10k.zip", 7500, 2500)],
)
def test_real_excerpts(real_data: Path, cache: Path, name: str, file: str, training: int, validation: int) -> None:
    if not (real_data / file).is_file():
        pytest.skip(f"{file} is absent")
    report = import_dataset(name, real_data / file)
    dataset = prepare_arrays(name, "official")
    assert (len(dataset.training), len(dataset.validation), report.skipped) == (training, validation, ())
    assert 0 < len(make_holdout(dataset, b"s").images) <= validation // 2

"""Archives and folders as people have them: good layouts, bad files, hostile archives."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from grader.contracts.errors import UsageError
from grader.datasets import archives, images, import_dataset, lookup, make_holdout, prepare
from grader.datasets.archives import printable
from grader.datasets.cache import read_manifest
from grader.datasets.dataset import entry_of

from .conftest import Maker, Tree, classes, make_folder, make_tar, make_zip, picture

PET_IMAGES = classes()
FILTERED = {**classes("filtered/train/", ("cats", "dogs"), 6), **classes("filtered/validation/", ("cats", "dogs"), 3)}
HORSES = {**classes("horse-or-human/", ("horses", "humans")), **classes("validation-horse-or-human/", ("horses", "humans"), 3)}
RPS = {**classes("rps/", ("rock", "paper", "scissors")), **classes("rps-test-set/", ("rock", "paper", "scissors"), 3)}


@pytest.mark.parametrize(
    ("maker", "name"), [(make_zip, "a.zip"), (make_tar, "a.tar"), (make_tar, "a.tar.gz"), (make_tar, "a.tgz"), (make_folder, "a")]
)
@pytest.mark.parametrize(
    ("tree", "training", "validation", "own_split"),
    [
        (PET_IMAGES, 6, 2, True),
        (FILTERED, 6, 3, False),
        ({f"deep/er/{name}": data for name, data in FILTERED.items()}, 6, 3, False),
        (classes("my test set/all/", ("cat", "DOG")), 6, 2, True),
        (classes("train/", ("cats", "dogs")), 6, 2, True),
    ],
    ids=["PetImages", "filtered", "deeper", "other spelling, misleading name", "training only"],
)
def test_layouts(cache: Path, tmp_path: Path, maker: Maker, name: str, tree: Tree, training: int, validation: int, own_split: bool) -> None:
    report = import_dataset("cats-vs-dogs", maker(tmp_path / name, tree))
    assert report.counts == {
        "training": {"cats": training, "dogs": training},
        "validation": {"cats": validation, "dogs": validation},
    }
    assert (report.own_split, report.skipped, report.outside, report.changed) == (own_split, (), 0, True)
    assert report.checksum == ("none" if maker is make_folder else "other")
    dataset = prepare("cats-vs-dogs", "official")
    assert dataset.digest == report.digest
    assert {image.path.read_bytes() for image in (*dataset.training, *dataset.validation)} == set(tree.values())


@pytest.mark.parametrize(("dataset", "tree"), [("horses-or-humans", HORSES), ("rock-paper-scissors", RPS)])
def test_other_datasets(cache: Path, tmp_path: Path, dataset: str, tree: Tree) -> None:
    report = import_dataset(dataset, make_zip(tmp_path / "a.zip", tree))
    names = lookup(dataset).class_names
    assert report.counts == {"training": dict.fromkeys(names, 8), "validation": dict.fromkeys(names, 3)}


def test_a_folder_of_the_publishers_two_archives(cache: Path, tmp_path: Path) -> None:
    folder = tmp_path / "downloads"
    folder.mkdir()
    make_zip(folder / "horse-or-human.zip", classes("", ("horses", "humans")))
    make_zip(folder / "validation-horse-or-human.zip", classes("v/", ("horses", "humans"), 3))
    report = import_dataset("horses-or-humans", folder)
    assert report.counts["training"] == {"horses": 8, "humans": 8}
    assert report.counts["validation"] == {"horses": 3, "humans": 3}
    assert report.checksum == "other"


def test_importing_again_changes_nothing(cache: Path, tmp_path: Path) -> None:
    first = import_dataset("cats-vs-dogs", make_zip(tmp_path / "a.zip", PET_IMAGES))
    inode = prepare("cats-vs-dogs", "official").root.stat().st_ino
    shuffled = dict(reversed(PET_IMAGES.items()))
    again = import_dataset("cats-vs-dogs", make_tar(tmp_path / "b.tar.gz", shuffled))
    assert (first.changed, again.changed, again.digest, again.counts) == (True, False, first.digest, first.counts)
    assert prepare("cats-vs-dogs", "official").root.stat().st_ino == inode
    assert import_dataset("cats-vs-dogs", make_zip(tmp_path / "c.zip", FILTERED)).changed


def bomb_png(width: int, height: int) -> bytes:
    """Return a small PNG file that unpacks to width × height pixels."""
    stream = io.BytesIO()
    Image.new("1", (width, height)).save(stream, "PNG")
    return stream.getvalue()


def animation() -> bytes:
    stream = io.BytesIO()
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")]
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:])
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "zero-length"),
        (b"just text", "not an image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not an image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not an image"),
        (picture("x")[:300], "truncated or damaged"),
        (picture("x", kind="PNG")[:-40], "truncated or damaged"),
        (picture("x", "CMYK"), "colours are CMYK, not RGB"),
        (picture("x", size=(4, 200)), "too small (4×200)"),
        (bomb_png(6000, 5000), "too many pixels (6000×5000)"),
        (bomb_png(15000, 15000), "too many pixels"),
        (animation(), "an animation"),
    ],
)
def test_bad_images_are_skipped_by_name_with_the_reason(cache: Path, tmp_path: Path, data: bytes, reason: str) -> None:
    report = import_dataset("cats-vs-dogs", make_zip(tmp_path / "a.zip", PET_IMAGES | {"PetImages/Cat/bad.jpg": data}))
    assert [s.name for s in report.skipped] == ["PetImages/Cat/bad.jpg"]
    assert report.skipped[0].reason.startswith(reason)
    assert report.counts["training"] == {"cats": 6, "dogs": 6}


@pytest.mark.parametrize(("mode", "kind"), [("RGBA", "PNG"), ("P", "PNG"), ("L", "JPEG"), ("LA", "PNG"), ("1", "PNG"), ("RGB", "BMP")])
def test_what_is_not_rgb_is_converted(mode: str, kind: str) -> None:
    data = picture("x", mode, kind=kind)
    checked = images.check_image(data)
    assert (checked.converted, checked.suffix) == (True, ".png")
    with Image.open(io.BytesIO(checked.data)) as stored, Image.open(io.BytesIO(data)) as original:
        assert stored.mode == "RGB"
        assert np.array_equal(np.asarray(stored), np.asarray(original.convert("RGB")))


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_what_is_fine_keeps_its_bytes(kind: str) -> None:
    data = picture("x", kind=kind)
    assert images.check_image(data) == images.CheckedImage(data, ".jpg" if kind == "JPEG" else ".png", converted=False)


def test_an_image_counts_once(cache: Path, tmp_path: Path) -> None:
    again = next(iter(PET_IMAGES.values()))
    report = import_dataset("cats-vs-dogs", make_zip(tmp_path / "a.zip", PET_IMAGES | {"PetImages/Dog/copy.jpg": again}))
    assert [(s.name, s.reason) for s in report.skipped] == [("PetImages/Dog/copy.jpg", "the same image as PetImages/Cat/0.jpg")]


def test_files_outside_of_class_folders_are_counted(cache: Path, tmp_path: Path) -> None:
    more = {"readme.txt": b"hi", "PetImages/Thumbs.db": b"x", "__MACOSX/PetImages/Cat/._0.jpg": b"x", "PetImages/Cat/._1.jpg": b"x"}
    report = import_dataset("cats-vs-dogs", make_zip(tmp_path / "a.zip", PET_IMAGES | more))
    assert (report.outside, report.skipped) == (4, ())


def test_names_are_safe_to_print(cache: Path, tmp_path: Path) -> None:
    name = "PetImages/Cat/\x1b[31m\u202egpj\nred" + "x" * 300 + ".jpg"
    report = import_dataset("cats-vs-dogs", make_zip(tmp_path / "a.zip", PET_IMAGES | {name: b""}))
    shown = report.skipped[0].name
    assert shown.startswith("PetImages/Cat/\\x1b[31m\\u202egpj\\nred")
    assert len(shown) == 120
    assert shown.isprintable()
    assert printable("caf\udce9 naïve 猫") == "caf\\udce9 naïve 猫"


def zip_with(path: Path, name: str, data: bytes = b"x", mode: int = stat.S_IFREG | 0o644, flags: int = 0) -> Path:
    make_zip(path, PET_IMAGES)
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        archive.writestr(info, data)
    if flags:
        raw = bytearray(path.read_bytes())
        for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # of the first entry: local and central header
            raw[raw.index(signature) + offset] |= flags
        path.write_bytes(raw)
    return path


def tar_with(path: Path, name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> Path:
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, target
        archive.addfile(member)
    return path


def truncated(path: Path) -> Path:
    (make_tar if "tar" in path.name else make_zip)(path, PET_IMAGES)
    path.write_bytes(path.read_bytes()[:-2000])
    return path


def text_file(path: Path) -> Path:
    path.write_text("hello")
    return path


@pytest.mark.parametrize(
    ("name", "make", "said"),
    [
        ("a.zip", lambda p: zip_with(p, "../../evil/Cat/1.jpg"), "points outside"),
        ("a.zip", lambda p: zip_with(p, "/etc/Cat/1.jpg"), "points outside"),
        ("a.zip", lambda p: zip_with(p, "C:\\Cat\\1.jpg"), "points outside"),
        ("a.zip", lambda p: zip_with(p, "PetImages\\..\\..\\Cat\\1.jpg"), "points outside"),
        ("a.zip", lambda p: zip_with(p, "PetImages/Cat/l.jpg", b"/etc/passwd", stat.S_IFLNK | 0o777), "link or device"),
        ("a.zip", lambda p: zip_with(p, "PetImages/Cat/x.jpg", flags=1), "encrypted"),
        ("a.tar.gz", lambda p: tar_with(p, "../Cat/1.jpg"), "points outside"),
        ("a.tar.gz", lambda p: tar_with(p, "Cat/1.jpg", tarfile.SYMTYPE, "/etc/passwd"), "link or device"),
        ("a.tar.gz", lambda p: tar_with(p, "Cat/1.jpg", tarfile.LNKTYPE, "Cat/0.jpg"), "link or device"),
        ("a.tar.gz", lambda p: tar_with(p, "Cat/1.jpg", tarfile.FIFOTYPE), "link or device"),
        ("a.zip", truncated, "damaged or no such archive"),
        ("a.tar.gz", truncated, "damaged or no such archive"),
        ("a.zip", text_file, "damaged or no such archive"),
        ("a.tar.gz", text_file, "damaged or no such archive"),
        ("a.rar", text_file, "no archive that can be read"),
        ("a.zip", lambda p: p, "no file or folder"),
        ("a.zip", lambda p: make_zip(p, {}), "No images of Cats vs dogs"),
        ("a.zip", lambda p: make_zip(p, classes("", ("horses", "hu\x1bmans"))), "the folders there are: horses, hu\\x1bmans"),
        ("a.zip", lambda p: make_zip(p, classes(names=("Cat",))), "Too few training images of dogs: 0"),
        ("a.zip", lambda p: make_zip(p, classes(count=3)), "Too few validation images of cats: 1"),
        ("a.zip", lambda p: make_zip(p, dict.fromkeys(PET_IMAGES, b"")), "(16 files were unusable; the first: PetImages/Cat/0.jpg: zero"),
    ],
)  # fmt: skip
def test_sources_that_are_refused(cache: Path, tmp_path: Path, name: str, make: object, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        import_dataset("cats-vs-dogs", make(tmp_path / name))  # type: ignore[operator]
    assert said in caught.value.message
    assert caught.value.message.isprintable()
    assert read_manifest(entry_of(lookup("cats-vs-dogs"), "official")) is None
    assert not list(cache.rglob("*.jpg"))


def test_a_refused_source_leaves_the_earlier_import(cache: Path, tmp_path: Path) -> None:
    import_dataset("cats-vs-dogs", make_zip(tmp_path / "a.zip", PET_IMAGES))
    before = prepare("cats-vs-dogs", "official")
    with pytest.raises(UsageError):
        import_dataset("cats-vs-dogs", make_zip(tmp_path / "b.zip", {}))
    assert prepare("cats-vs-dogs", "official") == before


@pytest.mark.parametrize(("maker", "name"), [(make_zip, "a.zip"), (make_tar, "a.tar.gz"), (make_folder, "a")])
def test_bombs(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, maker: Maker, name: str) -> None:
    zeros = {f"PetImages/Cat/zeros{i}.jpg": bytes(300_000) for i in range(4)}
    source = maker(tmp_path / name, PET_IMAGES | zeros)
    monkeypatch.setattr(archives, "MAX_FILE", 200_000)
    report = import_dataset("cats-vs-dogs", source)
    assert {s.reason for s in report.skipped} == {"larger than 0 MiB"}
    assert len(report.skipped) == 4
    monkeypatch.setattr(archives, "MAX_TOTAL", 1_000_000)
    with pytest.raises(UsageError, match="unpacks to more than"):
        import_dataset("cats-vs-dogs", source)
    monkeypatch.setattr(archives, "MAX_TOTAL", 2**30)
    monkeypatch.setattr(archives, "MAX_ENTRIES", 10)
    with pytest.raises(UsageError, match="more than 10 files"):
        import_dataset("cats-vs-dogs", source)


def test_one_damaged_entry_of_a_zip_is_skipped(cache: Path, tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", PET_IMAGES)
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PetImages/Cat/3.jpg") + 100] ^= 0xFF
    path.write_bytes(raw)
    assert [s.name for s in import_dataset("cats-vs-dogs", path).skipped] == ["PetImages/Cat/3.jpg"]


def test_links_in_a_folder_are_not_followed(cache: Path, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "a", PET_IMAGES)
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(picture("secret"))
    (folder / "PetImages/Cat/link.jpg").symlink_to(secret)
    report = import_dataset("cats-vs-dogs", folder)
    assert [(s.name, s.reason) for s in report.skipped] == [("PetImages/Cat/link.jpg", "a symbolic link")]


@pytest.mark.parametrize(
    ("name", "file", "training", "validation", "skipped", "converted"),
    [
        ("cats-vs-dogs", "PetImages.zip", 180, 60, 2, 0),
        ("cats-vs-dogs", "cats_and_dogs_filtered.zip", 800, 300, 0, 0),
        ("horses-or-humans", "horse-or-human.zip", 120, 60, 0, 180),
        ("rock-paper-scissors", "rps_28px.zip", 2520, 372, 0, 2892),
    ],
)
def test_real_excerpts(
    real_data: Path, cache: Path, name: str, file: str, training: int, validation: int, skipped: int, converted: int
) -> None:
    if not (real_data / file).is_file():
        pytest.skip(f"{file} is absent")
    report = import_dataset(name, real_data / file)
    assert {split: sum(counts.values()) for split, counts in report.counts.items()} == {"training": training, "validation": validation}
    assert (len(report.skipped), report.converted) == (skipped, converted)
    dataset = prepare(name, "official")
    assert all(len(set(group)) == 1 for group in zip(*[report.counts["training"].values()] * 2, strict=True))
    holdout = make_holdout(dataset, b"s")
    assert 0 < len(holdout.images) <= validation // 2
    assert holdout.images[0].ndim == 3

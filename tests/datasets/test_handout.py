"""What the child is given tells nothing but the class folders, and the trusted side knows all of it."""

from __future__ import annotations

import errno
import os
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from grader.contracts.errors import AuthorError, GraderError, UsageError
from grader.contracts.protocol import Protocol
from grader.datasets import PRACTICE_SECRET, Dataset, hand_out
from grader.datasets import handout as handout_module
from grader.datasets.cache import hash_file

BATCHES = {"id": "batches", "kind": "batches", "function": "g", "arguments": {"TRAINING_DIR": "training", "VALIDATION_DIR": "validation"}}
SPLIT = {
    "id": "split",
    "kind": "folders",
    "function": "split_data",
    "arguments": {"SOURCE_DIR": "source", "TRAINING_DIR": "training", "VALIDATION_DIR": "validation", "SPLIT_SIZE": "share"},
    "images": 10,
    "empty": 2,
    "scenarios": [{"id": "half", "share": 0.5}, {"id": "slash", "share": 0.9, "trailing_slash": True}],
}
SIZES = {
    "id": "sizes",
    "kind": "table",
    "function": "output_size",
    "parameters": ["size", "kernel", "padding"],
    "cases": [[150, 3, "valid"]],
    "drawn": {"count": 50, "parameters": {"size": [5, 9], "kernel": [1, 9], "padding": ["valid", "same"]}, "ordered": ["kernel", "size"]},
}
MODEL = {"id": "model", "kind": "model", "function": "create_model"}


def protocol(*calls: dict[str, Any]) -> Protocol:
    return Protocol.model_validate({"exercise": "test", "data": "cats-vs-dogs", "calls": list(calls)})


def listed(folder: str) -> list[str]:
    return [path.name for path in Path(folder).iterdir()]


def files_in(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): hash_file(p) for p in sorted(folder.rglob("*")) if p.is_file()}


def test_only_what_the_protocol_asks_for_is_written(embedded: Dataset, tmp_path: Path) -> None:
    handout = hand_out(protocol(MODEL, SIZES), embedded, tmp_path / "nothing", b"s")
    assert not (tmp_path / "nothing").exists()
    assert (handout.folders, handout.scenarios, handout.images, handout.training_images) == ({}, {}, (), 0)
    assert hand_out(protocol(MODEL), None, tmp_path, b"s").class_names == ()


def test_images_are_copies_in_class_folders(embedded: Dataset, child: Path) -> None:
    handout = hand_out(protocol(BATCHES), embedded, child, b"s")
    assert handout.folders == {split: str(child / "data" / split) for split in ("training", "validation")}
    assert handout.class_names == ("cats", "dogs")
    assert Counter((i.split, i.class_name) for i in handout.images) == {
        ("training", "cats"): 12,
        ("training", "dogs"): 12,
        ("validation", "cats"): 8,
        ("validation", "dogs"): 8,
    }
    assert handout.training_images == 24
    assert files_in(child) == {image.copy: image.sha256 for image in handout.images}
    for image in handout.images:
        copy = child / image.copy
        assert copy.parent == Path(handout.folders[image.split]) / image.class_name
        assert image.path.is_relative_to(embedded.root)
        assert hash_file(image.path) == image.sha256
        assert copy.stat().st_nlink == 1
        assert os.access(copy, os.W_OK)


def test_writing_to_a_copy_leaves_the_cache_alone(embedded: Dataset, tmp_path: Path) -> None:
    handout = hand_out(protocol(BATCHES), embedded, tmp_path, b"s")
    for image in handout.images:
        (tmp_path / image.copy).write_bytes(b"mine now")
        assert hash_file(image.path) == image.sha256


def test_names_and_times_reveal_nothing(embedded: Dataset, tmp_path: Path) -> None:
    one, other = (hand_out(protocol(BATCHES, SPLIT), embedded, tmp_path / s, s.encode()) for s in ("one", "other"))
    names = [Path(image.copy).name for image in one.images]
    assert len(set(names)) == len(names)
    assert {len(name) for name in names} == {9}
    by_name = sorted(one.images, key=lambda image: Path(image.copy).name)
    for key in ("split", "class_name"):
        runs = sum(getattr(a, key) != getattr(b, key) for a, b in pairwise(by_name))
        assert runs > 8  # mixed; sorted by split or class there would be one change
    assert {i.copy: i.sha256 for i in one.images} != {i.copy: i.sha256 for i in other.images}
    assert len({p.stat().st_mtime for p in (tmp_path / "one").rglob("*.jpg")}) == 1


@pytest.mark.parametrize("which", ["embedded", "official"])
def test_equal_secrets_hand_out_the_same(which: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    dataset = request.getfixturevalue(which)
    trees = []
    for name in ("one", "two"):
        handout = hand_out(protocol(BATCHES, SPLIT, SIZES), dataset, tmp_path / name, b"s")
        trees.append((files_in(tmp_path / name), handout.images, handout.cases))
    assert trees[0] == trees[1]


def test_official_data_is_bounded(official: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handout_module, "MAX_TRAINING", 20)
    monkeypatch.setattr(handout_module, "MAX_VALIDATION", 6)
    counts = Counter((i.split, i.class_name) for i in hand_out(protocol(BATCHES), official, tmp_path, b"s").images)
    assert counts == {("training", "cats"): 10, ("training", "dogs"): 10, ("validation", "cats"): 3, ("validation", "dogs"): 3}


def test_scenarios_have_good_and_empty_files(embedded: Dataset, tmp_path: Path) -> None:
    handout = hand_out(protocol(SPLIT), embedded, tmp_path, b"s")
    classes = {image.sha256: image.class_name for image in (*embedded.training, *embedded.validation)}
    assert set(handout.scenarios["split"]) == set(handout.scenario_files["split"]) == {"half", "slash"}
    for scenario, paths in handout.scenarios["split"].items():
        kept = handout.scenario_files["split"][scenario]
        assert sorted(p.name for p in kept.root.iterdir()) == ["source", "training", "validation"]
        assert {name: path.endswith(os.sep) for name, path in paths.items()} == dict.fromkeys(paths, scenario == "slash")
        assert all(Path(paths[name]).samefile(kept.root / name) for name in ("source", "training", "validation"))
        assert listed(paths["training"]) == listed(paths["validation"]) == []
        listing = listed(paths["source"])
        assert [name for name in listing if name in kept.good] == list(kept.good)
        assert sorted((*kept.good, *kept.empty)) == sorted(listing)
        assert {name: hash_file(Path(paths["source"]) / name) for name in kept.good} == kept.good
        assert [(Path(paths["source"]) / name).stat().st_size for name in kept.empty] == [0, 0]
        assert len(set(kept.good.values())) == len(kept.good) == 10
        assert len({classes[sha] for sha in kept.good.values()}) == 1
        ranks = sorted(sorted(listing).index(name) for name in kept.empty)
        assert ranks[0] < 6 <= ranks[1]  # one in each half by name: a split without shuffling meets one in both parts


def test_empty_files_lie_elsewhere_in_every_scenario(embedded: Dataset, tmp_path: Path) -> None:
    many = {**SPLIT, "scenarios": [{"id": f"s{i}", "share": 0.5} for i in range(6)]}
    handout = hand_out(protocol(many), embedded, tmp_path, b"s")
    assert len({tuple(sorted(files.empty)) for files in handout.scenario_files["split"].values()}) > 2


@pytest.mark.parametrize(("images", "ok"), [(20, True), (40, True), (41, False)])
def test_a_source_needs_enough_images(embedded: Dataset, tmp_path: Path, images: int, ok: bool) -> None:
    wanted = protocol({**SPLIT, "images": images, "scenarios": [{"id": "half", "share": 0.5}]})
    if ok:
        assert len(hand_out(wanted, embedded, tmp_path, b"s").scenario_files["split"]["half"].good) == images
    else:
        with pytest.raises(UsageError, match="needs 41 images, but the dataset holds 40"):
            hand_out(wanted, embedded, tmp_path, b"s")


def test_cases_are_the_listed_ones_and_drawn_ones(tmp_path: Path) -> None:
    cases = hand_out(protocol(SIZES), None, tmp_path, b"s").cases["sizes"]
    assert cases[0] == (150, 3, "valid")
    assert len(cases) == 51
    for size, kernel, padding in cases[1:]:
        assert isinstance(size, int)
        assert isinstance(kernel, int)
        assert 5 <= size <= 9
        assert 1 <= kernel <= size
        assert padding in {"valid", "same"}
    assert {size for size, _, _ in cases[1:]} == {5, 6, 7, 8, 9}  # the range is inclusive
    assert cases != hand_out(protocol(SIZES), None, tmp_path, PRACTICE_SECRET).cases["sizes"]


def test_drawn_histories_follow_from_the_secret(tmp_path: Path) -> None:
    call = {"id": "best", "kind": "table", "function": "f", "parameters": ["history"], "cases": []}
    asked = protocol({**call, "drawn": {"count": 30, "parameters": {"history": {"epochs": [1, 30]}}}})
    first, again, other = (hand_out(asked, None, tmp_path, secret).cases["best"] for secret in (b"one", b"one", b"two"))
    assert first == again != other
    assert len(first) == 30
    assert len({len(case[0]["loss"]) for case in first if isinstance(case[0], dict)}) > 5


@pytest.mark.parametrize(
    ("drawn", "said"),
    [
        ({"count": 1, "parameters": {"size": [5, 9]}}, "must name the call's parameters"),
        ({"count": 1, "parameters": {"size": [1, 3], "kernel": [4, 9], "padding": ["same"]}, "ordered": ["kernel", "size"]}, "hardly any"),
        ({"count": 1, "parameters": {"size": [1, 3], "kernel": [1, 2], "padding": ["same"]}, "ordered": ["stride", "size"]}, "must name"),
    ],
)
def test_an_authors_mistake_in_drawn_cases(tmp_path: Path, drawn: dict[str, Any], said: str) -> None:
    with pytest.raises(AuthorError, match=said):
        hand_out(protocol({**SIZES, "drawn": drawn}), None, tmp_path, b"s")


@pytest.mark.parametrize("call", [BATCHES, SPLIT])
def test_calls_that_need_images_need_a_dataset(tmp_path: Path, call: dict[str, Any]) -> None:
    with pytest.raises(AuthorError, match="names no dataset"):
        hand_out(protocol(call), None, tmp_path, b"s")


def test_a_damaged_original_is_never_handed_out(embedded: Dataset, tmp_path: Path) -> None:
    for image in embedded.training:
        image.path.write_bytes(b"x")
    with pytest.raises(GraderError, match="damaged") as caught:
        hand_out(protocol(BATCHES), embedded, tmp_path, b"s")
    assert "grader data verify" in caught.value.hint


def test_a_full_disk_is_the_machines_fault(embedded: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(GraderError, match="disk is full") as caught:
        hand_out(protocol(BATCHES), embedded, tmp_path, b"s")
    assert "TMPDIR" in caught.value.hint

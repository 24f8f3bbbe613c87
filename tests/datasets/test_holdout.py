"""The holdout is hidden, repeatable, and told by a digest that reveals no secret."""

from __future__ import annotations

import hashlib
import os
import pickle
import stat
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from grader.datasets import PRACTICE_SECRET, Dataset, hand_out, make_holdout
from grader.datasets.cache import hash_file
from grader.datasets.holdout import DecodedImages, Holdout

from .test_handout import BATCHES, SPLIT, protocol


def contents(holdout: Holdout) -> list[str]:
    assert isinstance(holdout.images, DecodedImages)
    return [hash_file(path) for path in holdout.images.paths]


@pytest.fixture(params=["embedded", "official"])
def dataset(request: pytest.FixtureRequest) -> Dataset:
    found: Dataset = request.getfixturevalue(request.param)
    return found


def test_equal_secrets_give_equal_images_and_others_do_not(dataset: Dataset) -> None:
    one, again, other = (make_holdout(dataset, secret) for secret in (b"one", b"one", b"other"))
    assert contents(one) == contents(again)
    assert (one.labels, one.digest) == (again.labels, again.digest)
    assert one.digest != other.digest
    assert one.key == again.key
    assert len({one.key, other.key, one.digest, other.digest}) == 4
    assert one.key not in repr(one)
    assert set(contents(one)) != set(contents(other))


def test_images_and_labels(dataset: Dataset) -> None:
    holdout = make_holdout(dataset, PRACTICE_SECRET)
    size, count = ((150, 150, 3), 8) if dataset.variant == "embedded" else ((20, 24, 3), 20)
    assert len(holdout.images) == len(holdout.labels) == count
    assert holdout.class_names == ("cats", "dogs")
    assert holdout.labels[:4] == (0, 1, 0, 1)  # any first part stands for the whole
    assert {image.shape for image in holdout.images} == {size}
    assert {image.dtype for image in holdout.images} == {np.dtype(np.uint8)}
    assert len(holdout.images[2:5]) == 3
    assert np.array_equal(pickle.loads(pickle.dumps(holdout)).images[0], holdout.images[0])


def test_labels_are_those_of_the_content(official: Dataset) -> None:
    holdout = make_holdout(official, b"s")
    known = {image.sha256: image.class_name for image in official.validation}
    assert [known[sha] for sha in contents(holdout)] == [holdout.class_names[label] for label in holdout.labels]


@pytest.mark.parametrize("secret", [PRACTICE_SECRET, b"one", b"two"])
def test_no_handed_out_file_is_in_the_holdout(dataset: Dataset, tmp_path: Path, secret: bytes) -> None:
    into = tmp_path / "child"
    into.mkdir()
    handout = hand_out(protocol(BATCHES, SPLIT), dataset, into, secret)
    files = [p for p in into.rglob("*") if p.is_file() and p.stat().st_size]
    hidden = set(contents(make_holdout(dataset, secret)))
    assert len(files) > len(handout.images) > 0
    assert not hidden & {hash_file(path) for path in files}
    shown = {Image.open(path).convert("RGB").tobytes() for path in files}
    assert not shown & {image.tobytes() for image in make_holdout(dataset, secret).images}


def test_what_one_secret_withholds_another_hands_out(official: Dataset, tmp_path: Path) -> None:
    """So the set that is withheld really hangs on the secret, and nobody finds it by what is missing from the practice hand-out."""
    hidden = set(contents(make_holdout(official, b"instructor")))
    handed = {image.sha256 for image in hand_out(protocol(BATCHES), official, tmp_path, PRACTICE_SECRET).images}
    assert hidden & handed


def test_the_secret_is_nowhere_on_disk(embedded: Dataset, cache: Path) -> None:
    secret = b"a very secret secret"
    holdout = make_holdout(embedded, secret)
    forms = [secret, secret.hex().encode(), hashlib.sha256(secret).hexdigest().encode(), hashlib.sha256(secret).digest()]
    for path in cache.rglob("*"):
        assert not any(form in str(path).encode() for form in forms)
        if path.is_file():
            assert not any(form in path.read_bytes() for form in forms)
    assert holdout.digest not in {hashlib.sha256(secret + embedded.digest.encode()).hexdigest(), embedded.digest}


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_only_the_owner_can_look(embedded: Dataset, cache: Path) -> None:
    holdout = make_holdout(embedded, b"s")
    for folder in (cache / "holdouts", cache / "holdouts" / holdout.digest):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700

"""Pretrained bases: what the package carries, what the cache makes of it, and stand-ins where the publisher's weights are absent."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import yaml

from grader.contracts.errors import AuthorError
from grader.datasets.pretrained import NAMES, architecture, pretrained_base

HOME = files("grader.datasets.pretrained")


def test_the_carried_weights_are_small_and_say_how_they_were_made() -> None:
    recipe = yaml.safe_load((HOME / "mobilenet-v2.yaml").read_text(encoding="utf-8"))
    packed = HOME / recipe["result"]["file"]
    assert len(packed.read_bytes()) == recipe["result"]["bytes"] < 2_000_000
    assert {"tensorflow", "keras", "numpy", "pillow"} <= set(recipe["result"]["made_with"])
    assert {"stages", "seed", "check"} <= set(recipe)


@pytest.mark.parametrize(
    ("name", "stand_in", "cut", "shape"),
    [("mobilenet-v2", False, "block_15_add", (5, 5, 56)), ("inception-v3", True, "mixed7", (7, 7, 768))],
)
def test_a_base_has_a_file_with_the_weights_of_its_layers(cache: Path, name: str, stand_in: bool, cut: str, shape: tuple[int, ...]) -> None:
    base = pretrained_base(name)
    assert (base.stand_in, base.cut, base.architecture.cut_shape) == (stand_in, cut, shape)
    weights = base.weights()
    assert {layer: {k: v.shape for k, v in each.items()} for layer, each in weights.items()} == {
        layer.name: layer.weights for layer in base.architecture.layers
    }
    assert all(np.isfinite(values).all() and values.any() for each in weights.values() for values in each.values())
    assert all((each["moving_variance"] > 0).all() for each in weights.values() if "moving_variance" in each)
    written = base.path.stat().st_mtime_ns
    again = pretrained_base(name)
    assert (again, again.path.stat().st_mtime_ns) == (base, written)


@pytest.mark.parametrize("name", NAMES)
def test_counts_of_the_architecture_agree_with_its_layers(name: str) -> None:
    known = architecture(name)
    counted = [(layer.before_cut, sum(int(np.prod(shape)) for shape in layer.weights.values())) for layer in known.layers]
    assert known.parameters == sum(number for _, number in counted)
    assert known.parameters_to_cut == sum(number for before, number in counted if before)


def test_a_file_of_another_network_is_refused(cache: Path) -> None:
    base = pretrained_base("mobilenet-v2")
    other = type(base)(base.name, base.path, base.digest, stand_in=False, architecture=architecture("inception-v3"))
    with pytest.raises(ValueError, match="not those of InceptionV3"):
        other.weights()


def test_an_unknown_base_is_the_authors_mistake() -> None:
    with pytest.raises(AuthorError, match="mobilenet-v2, inception-v3"):
        pretrained_base("resnet")

"""A known network within a model: found by what is computed, its weights compared with the file, its cut and head told apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from grader.build.recorders.model import payload_of
from grader.build.recorders.weights import write_weights
from grader.contracts.artifacts import ModelPayload
from grader.contracts.network_facts import BaseFacts
from grader.datasets.pretrained import PretrainedBase, architecture, pretrained_base
from grader.examine.bases import Found, KnownNetwork, find_base, known_base
from grader.examine.readers.model import ModelReader
from grader.examine.rebuild import build_model, give_values, unallocated
from grader.examine.structure import ModelReading, model_facts

SHAPE = (96, 96, 3)
CUT = "block_15_add"


@pytest.fixture(scope="module")
def base() -> PretrainedBase:
    return pretrained_base("mobilenet-v2")


@pytest.fixture(scope="module")
def known(base: PretrainedBase) -> KnownNetwork:
    return known_base(base, SHAPE)


@pytest.fixture(scope="module")
def network(base: PretrainedBase) -> Any:
    """The base as a submission makes it: loaded and frozen."""
    model = keras.applications.MobileNetV2(input_shape=SHAPE, alpha=0.35, include_top=False, weights=None)
    model.load_weights(base.path)
    model.trainable = False
    return model


def found(model: Any, known: KnownNetwork, folder: Path) -> Found:
    listed = write_weights(model, folder / "weights.npy")
    payload = payload_of(model).model_copy(update={"weights": "weights.npy", "layers": listed})
    return _found(payload, known, folder)


def _found(payload: ModelPayload, known: KnownNetwork, folder: Path) -> Found:
    reading = model_facts(payload)
    assert isinstance(reading, ModelReading), reading
    return find_base(reading, known, payload, folder)


def facts(found: Found) -> BaseFacts:
    assert found.facts.base is not None
    return found.facts.base


def head(tensor: Any) -> Any:
    return layers.Dense(1, activation="sigmoid")(layers.Dropout(0.2)(layers.Dense(4)(layers.Flatten()(tensor))))


def plain(network: Any) -> Any:
    return keras.Model(network.input, head(network.get_layer(CUT).output))


def nested(network: Any) -> Any:
    features = keras.Model(network.input, network.get_layer(CUT).output)
    images = keras.Input(SHAPE)
    return keras.Model(images, head(features(layers.Rescaling(1 / 127.5, offset=-1)(images), training=False)))


def sequential(network: Any) -> Any:
    features = keras.Model(network.input, network.get_layer(CUT).output)
    return keras.Sequential([keras.Input(SHAPE), features, layers.Flatten(), layers.Dense(4), layers.Dropout(0.2), layers.Dense(1)])


@pytest.mark.parametrize("build", [plain, nested, sequential])
def test_a_loaded_frozen_base_is_found_however_it_is_built_in(
    build: Callable[[Any], Any], network: Any, known: KnownNetwork, tmp_path: Path
) -> None:
    result = found(build(network), known, tmp_path)
    base = facts(result)
    before_cut = sum(layer.before_cut for layer in architecture("mobilenet-v2").layers)
    assert (base.known, base.equal, base.foreign) == (before_cut, before_cut, 0)
    assert (base.cut, base.wanted_cut, base.trainable_parameters) == (CUT, CUT, 0)
    assert base.equal_parameters == base.parameters == architecture("mobilenet-v2").parameters_to_cut
    own = [layer.kind for layer in result.facts.layers if layer.part == "head"]
    assert own == ["Flatten", "Dense", "Dropout", "Dense"]


def test_the_whole_base_is_found(network: Any, known: KnownNetwork, tmp_path: Path) -> None:
    base = facts(found(network, known, tmp_path))
    assert base.known == base.of == base.equal == len(architecture("mobilenet-v2").layers)
    assert (base.cut, base.foreign) == ("out_relu", 0)


def test_values_that_differ_from_the_file_are_not_equal(network: Any, known: KnownNetwork, tmp_path: Path) -> None:
    listed = write_weights(network, tmp_path / "weights.npy")
    values = np.load(tmp_path / "weights.npy")
    values[0] += 1e-3
    values[len(values) // 2 :] = 0.5
    np.save(tmp_path / "weights.npy", values)
    base = facts(_found(payload_of(network).model_copy(update={"weights": "weights.npy", "layers": listed}), known, tmp_path))
    assert base.known == base.of
    assert 0 < (base.equal or 0) < base.known - 1


def test_what_is_not_frozen_is_counted_by_its_class(known: KnownNetwork, tmp_path: Path) -> None:
    with unallocated():
        model = keras.applications.MobileNetV2(input_shape=SHAPE, alpha=0.35, include_top=False, weights=None)
        trainable = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
        payload = payload_of(model)
    base = facts(_found(payload, known, tmp_path))
    assert base.trainable_parameters == trainable
    assert set(base.unfrozen) == {"Conv2D", "DepthwiseConv2D", "BatchNormalization"}
    assert not base.equal


def test_another_network_is_not_taken_for_it(known: KnownNetwork, tmp_path: Path) -> None:
    with unallocated():
        wider = payload_of(keras.applications.MobileNetV2(input_shape=SHAPE, alpha=0.5, include_top=False, weights=None))
        other = payload_of(keras.Sequential([keras.Input(SHAPE), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(1)]))
    assert [facts(_found(payload, known, tmp_path)).reaches_cut for payload in (wider, other)] == [False, False]
    assert facts(_found(other, known, tmp_path)).known == 0


def test_layers_with_the_same_shape_are_told_apart(network: Any, known: KnownNetwork, tmp_path: Path) -> None:
    base = facts(found(keras.Model(network.input, network.get_layer("block_14_add").output), known, tmp_path))
    assert (base.cut, base.cut_shape) == ("block_14_add", base.wanted_shape)


def test_a_head_on_two_layers_has_no_single_cut(network: Any, known: KnownNetwork, tmp_path: Path) -> None:
    both = layers.Add()([network.get_layer("block_14_add").output, network.get_layer(CUT).output])
    assert facts(found(keras.Model(network.input, head(both)), known, tmp_path)).cut is None


def test_what_is_not_recorded_as_it_should_be_is_not_equal(network: Any, known: KnownNetwork, tmp_path: Path) -> None:
    listed = write_weights(network, tmp_path / "weights.npy")
    whole = payload_of(network).model_copy(update={"weights": "weights.npy", "layers": listed})
    huge = tuple(layer.model_copy(update={"shapes": ((1 << 20, 1 << 20),)}) for layer in listed)
    np.save(tmp_path / "objects.npy", np.ones((3, 3), np.float64))
    reading = model_facts(whole)
    assert isinstance(reading, ModelReading)
    for change in ({"weights": "elsewhere.npy"}, {"layers": ()}, {"weights": None}, {"layers": huge}, {"weights": "objects.npy"}):
        assert not facts(find_base(reading, known, whole.model_copy(update=change), tmp_path)).equal
    assert facts(find_base(reading, known, whole, tmp_path)).equal == known.weighted


def test_the_rebuilt_model_starts_from_the_file_and_computes_the_same(network: Any, known: KnownNetwork, tmp_path: Path) -> None:
    assert known.weights is not None
    features = keras.Model(network.input, network.get_layer(CUT).output)
    result = found(features, known, tmp_path)
    rebuilt = build_model(ModelReader().read(json.loads(features.to_json())), seed=3)
    give_values(rebuilt, [(path, known.weights[name]) for path, name in result.equal])
    images = np.random.default_rng(0).random((2, *SHAPE), dtype=np.float32)
    np.testing.assert_allclose(rebuilt(images), features(images), rtol=1e-5, atol=1e-5)


def test_the_network_of_the_original_course_is_known_too(tmp_path: Path) -> None:
    shape = (75, 75, 3)  # the smallest that it takes
    known = known_base(pretrained_base("inception-v3"), shape)
    with unallocated():
        model = keras.applications.InceptionV3(input_shape=shape, include_top=False, weights=None)
        names = ["mixed6", "mixed7"]
        payloads = {name: payload_of(keras.Model(model.input, model.get_layer(name).output)) for name in names}
    assert known.stand_in
    for name, payload in payloads.items():
        base = facts(_found(payload, known, tmp_path))
        assert (base.cut, base.cut_shape, base.foreign) == (name, base.wanted_shape, 0)

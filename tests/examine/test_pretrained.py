"""Keras loads the pretrained files as a student does, and finds the layers that the architectures name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.datasets.pretrained import NAMES, PretrainedBase, pretrained_base


@pytest.fixture(params=NAMES)
def base(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PretrainedBase:
    monkeypatch.setenv("GRADER_CACHE_DIR", str(tmp_path / "cache"))
    return pretrained_base(request.param)


def network(base: PretrainedBase, weights: str | None = None) -> Any:
    import keras

    known = base.architecture
    function = getattr(keras.applications, known.function)
    return function(**known.arguments, include_top=False, input_shape=(150, 150, 3), weights=weights)


def test_load_weights_takes_the_file(base: PretrainedBase) -> None:
    model = network(base)
    model.trainable = False  # before loading, as some do
    model.load_weights(str(base.path))
    loaded = [layer.get_weights() for layer in model.layers if layer.weights]
    for ours, theirs in zip(base.weights().values(), loaded, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(ours.values(), theirs, strict=True))


def test_the_architecture_is_that_of_keras(base: PretrainedBase) -> None:
    import keras

    known = base.architecture
    model = network(base, weights=str(base.path))
    cut = keras.Model(model.input, model.get_layer(known.cut).output)
    assert cut.output.shape[1:] == known.cut_shape
    assert (model.count_params(), cut.count_params()) == (known.parameters, known.parameters_to_cut)
    layers = [layer for layer in model.layers if layer.weights]
    assert [type(layer).__name__ for layer in layers] == [layer.kind for layer in known.layers]
    before = {id(layer) for layer in cut.layers}
    assert [id(layer) in before for layer in layers] == [layer.before_cut for layer in known.layers]
    assert np.isfinite(cut(np.zeros((1, 150, 150, 3), "float32"))).all()

"""What a call is given of earlier calls: their results, the same made again, or what the grader makes in the place of one that failed."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader import course
from grader.build.recorders import chain
from grader.contracts.artifacts import Artifact, HandedBase, Job, ModelPayload
from grader.contracts.protocol import ModelCall, TensorCall
from grader.datasets.pretrained import pretrained_base

PROTOCOL = course.load("transfer-learning").protocol
BASE, CUT, FINAL = (next(call for call in PROTOCOL.calls if call.id == name) for name in ("base", "cut", "final"))
assert isinstance(BASE, ModelCall)
assert isinstance(CUT, TensorCall)
assert isinstance(FINAL, ModelCall)
SHAPE = (32, 32, 3)


@pytest.fixture(autouse=True)
def _nothing_returned_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "_returned", {})


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(source="", functions={"base": "make"}, protocol=PROTOCOL, work=str(tmp_path), artifacts=str(tmp_path))


@pytest.fixture
def with_base(job: Job) -> Job:
    base = pretrained_base("mobilenet-v2")
    handed = HandedBase(
        name=base.name,
        function=base.architecture.function,
        arguments=base.architecture.arguments,
        input_shape=SHAPE,
        cut=base.cut,
        weights=str(base.path),
    )
    return job.model_copy(update={"base": handed})


def small(*_: Any) -> Any:
    """Return a model of three layers, as a student's function might."""
    import keras

    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="first"), keras.layers.Dense(2, name="last")])


def submission(monkeypatch: pytest.MonkeyPatch, make: Callable[..., Any]) -> None:
    module = types.ModuleType("submission")
    module.make = make  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "submission", module)


def recorded(job: Job) -> None:
    payload = ModelPayload(model_class="Sequential", config={}, compile_config=None)
    Path(job.artifacts, "base.json").write_text(Artifact(call="base", payload=payload).model_dump_json())


def test_a_later_call_gets_what_the_earlier_ones_returned(job: Job) -> None:
    model = chain.call_chained(BASE, small, job)
    tensor = chain.call_chained(CUT, lambda pre_trained_model: pre_trained_model.layers[0].output, job)
    got = chain.call_chained(FINAL, lambda pre_trained_model, last_output: (pre_trained_model, last_output), job)
    assert got[0] is model
    assert got[1] is tensor
    assert chain.result("base", job) is model


def test_parameters_of_other_names_are_filled_in_order(job: Job) -> None:
    model = chain.call_chained(BASE, small, job)
    chain.call_chained(CUT, lambda net: net.layers[-1].output, job)
    first, second = chain.call_chained(FINAL, lambda a, b: (a, b), job)
    assert first is model
    assert second is chain.result("cut", job)


def test_a_call_of_another_process_is_made_again(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded(job)
    submission(monkeypatch, small)
    assert [layer.name for layer in chain.result("base", job).layers] == ["first", "last"]


@pytest.mark.parametrize("why", ["it failed then", "it fails now", "it returns no model"])
def test_in_place_of_a_failed_base_stands_the_frozen_one_with_the_weights_of_the_file(
    why: str, with_base: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    import numpy as np

    def make() -> Any:
        raise ValueError("not twice")

    if why == "it fails now":
        recorded(with_base)
    submission(monkeypatch, make)
    if why == "it returns no model":
        chain.call_chained(BASE, lambda local_weights_file: local_weights_file, with_base)
    base = chain.result("base", with_base)
    assert not base.trainable
    assert base.input_shape == (None, *SHAPE)
    fresh = chain.own_base(with_base.base)  # type: ignore[arg-type]
    loaded = base.get_layer("Conv1").get_weights()[0]
    assert not np.array_equal(loaded, fresh.get_layer("Conv1").get_weights()[0])
    fresh.load_weights(str(pretrained_base("mobilenet-v2").path))
    assert np.array_equal(loaded, fresh.get_layer("Conv1").get_weights()[0])
    assert chain.result("cut", with_base) is base.get_layer(with_base.base.cut).output  # type: ignore[union-attr]


def test_where_no_base_is_handed_out_nothing_can_stand_in(job: Job) -> None:
    with pytest.raises(RuntimeError, match="`create_pre_trained_model` failed"):
        chain.result("base", job)


def test_a_failed_pick_of_a_network_of_one_s_own_is_its_output(job: Job) -> None:
    model = chain.call_chained(BASE, small, job)
    chain.call_chained(CUT, lambda pre_trained_model: "block_15_add", job)
    assert chain.result("cut", job) is model.layers[-1].output


@pytest.mark.parametrize("takes_it", [True, False])
def test_the_weights_file_is_given_or_stands_in_a_variable(takes_it: bool, with_base: Job) -> None:
    module: dict[str, Any] = {}
    parameter = "local_weights_file" if takes_it else ""
    exec(f"def make({parameter}):\n    return {parameter or 'LOCAL_WEIGHTS_FILE'}\n", module)
    assert chain.call_chained(BASE, module["make"], with_base) == str(pretrained_base("mobilenet-v2").path)

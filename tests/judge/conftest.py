"""Evidence by hand: what a passing submission of each week 1 exercise measures, and a way to change single facts of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from grader import course
from grader.contracts.data_facts import BatchesFacts, FoldersFacts, LabelFacts, PipelineFacts, Preprocessing, ScenarioFacts, TableFacts
from grader.contracts.evidence import CallEvidence, Evidence, LoopFacts, Versions
from grader.contracts.network_facts import CompileFacts, LayerFacts, ModelFacts, OutputFacts, ProbeFacts
from grader.contracts.training_facts import Epoch, TrainingFacts, Try
from grader.judge import Rubric, load_rubric

Changes = dict[str, Any]
SCALED = {"resize": None, "scale": 1 / 255, "offset": 0.0}


def call(name: str, kind: str, function: str, facts: Any) -> CallEvidence:
    return CallEvidence.model_validate({"id": name, "kind": kind, "function": function, "status": "returned", "facts": facts})


def evidence(exercise: str, calls: list[CallEvidence], **more: Any) -> Evidence:
    return Evidence(
        exercise=exercise,
        submission="s",
        protocol="p",
        holdout="h",
        versions=Versions(grader="0", python="3"),
        calls={one.id: one for one in calls},
        **more,
    )


def layer(kind: str, given: tuple[int, ...], made: tuple[int, ...], **more: Any) -> LayerFacts:
    settings = more.pop("settings", {})
    return LayerFacts(name=f"my_{kind.lower()}", kind=kind, input_shape=given, output_shape=made, settings=settings, **more)


def conv(side: int, made: int, **settings: Any) -> LayerFacts:
    settings = {"kernel_size": [3, 3], "strides": [1, 1], "padding": "valid", "dilation_rate": [1, 1], **settings}
    return layer("Conv2D", (side, side, 3), (made, made, 16), parameters=448, activation="relu", settings=settings)


def pool(side: int, made: int, **settings: Any) -> LayerFacts:
    settings = {"pool_size": [2, 2], "strides": [2, 2], "padding": "valid", **settings}
    return layer("MaxPooling2D", (side, side, 16), (made, made, 16), settings=settings)


def model(*layers: LayerFacts, input_shape: tuple[int, ...] | None = (150, 150, 3), **more: Any) -> ModelFacts:
    total = sum(one.parameters for one in layers)
    facts: dict[str, Any] = {"model_class": "Sequential", "digest": "m", "output": None, "compiled": None, "multiplications": 1}
    facts |= {"parameters": total, "trainable_parameters": total, **more}
    return ModelFacts(layers=layers, input_shape=input_shape, **facts)


def cats_model() -> ModelFacts:
    return model(
        conv(150, 148),
        pool(148, 74),
        conv(74, 72),
        pool(72, 36),
        conv(36, 34),
        pool(34, 17),
        layer("Flatten", (17, 17, 64), (18496,)),
        layer("Dense", (18496,), (512,), parameters=9_470_464, activation="relu", settings={"units": 512}),
        layer("Dense", (512,), (1,), parameters=513, activation="sigmoid", settings={"units": 1}),
        output=OutputFacts(shape=(1,), activation="sigmoid", layer="my_dense"),
        compiled=CompileFacts(loss="binary_crossentropy", optimizer="rmsprop", learning_rate=0.001, metrics=("accuracy",)),
    )


def pipeline(which: str, images: int) -> PipelineFacts:
    return PipelineFacts(
        pipeline_class="DirectoryIterator",
        image_shape=(150, 150, 3),
        dtype="float32",
        batch_size=20,
        images=images,
        epochs=2,
        low=0.0,
        high=1.0,
        labels=LabelFacts(
            encoding="integer",
            minimum=0,
            maximum=1,
            counts={"0": images // 2, "1": images // 2},
            by_class={"cats": 0, "dogs": 1},
            agreement=1.0,
        ),
        checked=images,
        from_training=images if which == "training" else 0,
        from_validation=images if which == "validation" else 0,
        plain=True,
        preprocessing=Preprocessing.model_validate(SCALED),
        shuffled=True,
        classes=("cats", "dogs"),
    )


def scenario(name: str, share: float, *, slash: bool = False, calls: int = 1) -> ScenarioFacts:
    training = round(40 * share)
    return ScenarioFacts(
        id=name,
        share=share,
        trailing_slash=slash,
        calls=calls,
        source_good=40,
        source_empty=2,
        training=training,
        validation=40 - training,
        in_both=0,
        empty_copied=0,
        foreign=0,
        source_changed=0,
        first_in_order=False,
    )


def trained(holdout: float = 0.95, training: float = 0.97) -> TrainingFacts:
    epochs = tuple(Epoch(steps=15 * n, loss=0.3, accuracy=training, holdout_accuracy=holdout, holdout_loss=0.3) for n in (1, 2))
    return TrainingFacts(
        status="trained",
        tries=(Try(number=1, epochs=epochs, best_epoch=2, holdout_accuracy=holdout, ended="budget"),),
        holdout_accuracy=holdout,
        classes=2,
        holdout_images=200,
        predicted={"cats": 98, "dogs": 102},
        data="canonical",
    )


def passing_cats() -> Evidence:
    scenarios = (
        scenario("half", 0.5),
        scenario("nine-tenths", 0.9),
        scenario("slash", 0.9, slash=True),
        scenario("twice", 0.5, calls=2),
    )
    keys = ("loss", "accuracy", "val_loss", "val_accuracy")
    return evidence(
        "cats-vs-dogs",
        [
            call("split", "folders", "split_data", FoldersFacts(scenarios=scenarios)),
            call(
                "batches",
                "batches",
                "train_val_generators",
                BatchesFacts(training=pipeline("training", 300), validation=pipeline("validation", 100), class_names=("cats", "dogs")),
            ),
            call("model", "model", "create_model", cats_model()),
            call("training", "loop", "train_model", LoopFacts(is_history=True, epochs=2, keys=keys)),
        ],
        probes={"training": ProbeFacts(initial_loss=0.70, chance_loss=0.6931, moved=("my_conv2d",), input_dependent=True)},
        trainings={"training": trained()},
    )


def keras_size(size: int, kernel: int, stride: int, padding: str) -> int:
    """Slide the window: how often does it fit?"""
    return len(range(0, size, stride)) if padding == "same" else len(range(0, size - kernel + 1, stride))


def answers(function: Callable[..., Any]) -> TableFacts:
    valid = ((150, 3, 1), (150, 2, 2), (147, 4, 3), (9, 2, 2), (7, 7, 1))
    same = ((150, 3, 1), (151, 3, 2), (10, 5, 4))
    cases = [(*case, "valid") for case in valid] + [(*case, "same") for case in same]
    rows = []
    for case in cases:
        row: dict[str, Any] = {"arguments": dict(zip(("size", "kernel", "stride", "padding"), case, strict=True))}
        try:
            value = function(*case)
            row |= {"value_type": f"tuple of {len(value)}"} if isinstance(value, tuple) else {"value": value}
        except ValueError as error:
            row["error"] = f"ValueError: {error}"
        rows.append(row)
    return TableFacts.model_validate({"rows": rows})


def passing_shapes() -> Evidence:
    return evidence(
        "output-shapes",
        [
            call("conv", "model", "conv_model", model(conv(150, 148))),
            call("pool", "model", "pool_model", model(pool(150, 75))),
            call("conv-pool", "model", "conv_pool_model", model(conv(150, 148), pool(148, 74))),
            call("sizes", "table", "output_size", answers(keras_size)),
        ],
    )


def changed(evidence: Evidence, changes: Changes) -> Evidence:
    """Return evidence with some facts changed. A key is a path, "calls.model.facts.output"; "*" is each of a list."""
    data = evidence.model_dump()
    for path, value in changes.items():
        _set(data, path.split("."), value.model_dump() if hasattr(value, "model_dump") else value)
    return Evidence.model_validate(data)


def _set(data: Any, keys: list[str], value: Any) -> None:
    first, *rest = keys
    if first == "*":
        for item in data:
            _set(item, rest, value)
    elif rest:
        _set(data[int(first) if first.isdigit() else first], rest, value)
    else:
        assert first in data or data == {} or isinstance(data, dict), f"no fact {first!r}"
        data[first] = value


@pytest.fixture(scope="session")
def rubrics() -> dict[str, Rubric]:
    """The two rubrics of week 1."""
    return {name: load_rubric(course.load(name)) for name in ("cats-vs-dogs", "output-shapes")}

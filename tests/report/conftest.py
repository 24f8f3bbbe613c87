"""Hand-made reports: one for each way in which a submission can end."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from grader.contracts.artifacts import Layer
from grader.contracts.base import Place
from grader.contracts.evidence import Versions
from grader.contracts.network_facts import LayerFacts
from grader.contracts.pictures import AugmentedImage, FeatureMaps, LayerMaps, MistakenImage, Picture
from grader.contracts.report import AugmentationReport, NetworkReport, Report, Timing, TrainingReport
from grader.contracts.submission import Finding, LeftOut
from grader.contracts.training_facts import Epoch, Try
from grader.contracts.verdict import Cause, CriterionVerdict, Status

HOSTILE = "<script>alert(1)</script> [bold]x[/bold] \x1b[31mred \u202eevil ::error::owned ##[error]o \u200b&amp; :smile:"


def place(line: int = 12) -> Place:
    return Place(file="submission.py", line=line)


def criterion(
    name: str, status: Status = Status.PASSED, points: float | None = None, max_points: float = 1, **more: Any
) -> CriterionVerdict:
    given = (max_points if status is Status.PASSED else 0) if points is None else points
    return CriterionVerdict(
        **{"id": name, "title": f"Title of {name}", "status": status, "points": given, "max_points": max_points, **more}
    )


def training(*accuracies: tuple[float, ...]) -> TrainingReport:
    """One try for each tuple of holdout accuracies, one epoch for each number."""
    tries = tuple(
        Try(
            number=number,
            epochs=tuple(
                Epoch(steps=50 * i, loss=None if a == 0 else 0.7 - 0.1 * i, accuracy=min(1.0, a + 0.05), holdout_accuracy=a)
                for i, a in enumerate(some, 1)
            ),
            best_epoch=some.index(max(some)) + 1 if some else 0,
            holdout_accuracy=max(some, default=0.0),
            ended="reached" if max(some, default=0) >= 0.9 else "budget",
        )
        for number, some in enumerate(accuracies, 1)
    )
    return TrainingReport(
        id="training",
        function="create_model",
        parameters=9_494_561,
        status="trained",
        tries=tries,
        holdout_accuracy=max((t.holdout_accuracy for t in tries), default=None),
        classes=2,
        holdout_images=400,
        predicted={"cats": 210, "dogs": 190},
        data="canonical",
    )


def report(**changes: Any) -> Report:
    base: dict[str, Any] = {
        "file": "submission.py",
        "exercise": "cats-vs-dogs",
        "title": "Cats vs dogs from scratch",
        "week": 1,
        "profile": "native",
        "data": "embedded",
        "status": Status.PASSED,
        "points": 0.0,
        "max_points": 0.0,
        "pass_mark": 0.0,
        "criteria": (),
        "causes": (),
        "notes": (),
        "findings": (),
        "left_out": (),
        "submission_digest": "a" * 64,
        "rubric_digest": "b" * 64,
        "protocol_digest": "c" * 64,
        "holdout_digest": "d" * 64,
        "official_mark": False,
        "versions": Versions(grader="0.1.0", python="3.13.1", tensorflow="2.21.0", keras="3.15.1"),
        "isolation": (
            Layer(name="landlock", in_force=True, why="files outside the work folder cannot be opened"),
            Layer(name="bubblewrap", in_force=False, why="not installed"),
        ),
        "timings": (Timing(stage="reading", seconds=0.02), Timing(stage="building", seconds=1.4), Timing(stage="training", seconds=21.0)),
        "trainings": (),
        "stdout": "",
    }
    made = {**base, **changes}
    counted = [c for c in made["criteria"] if c.status not in {Status.PENDING, Status.ERROR}]
    made.setdefault("points", 0.0)
    if "points" not in changes:
        made["points"] = sum(c.points for c in counted)
    if "max_points" not in changes:
        made["max_points"] = sum(c.max_points for c in counted)
    if "pass_mark" not in changes:
        made["pass_mark"] = 0.6 * made["max_points"]
    return Report(**made)


def passed() -> Report:
    return report(
        criteria=(
            criterion("split-share", title="The training folder gets SPLIT_SIZE of the images", function="split_data"),
            criterion("enough-convolutions", max_points=2, title="At least three convolution layers", function="create_model"),
            criterion("learns", max_points=4, title="The network learns to tell cats from dogs", function="create_model"),
        ),
        trainings=(training((0.6, 0.81, 0.93)),),
    )


def failed() -> Report:
    return report(
        status=Status.FAILED,
        causes=(
            Cause(
                id="one-unit-softmax",
                sentence="A softmax over one unit is always 1.0; use `Dense(1, activation='sigmoid')` for two classes.",
                expected="one sigmoid unit, or one softmax unit per class",
                found="Dense(1), softmax",
                detail="Keras: received a loss that\ndoes not move",
                criteria=("output-fits-labels",),
                place=place(31),
                line="tf.keras.layers.Dense(1, activation='softmax'),",
            ),
            Cause(
                id="no-rescaling", sentence="Pixels are still 0-255.", expected="0..1 or -1..1", found="0..255", criteria=("pixels-scaled",)
            ),
        ),
        criteria=(
            criterion("split-share", title="The training folder gets SPLIT_SIZE of the images", function="split_data"),
            criterion(
                "pixels-scaled",
                Status.FAILED,
                title="Pixels reach the network scaled",
                message="The pixels that reach the first layer lie between 0 and 255.",
                expected="0..1 or -1..1",
                found="0..255",
                hints=("`ImageDataGenerator(rescale=1./255)`, or a layer in the model.", "Only one of them."),
                function="train_val_generators",
                concept="rescaling",
                place=place(20),
            ),
            criterion(
                "output-fits-labels",
                Status.FAILED,
                max_points=2,
                title="The last layer fits the two classes",
                message="The last layer has one softmax unit.",
                expected="one sigmoid unit",
                found="one softmax unit",
                hints=("One sigmoid unit for 0/1 labels.",),
                function="create_model",
                place=place(31),
            ),
            criterion(
                "learns",
                Status.SKIPPED,
                max_points=4,
                title="The network learns to tell cats from dogs",
                message="It is judged once output-fits-labels passes.",
                function="create_model",
            ),
            criterion("returns-history", title="train_model returns the history", function="train_model", self_reported=True),
        ),
        findings=(
            Finding(id="renamed-argument", severity="note", message="`lr` is called `learning_rate` in Keras 3.", place=place(33)),
            Finding(
                id="syntax-error", severity="error", message="This cell has a syntax error.", place=Place(file="a.ipynb", cell=3, line=2)
            ),
        ),
        notes=("The learning rate 0.1 is outside the usual range.",),
        left_out=(LeftOut(what="!pip install tensorflow", why="a shell command", place=place(1)),),
        stdout="Found 1000 images\n",
    )


def partial() -> Report:
    return report(
        status=Status.PARTIAL,
        pass_mark=4.0,
        criteria=(
            criterion("enough-convolutions", function="create_model"),
            criterion(
                "learns",
                Status.PARTIAL,
                points=2.4,
                max_points=4,
                message="The network reached 79.0% on the hidden images.",
                expected="85.0%",
                found="79.0%",
                hints=("Compare training and holdout accuracy.",),
            ),
        ),
        trainings=(training((0.5, 0.61, 0.7), (0.55, 0.79, 0.74)),),
    )


def unattempted() -> Report:
    return report(
        status=Status.UNATTEMPTED,
        criteria=(
            criterion("conv-148", Status.UNATTEMPTED, max_points=2, function="conv_model", message="`conv_model` is still the starter's."),
            criterion("pool-75", Status.UNATTEMPTED, max_points=2, function="pool_model", message="`pool_model` is still the starter's."),
        ),
        isolation=(),
        holdout_digest="",
        versions=Versions(grader="0.1.0", python="3.13.1"),
    )


def pending() -> Report:
    return report(
        status=Status.PENDING,
        criteria=(
            criterion("base-frozen", function="create_pre_trained_model"),
            criterion("learns", Status.PENDING, max_points=4, message="The official weights are not on this machine."),
        ),
    )


def error() -> Report:
    return report(
        status=Status.ERROR,
        criteria=(
            criterion("split-share", function="split_data"),
            criterion("learns", Status.ERROR, max_points=4, message="A worker of the grader ended unexpectedly."),
        ),
    )


def picture(width: int = 24, height: int = 24, grey: int = 120) -> Picture:
    stream = io.BytesIO()
    Image.new("L", (width, height), grey).save(stream, "PNG")
    return Picture(png=base64.b64encode(stream.getvalue()).decode(), width=width, height=height)


def layer(name: str, kind: str, shape: tuple[int | None, ...], parameters: int = 0, **more: Any) -> LayerFacts:
    return LayerFacts(name=name, kind=kind, output_shape=shape, parameters=parameters, **more)


def pictured() -> Report:
    """Everything that there can be to look at, on a network with a frozen base."""
    convolution = {"filters": 16, "kernel_size": (3, 3), "strides": (1, 1), "padding": "same"}
    base = [layer(f"block_{n}_conv", "Conv2D", (75, 75, 16), 448, trainable=False, settings=convolution, part="base") for n in range(9)]
    network = NetworkReport(
        call="model",
        function="create_model",
        model_class="Functional",
        input_shape=(150, 150, 3),
        parameters=13_313,
        trainable_parameters=9_281,
        base="MobileNetV2",
        layers=(
            layer("rescaling", "Rescaling", (150, 150, 3), settings={"scale": 1 / 255, "offset": 0.0}),
            *base,
            layer("flatten", "Flatten", (9280,)),
            layer("out", "Dense", (1,), 9_281, activation="sigmoid", settings={"units": 1}),
        ),
    )
    maps = FeatureMaps(
        image=picture(96, 96),
        layers=(
            LayerMaps(layer=1, kind="Conv2D", shape=(148, 148, 16), channels=(0, 3, 7), picture=picture(150, 48), name="block_0_conv"),
            LayerMaps(layer=2, kind="MaxPooling2D", shape=(17, 17, 64), channels=tuple(range(8)), picture=picture(157, 17), name="pool"),
        ),
    )
    trained = training((0.6, 0.81, 0.93)).model_copy(
        update={
            "threshold": 0.85,
            "confusion": {"cats": {"cats": 190, "dogs": 10}, "dogs": {"cats": 18, "dogs": 182}},
            "mistaken": (
                MistakenImage(actual="dogs", predicted="cats", score=0.9871, picture=picture(96, 60)),
                MistakenImage(actual="cats", predicted="dogs", score=0.93, picture=picture(96, 96)),
            ),
            "maps": maps,
            "augmented": AugmentedImage(original=picture(96, 96), versions=(picture(96, 96, 40), picture(96, 96, 200))),
        }
    )
    versions = tuple(picture(96, 96, 30 * n) for n in range(1, 8))
    shown = AugmentedImage(original=picture(96, 96), versions=versions)
    return report(
        criteria=(
            criterion("output-fits-labels", function="create_model", title="The last layer fits the labels"),
            criterion("learns", max_points=4, title="The network learns", function="create_model", requires=("output-fits-labels",)),
        ),
        trainings=(trained,),
        networks=(network,),
        augmentations=(
            AugmentationReport(call="batches", function="train_val_generators", **dict(shown)),
            AugmentationReport(call="shift", function="shift_generator", arguments={"fill_mode": "nearest"}, **dict(shown)),
        ),
    )


def four_classes() -> Report:
    """As many classes as a table has columns for, with long names."""
    names = ["scissors", "rock", "chrysanthemums", "hippopotamuses"]
    confusion = {a: {b: 1000 if a == b else 17 * n for n, b in enumerate(names)} for a in names}
    trained = training((0.4, 0.81)).model_copy(update={"classes": 4, "confusion": confusion})
    return report(criteria=(criterion("learns", function="create_model"),), trainings=(trained,))


def many_classes() -> Report:
    """As many classes as there are letters in the sign language tables."""
    letters = "ABCDEFGHIKLMNOPQRSTUVWXY"
    confusion = {a: {a: 30, letters[(n + 1) % 24]: 6, letters[(n + 5) % 24]: 1} for n, a in enumerate(letters)}
    trained = training((0.4, 0.81)).model_copy(update={"classes": 24, "confusion": confusion})
    return report(criteria=(criterion("learns", function="create_model"),), trainings=(trained,))


def hostile() -> Report:
    """Every text that could come from a student, or be made of one, is hostile."""
    bad = HOSTILE
    where = Place(file=bad, line=1, cell=2)
    untrained = [
        TrainingReport(id=id_, function=bad, status="impossible", reason=bad, detail=bad, predicted={bad: 3}) for id_ in ("one", "two")
    ]
    maps = LayerMaps(layer=0, kind=bad, shape=(4, 4, 1), channels=(0,), picture=picture(), name=bad)
    seen = training((0.5,)).model_copy(
        update={
            "id": "three",
            "confusion": {bad: {bad: 3, bad + "2": 1}},
            "mistaken": (MistakenImage(actual=bad, predicted=bad, score=0.5, picture=picture()),),
            "maps": FeatureMaps(image=picture(), layers=(maps,)),
        }
    )
    return report(
        file=bad,
        status=Status.FAILED,
        causes=(
            Cause(id="bad", sentence=bad, expected=bad, found=bad, detail=bad + "\n" + bad, criteria=("bad", bad), place=where, line=bad),
        ),
        criteria=(
            criterion("bad", Status.FAILED, title=bad, message=bad, expected=bad, found=bad, hints=(bad,), function=bad, place=where),
            criterion("worse", Status.PARTIAL, title=bad, message=bad, details={bad: [bad, float("nan")]}),
        ),
        notes=(bad,),
        findings=(Finding(id="bad", severity="error", message=bad, place=where, function=bad),),
        left_out=(LeftOut(what=bad[:80], why=bad, place=where),),
        isolation=(Layer(name=bad, in_force=True, why=bad),),
        trainings=(*untrained, seen),
        networks=(
            NetworkReport(
                call="model",
                function=bad,
                model_class=bad,
                input_shape=None,
                parameters=0,
                trainable_parameters=0,
                layers=(layer(bad, bad, (None, 3), settings={"mode": bad, "rate": bad, "filters": bad}, activation=bad, path=(bad,)),),
            ),
        ),
        augmentations=(AugmentationReport(call="a", function=bad, arguments={bad: bad}, original=picture(), versions=(picture(),)),),
        stdout=bad + "\n::error::owned\n" + bad,
    )


def compared() -> Report:
    """Two networks, side by side."""
    first, second = training((0.6, 0.78)), training((0.8, 0.91))
    return report(
        criteria=(criterion("learns", function="cnn_model"),),
        trainings=(
            first.model_copy(update={"id": "dnn", "function": "dnn_model", "parameters": 101_770, "relative_time": 1.0}),
            second.model_copy(update={"id": "cnn", "function": "cnn_model", "parameters": 225_034, "relative_time": 7.25}),
        ),
    )


REPORTS: dict[str, Callable[[], Report]] = {
    each.__name__: each
    for each in (passed, compared, failed, partial, unattempted, pending, error, pictured, four_classes, many_classes, hostile)
}


@pytest.fixture(params=sorted(REPORTS))
def any_report(request: pytest.FixtureRequest) -> Report:
    return REPORTS[request.param]()


@pytest.fixture
def hostile_text() -> str:
    return HOSTILE


@pytest.fixture
def make_report() -> Callable[[str], Report]:
    return lambda name: REPORTS[name]()

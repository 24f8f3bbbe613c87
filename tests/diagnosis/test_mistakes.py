"""One changed fact, one mistake: which criteria it costs, and what the first line of feedback says. Ids as in solutions/README.md."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from grader.contracts.evidence import Evidence
from grader.contracts.verdict import Status
from grader.diagnosis import diagnose
from grader.judge import Rubric, judge

from .conftest import by_hand

Changes = dict[str, Any]
OUTPUT, LOSS, METRIC, LEARNS = "output-fits-labels", "loss-fits-output", "reports-accuracy", "learns"
MODEL = {"enough-convolutions", "parameter-limit", OUTPUT, LOSS, METRIC}
BATCHES = {"image-size", "labels-from-folders", "training-shuffled", "validation-untouched", "pixels-scaled"}
SPLIT = {"split-share", "split-empty-files", "split-source-untouched", "split-any-path"}
AFTER_SHARE = {"split-disjoint", "split-shuffled", "split-repeatable"}
AFTER_LABELS = {"training-shuffled", "validation-untouched"}


class Row(NamedTuple):
    """A mistake: facts that change, criteria that fail, criteria that wait for these, id of the first cause, part of its sentence."""

    name: str
    changes: Changes
    fails: set[str]
    skips: set[str]
    cause: str
    says: str


def end(units: int = 1, activation: str = "sigmoid", loss: str | None = "binary_crossentropy", *, logits: bool = False) -> Changes:
    return {
        "calls.model.facts.output.shape": (units,),
        "calls.model.facts.output.activation": activation,
        "calls.model.facts.compiled.loss": loss,
        "calls.model.facts.compiled.from_logits": logits,
    }


def labels(encoding: str, width: int = 1) -> Changes:
    return {
        f"calls.batches.facts.{which}.labels.{key}": value
        for which in ("training", "validation")
        for key, value in (("encoding", encoding), ("width", width))
    }


def both(**facts: Any) -> Changes:
    return {f"calls.batches.facts.{which}.{key}": value for which in ("training", "validation") for key, value in facts.items()}


def scale(scale: float, offset: float = 0.0) -> Changes:
    return both(
        preprocessing={"resize": None, "scale": scale, "offset": offset},
        low=min(offset, 255 * scale + offset),
        high=max(offset, 255 * scale + offset),
    )


def went(call: str, status: str, **more: Any) -> Changes:
    return {f"calls.{call}.{key}": value for key, value in {"status": status, "facts": None, **more}.items()}


def raised(call: str, kind: str, message: str) -> Changes:
    return went(call, "raised", problem_type=kind, problem=message, place={"file": "submission.py", "line": 12})


def scenarios(**facts: Any) -> Changes:
    return {f"calls.split.facts.scenarios.*.{key}": value for key, value in facts.items()}


def counts(*training: int, validation: tuple[int, ...] | None = None) -> Changes:
    rest = validation or tuple(40 - number for number in training)
    found: Changes = {}
    for index, (first, second) in enumerate(zip(training, rest, strict=True)):
        found[f"calls.split.facts.scenarios.{index}.training"] = first
        found[f"calls.split.facts.scenarios.{index}.validation"] = second
    return found


def impossible() -> Changes:
    facts = {"status": "impossible", "reason": "Keras cannot make a single training step.", "detail": "ValueError: ..."}
    return {"trainings.training": facts}


def poor(holdout: float, training: float, **more: Any) -> Changes:
    facts = by_hand.trained(holdout, training)
    return {"trainings.training": facts.model_copy(update=more)}


DROPPED: Changes = {"calls.model.facts.layers.6.kind": "Dropout", "calls.model.facts.layers.6.settings": {"rate": 0.8}}
CATS = [
    Row("m01", end(1, "softmax"), {OUTPUT}, {LOSS, LEARNS}, "softmax-over-one-unit", "always 1.0"),
    Row("m02", end(1, "sigmoid", "sparse_categorical_crossentropy"), {LOSS}, {LEARNS}, "sparse-loss-for-one-unit", "binary_crossentropy"),
    Row(
        "m03",
        end(2, "sigmoid", "categorical_crossentropy") | labels("one-hot", 2),
        {OUTPUT},
        {LOSS, LEARNS},
        "sigmoid-for-one-of-many",
        "softmax",
    ),
    Row("m04", end(2, "sigmoid") | labels("one-hot", 2), {OUTPUT}, {LOSS, LEARNS}, "sigmoid-for-one-of-many", "independent"),
    Row("m05, m49, m51", labels("one-hot", 2), {OUTPUT}, {LOSS, LEARNS}, "one-unit-for-one-hot-labels", "class_mode='binary'"),
    Row(
        "m06, m07, m51",
        end(2, "softmax", "categorical_crossentropy"),
        {LOSS},
        {LEARNS},
        "integer-labels-with-categorical-loss",
        "sparse_categorical_crossentropy",
    ),
    Row(
        "m08",
        end(2, "softmax", "sparse_categorical_crossentropy") | labels("one-hot", 2),
        {LOSS},
        {LEARNS},
        "one-hot-labels-with-sparse-loss",
        "one-hot",
    ),
    Row(
        "m09",
        both(**{"labels.maximum": 3.0}) | end(2, "softmax", "sparse_categorical_crossentropy"),
        {OUTPUT},
        {LOSS, LEARNS},
        "too-few-units",
        "at least 4",
    ),
    Row("m10", end(1, "linear"), {LOSS}, {LEARNS}, "logits-not-declared", "from_logits=True"),
    Row("m10 two", end(2, "linear", "sparse_categorical_crossentropy"), {LOSS}, {LEARNS}, "logits-not-declared", "softmax"),
    Row("sigmoid and logits", end(logits=True), {LOSS}, {LEARNS}, "probabilities-declared-logits", "leave one"),
    Row("relu at the end", end(1, "relu"), {OUTPUT}, {LOSS, LEARNS}, "output-not-a-probability", "relu"),
    Row("no loss", end(loss=None), {LOSS}, {LEARNS}, "no-loss", "without a loss"),
    Row("m12", {"calls.model.facts.compiled.metrics": ()}, {METRIC}, set(), "no-accuracy", "by name"),
    Row("m13 Accuracy()", {"calls.model.facts.compiled.metrics": ("Accuracy",)}, {METRIC}, set(), "accuracy-class", "equality"),
    Row("m14", {"calls.model.facts.compiled": None}, {LOSS, METRIC}, {LEARNS}, "not-compiled", "model.compile"),
    Row("m15", went("model", "wrong-result", returned="NoneType"), MODEL, {LEARNS}, "wrong-result", "returned None"),
    Row("m15 history", went("model", "wrong-result", returned="History"), MODEL, {LEARNS}, "wrong-result", "return the model"),
    Row("m18", scale(1.0), {"pixels-scaled"}, set(), "not-scaled", "not scaled"),
    Row("m18, m88 fails", scale(1.0) | poor(0.5, 0.5), {"pixels-scaled", LEARNS}, set(), "not-scaled", "rescale=1./255"),
    Row("m19 255", scale(255.0), {"pixels-scaled"}, set(), "scaled-up", "multiplied"),
    Row("m19 1/225", scale(1 / 225), {"pixels-scaled"}, set(), "scaled-wrong", "1./255"),
    Row(
        "m19 zero",
        both(preprocessing=None, low=0.0, high=0.0, unexplained=100, **{"labels.agreement": None, "labels.by_class": {}}),
        {"pixels-scaled"},
        set(),
        "scaled-to-zero",
        "1//255",
    ),
    Row("m19 twice in the pipeline", scale(1 / 255**2), {"pixels-scaled"}, set(), "scaled-too-small", "1./255"),
    Row("m64", {k: v for k, v in scale(1.0).items() if "training" in k}, {"pixels-scaled"}, set(), "scaling-differs", "the same way"),
    Row("m20", both(image_shape=(128, 128, 3)) | impossible(), {"image-size", LEARNS}, set(), "image-size", "128×128×3"),
    Row(
        "m20 input",
        {"calls.model.facts.input_shape": (128, 128, 3)} | impossible(),
        {LEARNS},
        set(),
        "input-shape-mismatch",
        "expects 128×128×3",
    ),
    Row("m22 grey", {"calls.model.facts.input_shape": (150, 150, 1)} | impossible(), {LEARNS}, set(), "input-shape-mismatch", "3 channels"),
    Row(
        "m21",
        raised("model", "ValueError", "Kernel shape must have the same length as input, but received kernel of shape (3, 3, 3, 16)"),
        MODEL,
        {LEARNS},
        "batch-size-in-input",
        "batch size",
    ),
    Row(
        "m22",
        raised("model", "ValueError", 'Input 0 of layer "conv2d" is incompatible with the layer: expected min_ndim=4, found ndim=3.'),
        MODEL,
        {LEARNS},
        "channels-missing",
        "channels",
    ),
    Row("m23", {"calls.model.facts.output.shape": (17, 17, 1)}, {OUTPUT}, {LOSS, LEARNS}, "flatten-missing", "Flatten()"),
    Row(
        "m24, m60",
        {"calls.model.facts.layers": [layer for layer in by_hand.cats_model().model_dump()["layers"] if layer["kind"] != "Conv2D"]}
        | poor(0.56, 0.99),
        {"enough-convolutions", LEARNS},
        set(),
        "too-few-layers",
        "no Conv2D layer",
    ),
    Row(
        "m25",
        raised("model", "ValueError", "which would produce output shape with a zero or negative value in a dimension."),
        MODEL,
        {LEARNS},
        "feature-map-too-small",
        "fewer",
    ),
    Row("m28", {"calls.training.facts.keys": ("loss", "accuracy")}, {"returns-history"}, set(), "no-validation", "validation_data="),
    Row(
        "m28 on training",
        {"calls.training.facts.validated_on": ("training",)},
        {"returns-history"},
        set(),
        "validates-on-training",
        "`validation_data=validation`",
    ),
    Row(
        "m28 exchanged",
        {"calls.training.facts.trained_on": ("validation",), "calls.training.facts.validated_on": ("training",)},
        {"returns-history"},
        set(),
        "trains-on-validation",
        "on `training` only",
    ),
    Row("m28 returns nothing", went("training", "wrong-result", returned="NoneType"), {"returns-history"}, set(), "wrong-result", "None"),
    Row(
        "m28 returns a dict",
        {"calls.training.facts.is_history": False, "calls.training.returned": "dict"},
        {"returns-history"},
        set(),
        "no-history",
        "returned dict",
    ),
    Row(
        "m27",
        raised("training", "AttributeError", "'Sequential' object has no attribute 'fit_generator'"),
        {"returns-history"},
        set(),
        "removed-in-keras-3",
        "fit_generator",
    ),
    Row(
        "m29",
        raised("training", "ValueError", "Argument `validation_split` is only supported for tensors or NumPy arrays."),
        {"returns-history"},
        set(),
        "validation-split-of-pipeline",
        "validation_data=validation",
    ),
    Row("m34", scenarios(empty_copied=2), {"split-empty-files"}, set(), "empty-copied", "getsize"),
    Row(
        "m35",
        scenarios(error="FileNotFoundError: [Errno 2] No such file or directory: 'cat.1.jpg'", training=0, validation=0),
        SPLIT,
        AFTER_SHARE,
        "path-not-joined",
        "os.path.join",
    ),
    Row("m36", scenarios(in_both=4), {"split-disjoint"}, {"split-repeatable"}, "sets-overlap", "both folders"),
    Row("m37", scenarios(first_in_order=True), {"split-shuffled"}, set(), "not-random", "shuffle"),
    Row("m38 inverted", counts(20, 4, 4, 20), {"split-share"}, AFTER_SHARE, "share-inverted", "SPLIT_SIZE=0.9"),
    Row("m38 ignored", counts(32, 32, 32, 32), {"split-share"}, AFTER_SHARE, "share-ignored", "whatever SPLIT_SIZE"),
    Row("m38 rest lost", counts(20, 36, 36, 20, validation=(4, 4, 4, 4)), {"split-share"}, AFTER_SHARE, "images-lost", "out of both"),
    Row("m39", scenarios(source_changed=40), {"split-source-untouched"}, set(), "source-changed", "copy the files"),
    Row(
        "m39, second call",
        scenarios(source_changed=40) | {"calls.split.facts.scenarios.3.training": 0},
        {"split-source-untouched", "split-repeatable"},
        set(),
        "source-changed",
        "do not move",
    ),
    Row("m40", {"calls.split.facts.scenarios.3.in_both": 11}, {"split-repeatable"}, set(), "leftovers", "second call"),
    Row(
        "m40 raises",
        {"calls.split.facts.scenarios.3.error": "shutil.Error: already exists"},
        {"split-repeatable"},
        set(),
        "second-call-raised",
        "second call",
    ),
    Row(
        "m41",
        {
            f"calls.split.facts.scenarios.{n}.{key}": value
            for n in (0, 1, 3)
            for key, value in (("training", 0), ("validation", 0), ("stray", ("trainingcat.1.jpg",)))
        },
        {"split-any-path"},
        {"split-repeatable"},
        "needs-slash",
        "os.path.join",
    ),
    Row(
        "breaks on a slash",
        {"calls.split.facts.scenarios.2.error": "NotADirectoryError: x"},
        {"split-any-path"},
        set(),
        "breaks-on-slash",
        "without a slash",
    ),
    Row("m42 except", scenarios(training=0, validation=0), SPLIT, AFTER_SHARE, "nothing-copied", "empty"),
    Row(
        "m42 mkdir",
        scenarios(error="FileExistsError: [Errno 17] File exists: 'training'", training=0, validation=0),
        SPLIT,
        AFTER_SHARE,
        "folder-exists",
        "exist_ok=True",
    ),
    Row(
        "m43",
        both(classes=(".ipynb_checkpoints", "cats", "dogs"), **{"labels.by_class": {"cats": 1, "dogs": 2}, "labels.maximum": 2.0}),
        {"labels-from-folders"},
        AFTER_LABELS,
        "wrong-folder-level",
        ".ipynb_checkpoints",
    ),
    Row(
        "m43 parent, no attribute",
        both(classes=(), **{"labels.by_class": {"cats": 0, "dogs": 0}, "labels.counts": {"0": 300}}),
        {"labels-from-folders"},
        AFTER_LABELS,
        "one-label",
        "same label",
    ),
    Row(
        "m44",
        {
            f"calls.batches.facts.training.{key}": value
            for key, value in (
                ("images", 0),
                ("checked", 0),
                ("image_shape", None),
            )
        }
        | {"trainings.training": {"status": "no-batches", "reason": "The pipeline yields no images."}},
        {"labels-from-folders"},
        {"image-size", "pixels-scaled", LEARNS} | AFTER_LABELS,
        "no-images",
        "one sub-folder per class",
    ),
    Row("m45", raised("batches", "TypeError", "'int' object is not iterable"), BATCHES, {LEARNS}, "target-size-form", "(150, 150)"),
    Row("m46", both(image_shape=(256, 256, 3)) | impossible(), {"image-size", LEARNS}, set(), "image-size", "target_size=(150, 150)"),
    Row("grey images", both(image_shape=(150, 150, 1)) | impossible(), {"image-size", LEARNS}, set(), "image-channels", "3 channels"),
    Row("m47", labels("none", 0), {"labels-from-folders"}, AFTER_LABELS, "no-labels", "class_mode"),
    Row(
        "m48",
        raised("batches", "ValueError", "Invalid class_mode: bin; expected one of: binary"),
        BATCHES,
        {LEARNS},
        "unknown-class-mode",
        "label_mode",
    ),
    Row("anything else", raised("batches", "KeyError", "'cat'"), BATCHES, {LEARNS}, "raised", "line 12"),
    Row("m50", {"calls.batches.facts.training.shuffled": False}, {"training-shuffled"}, set(), "unshuffled", "shuffle=True"),
    Row("m52", {"calls.batches.facts.overlap": 60}, {"validation-untouched"}, set(), "sets-overlap", "60 images"),
    Row(
        "validation reads training",
        {
            "calls.batches.facts.overlap": 100,
            "calls.batches.facts.validation.from_training": 100,
            "calls.batches.facts.validation.from_validation": 0,
        },
        {"validation-untouched"},
        set(),
        "validation-reads-training",
        "make it from",
    ),
    Row("m54", went("batches", "timeout"), BATCHES, {LEARNS}, "timeout", "next(generator)"),
    Row(
        "m55",
        raised("model", "AttributeError", "'Conv2D' object has no attribute 'output_shape'"),
        MODEL,
        {LEARNS},
        "removed-in-keras-3",
        "layer.output.shape",
    ),
    Row(
        "m61 over the limit", {"calls.model.facts.parameters": 34_000_000}, {"parameter-limit"}, set(), "too-many-parameters", "34,000,000"
    ),
    Row(
        "m62, m73",
        {"calls.batches.facts.validation.augmented": True, "calls.batches.facts.validation.augmentations": {"flipped": 0.5}},
        {"validation-untouched"},
        set(),
        "validation-augmented",
        "only rescale",
    ),
    Row(
        "foreign images",
        both(unexplained=100, from_training=0, from_validation=0, preprocessing=None, **{"labels.agreement": None, "labels.by_class": {}})
        | {"trainings.training": {"status": "unrecognised-data", "reason": "No image is known."}},
        {"labels-from-folders", LEARNS},
        AFTER_LABELS,
        "unrecognised-images",
        "none of those",
    ),
    Row("wrong labels", both(**{"labels.agreement": 0.5}), {"labels-from-folders"}, AFTER_LABELS, "wrong-labels", "50%"),
    Row(
        "a tf.data function raises",
        {
            "calls.batches.facts.training.error": "bad shape",
            "calls.batches.facts.training.error_type": "InvalidArgumentError",
            "trainings.training": {"status": "no-batches", "reason": "x"},
        },
        BATCHES,
        {LEARNS},
        "pipeline-raised",
        "InvalidArgumentError",
    ),
    Row("missing function", went("batches", "missing"), BATCHES, {LEARNS}, "function-missing", "`train_val_generators` is missing"),
    Row(
        "import fails",
        went("batches", "not-run", problem_type="ModuleNotFoundError", subject="torch", problem="No module named 'torch'"),
        BATCHES,
        {LEARNS},
        "package-missing",
        "package `torch`",
    ),
    Row(
        "custom layer",
        went("model", "refused", problem_type="custom-layer", subject="MyConv", problem="The layer MyConv is not built into Keras."),
        MODEL,
        {LEARNS},
        "custom-layer",
        "MyConv",
    ),
    Row(
        "does not fit together",
        went("model", "unbuildable", problem="The feature map is too small for the Conv2D layer 'c'."),
        MODEL,
        {LEARNS},
        "unbuildable",
        "too small for",
    ),
    Row("memory", went("model", "out-of-memory"), MODEL, {LEARNS}, "out-of-memory", "3,000 MB"),
    Row("disk", went("batches", "disk-full"), BATCHES, {LEARNS}, "disk-full", "1,000 MB"),
    Row("exit()", went("model", "died", detail="exit code 0"), MODEL, {LEARNS}, "died", "exit code 0"),
    Row(
        "too large",
        {"trainings.training": {"status": "too-large", "reason": "It has 70,000,000 parameters."}},
        {LEARNS},
        set(),
        "too-large",
        "70,000,000",
    ),
    Row("m17", poor(0.5, 0.52) | {"calls.model.facts.compiled.learning_rate": 0.5}, {LEARNS}, set(), "learning-rate", "0.5"),
    Row("m11 fails", poor(0.6, 0.6) | end(loss="mean_squared_error"), {LEARNS}, set(), "distance-loss", "cross-entropy"),
    Row(
        "m16 fails",
        poor(0.6, 0.6) | {f"calls.model.facts.layers.{n}.activation": "linear" for n in (0, 2, 4)},
        {LEARNS},
        set(),
        "no-activation",
        "relu",
    ),
    Row("dead", poor(0.5, 0.5) | {"probes.training.input_dependent": False}, {LEARNS}, set(), "dead-network", "same for every image"),
    Row(
        "frozen",
        poor(0.5, 0.5) | {"calls.model.facts.layers.*.trainable": False, "calls.model.facts.trainable_parameters": 0},
        {LEARNS},
        set(),
        "frozen-layers",
        "trainable",
    ),
    Row("m83 fails", poor(0.6, 0.6) | DROPPED, {LEARNS}, set(), "dropout-too-high", "drops 80% of the units"),
    Row("m83, learned all the same", poor(0.6, 1.0) | DROPPED, {LEARNS}, set(), "overfitting", "100%"),
    Row("one class", poor(0.5, 0.5, predicted={"cats": 200, "dogs": 0}), {LEARNS}, set(), "one-class", "“cats”"),
    Row("m59 fails", poor(0.6, 1.0), {LEARNS}, set(), "overfitting", "100%"),
    Row("underfits", poor(0.62, 0.64), {LEARNS}, set(), "underfitting", "64%"),
    Row("almost", poor(0.82, 0.91), {LEARNS}, set(), "below-threshold", "82.0%"),
]


def formula(wrong: Any) -> Changes:
    return {"calls.sizes.facts": by_hand.answers(wrong)}


def ceil(number: int, by: int) -> int:
    return -(-number // by)


FORMULA = {"formula-valid", "formula-same"}
SHAPES = [
    Row(
        "m57 padded",
        {"calls.conv.facts": by_hand.model(by_hand.conv(150, 150, padding="same"))},
        {"conv-148"},
        set(),
        "padding-same",
        "150×150",
    ),
    Row(
        "m57 kernel", {"calls.conv.facts": by_hand.model(by_hand.conv(150, 146, kernel_size=[5, 5]))}, {"conv-148"}, set(), "setting", "5×5"
    ),
    Row(
        "m57 strides",
        {"calls.conv.facts": by_hand.model(by_hand.conv(150, 74, strides=[2, 2]))},
        {"conv-148"},
        set(),
        "strides",
        "strides 2×2",
    ),
    Row(
        "m57 dilation",
        {"calls.conv.facts": by_hand.model(by_hand.conv(150, 146, dilation_rate=[2, 2]))},
        {"conv-148"},
        set(),
        "dilation",
        "146",
    ),
    Row(
        "two convolutions",
        {"calls.conv.facts": by_hand.model(by_hand.conv(150, 148), by_hand.conv(148, 146))},
        {"conv-148"},
        set(),
        "extra-layers",
        "nothing else",
    ),
    Row("no convolution", {"calls.conv.facts": by_hand.model(by_hand.pool(150, 75))}, {"conv-148"}, set(), "layer-missing", "no Conv2D"),
    Row("m56", {"calls.conv.facts.input_shape": None}, {"conv-148"}, set(), "no-input-shape", "Input(shape=(150, 150, 3))"),
    Row("m22", {"calls.conv.facts.input_shape": (150, 150, 1)}, {"conv-148"}, set(), "channels", "3 channels"),
    Row("other size", {"calls.conv.facts.input_shape": (28, 28, 1)}, {"conv-148"}, set(), "input-shape", "28×28×1"),
    Row("m15", went("conv", "wrong-result", returned="NoneType"), {"conv-148"}, set(), "wrong-result", "return model"),
    Row(
        "m57 pools a convolution",
        {"calls.pool.facts": by_hand.model(by_hand.conv(150, 148), by_hand.pool(148, 74))},
        {"pool-75"},
        set(),
        "convolution-before-pooling",
        "74×74",
    ),
    Row("m57 pool 3", {"calls.pool.facts": by_hand.model(by_hand.pool(150, 50, pool_size=[3, 3]))}, {"pool-75"}, set(), "setting", "3×3"),
    Row(
        "m57 pool strides",
        {"calls.pool.facts": by_hand.model(by_hand.pool(150, 149, strides=[1, 1]))},
        {"pool-75"},
        set(),
        "strides",
        "1×1",
    ),
    Row(
        "m57 order",
        {"calls.conv-pool.facts": by_hand.model(by_hand.pool(150, 75), by_hand.conv(75, 73))},
        {"chain-148-74"},
        set(),
        "wrong-order",
        "in this order",
    ),
    Row(
        "m57 half", {"calls.conv-pool.facts": by_hand.model(by_hand.conv(150, 148))}, {"chain-148-74"}, set(), "layer-missing", "Pooling2D"
    ),
    Row(
        "m57 floor",
        formula(lambda s, k, t, p: s // t if p == "same" else (s - k) // t + 1),
        {"formula-same"},
        set(),
        "rounding",
        "round up",
    ),
    Row(
        "m57 ceil",
        formula(lambda s, k, t, p: ceil(s, t) if p == "same" else ceil(s - k, t) + 1),
        {"formula-valid"},
        set(),
        "rounding",
        "round down",
    ),
    Row("m57 no padding", formula(lambda s, k, t, p: (s - k) // t + 1), {"formula-same"}, set(), "padding-ignored", "padding='same'"),
    Row("m57 no stride", formula(lambda s, k, t, p: s if p == "same" else s - k + 1), FORMULA, set(), "stride-ignored", "stride"),
    Row(
        "m57 no kernel",
        formula(lambda s, k, t, p: ceil(s, t) if p == "same" else s // t),
        {"formula-valid"},
        set(),
        "kernel-ignored",
        "kernel",
    ),
    Row(
        "m57 off by one",
        formula(lambda s, k, t, p: ceil(s, t) if p == "same" else (s - k) // t),
        {"formula-valid"},
        set(),
        "off-by-one",
        "148",
    ),
    Row(
        "m57 floats",
        formula(lambda s, k, t, p: ceil(s, t) if p == "same" else (s - k) / t + 1),
        {"formula-valid"},
        set(),
        "answer-type",
        "whole number",
    ),
    Row("a constant", formula(lambda s, k, t, p: 148), FORMULA, set(), "wrong-answer", "Keras gives"),
    Row("prints", formula(lambda s, k, t, p: None), FORMULA, set(), "answer-type", "only `return` gives it back"),
    Row("a pair", formula(lambda s, k, t, p: (148, 148)), FORMULA, set(), "answer-type", "returned tuple of 2; the answer"),
    Row("raises", formula(lambda s, k, t, p: int("x")), FORMULA, set(), "answer-raised", "ValueError"),
]
ROWS = [("cats-vs-dogs", row) for row in CATS] + [("output-shapes", row) for row in SHAPES]
each = pytest.mark.parametrize(("exercise", "row"), ROWS, ids=[f"{exercise}: {row.name}" for exercise, row in ROWS])


def passing(exercise: str) -> Evidence:
    return by_hand.passing_cats() if exercise == "cats-vs-dogs" else by_hand.passing_shapes()


@each
def test_a_mistake_costs_its_criteria_and_no_others(exercise: str, row: Row, rubrics: dict[str, Rubric]) -> None:
    verdict = judge(rubrics[exercise], by_hand.changed(passing(exercise), row.changes))
    by_status = {status: {c.id for c in verdict.criteria if c.status is status} for status in Status}
    assert by_status[Status.FAILED] | by_status[Status.PARTIAL] == row.fails
    assert by_status[Status.SKIPPED] == row.skips
    kept = [c for c in verdict.criteria if c.id not in row.fails | row.skips]
    assert all(c.status is Status.PASSED and c.points == c.max_points for c in kept)
    assert verdict.max_points == rubrics[exercise].max_points


@each
def test_the_first_cause_names_the_mistake_and_explains_all_of_it(exercise: str, row: Row, rubrics: dict[str, Rubric]) -> None:
    evidence = by_hand.changed(passing(exercise), row.changes)
    verdict = judge(rubrics[exercise], evidence)
    causes = diagnose(rubrics[exercise], evidence, verdict)
    assert causes[0].id == row.cause
    assert row.says in causes[0].sentence
    assert set(causes[0].criteria) <= row.fails | row.skips
    assert {name for cause in causes for name in cause.criteria} == row.fails | row.skips
    assert len(causes) == (
        1 if row.fails != FORMULA or row.cause in {"stride-ignored", "wrong-answer", "answer-type", "answer-raised"} else 2
    )


@each
def test_everything_that_did_not_pass_says_why(exercise: str, row: Row, rubrics: dict[str, Rubric]) -> None:
    verdict = judge(rubrics[exercise], by_hand.changed(passing(exercise), row.changes))
    for criterion in verdict.criteria:
        if criterion.status is not Status.PASSED:
            assert criterion.message
            assert criterion.expected
            assert criterion.found
            assert "{" not in criterion.message


@each
def test_judging_is_a_pure_function(exercise: str, row: Row, rubrics: dict[str, Rubric]) -> None:
    evidence = by_hand.changed(passing(exercise), row.changes)
    before = evidence.model_dump_json()
    first, second = judge(rubrics[exercise], evidence), judge(rubrics[exercise], by_hand.changed(passing(exercise), row.changes))
    assert first == second
    assert diagnose(rubrics[exercise], evidence, first) == diagnose(rubrics[exercise], evidence, second)
    assert evidence.model_dump_json() == before


NOTES: list[tuple[str, Changes, str]] = [
    ("nothing", {}, ""),
    ("m11", end(loss="mean_squared_error"), "mean_squared_error"),
    ("m13 acc", {"calls.model.facts.compiled.metrics": ("acc",)}, "`acc`"),
    ("m13 class", {"calls.model.facts.compiled.metrics": ("loss_tracker", "binary_accuracy")}, "`binary_accuracy`"),
    ("m16", {"calls.model.facts.layers.0.activation": "linear"}, "no activation"),
    ("m17", {"calls.model.facts.compiled.learning_rate": 0.1}, "learning rate 0.1"),
    ("m59", {"trainings.training": by_hand.trained(0.88, 1.0)}, "overfitting"),
    ("spare units", end(3, "softmax", "sparse_categorical_crossentropy"), "3 units"),
    ("two softmax units, integers", end(2, "softmax", "sparse_categorical_crossentropy"), ""),
    ("two softmax units, one-hot", end(2, "softmax", "categorical_crossentropy") | labels("one-hot", 2), ""),
    ("two softmax units, one-hot, binary loss", end(2, "softmax") | labels("one-hot", 2), ""),
    ("logits", end(1, "linear", logits=True), ""),
    ("two logits", end(2, "linear", "sparse_categorical_crossentropy", logits=True), ""),
    ("focal", end(loss="binary_focal_crossentropy"), ""),
    ("minus one to one", scale(1 / 127.5, -1.0), ""),
    ("1/256", scale(1 / 256), ""),
    ("augmented training", {"calls.batches.facts.training.augmented": True, "calls.batches.facts.training.preprocessing": None}, ""),
    ("order cannot be told", {"calls.batches.facts.training.shuffled": None}, ""),
    ("no class_indices", both(classes=()), ""),
    ("float labels", both(**{"labels.minimum": 0.0}), ""),
    ("rounding up", counts(21, 37, 36, 21), ""),
    ("evaluated on training, too", {"calls.training.facts.validated_on": ("training", "validation")}, ""),
    ("non-images in the targets", scenarios(foreign=1), ""),
]


@pytest.mark.parametrize(("changes", "note"), [row[1:] for row in NOTES], ids=[row[0] for row in NOTES])
def test_a_note_costs_nothing(changes: Changes, note: str, rubrics: dict[str, Rubric]) -> None:
    evidence = by_hand.changed(by_hand.passing_cats(), changes)
    verdict = judge(rubrics["cats-vs-dogs"], evidence)
    assert {criterion.status for criterion in verdict.criteria} == {Status.PASSED}
    assert verdict.points == verdict.max_points
    assert diagnose(rubrics["cats-vs-dogs"], evidence, verdict) == ()
    assert [note in said for said in verdict.notes] == ([True] if note else [])


def first_layer(kind: str, **settings: Any) -> Changes:
    extra = by_hand.layer(kind, (150, 150, 3), (150, 150, 3), settings=settings)
    return {"calls.model.facts.layers": [one.model_dump() for one in (extra, *by_hand.cats_model().layers)]}


RESCALING = first_layer("Rescaling", scale=1 / 255, offset=0.0)
DIVIDED = first_layer("Operation", operation="divide", arguments=["tensor", 255.0])
NORMALISED = first_layer("BatchNormalization")


@pytest.mark.parametrize(
    ("changes", "passes", "cause"),
    [
        (scale(1.0) | RESCALING, True, ""),
        (scale(1.0) | DIVIDED, True, ""),
        (scale(1.0) | NORMALISED, True, ""),
        (NORMALISED, True, ""),
        (RESCALING, False, "scaled-twice"),
        (DIVIDED, False, "scaled-twice"),
    ],
)
def test_the_model_may_scale_instead_of_the_pipeline_but_not_as_well(
    changes: Changes, passes: bool, cause: str, rubrics: dict[str, Rubric]
) -> None:
    evidence = by_hand.changed(by_hand.passing_cats(), changes)
    verdict = judge(rubrics["cats-vs-dogs"], evidence)
    causes = diagnose(rubrics["cats-vs-dogs"], evidence, verdict)
    assert [c.id for c in causes] == ([] if passes else [cause])


def test_the_cause_of_most_lost_points_comes_first(rubrics: dict[str, Rubric]) -> None:
    changes = {"calls.split.facts.scenarios.*.empty_copied": 1, **end(1, "softmax"), "calls.training.facts.keys": ("loss",)}
    evidence = by_hand.changed(by_hand.passing_cats(), changes)
    causes = diagnose(rubrics["cats-vs-dogs"], evidence, judge(rubrics["cats-vs-dogs"], evidence))
    assert [cause.id for cause in causes] == ["softmax-over-one-unit", "empty-copied", "keys-missing"]


def test_an_initial_loss_far_above_chance_corroborates_unscaled_pixels(rubrics: dict[str, Rubric]) -> None:
    evidence = by_hand.changed(by_hand.passing_cats(), scale(1.0) | {"probes.training.initial_loss": 41.3})
    (cause,) = diagnose(rubrics["cats-vs-dogs"], evidence, judge(rubrics["cats-vs-dogs"], evidence))
    assert "41.3" in cause.detail
    assert "0.69" in cause.detail

"""Relatives of the known mistakes, of which no variant exists: what else a student may write in those places, and what is said of it.

Each is the recorded evidence of a solution with the facts changed that the mistake would change; nothing was trained unless a row says so.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from benchmarks.proof.recorded import recorded
from grader.contracts.evidence import Evidence
from grader.contracts.training_facts import Epoch, Try
from grader.contracts.verdict import Verdict
from grader.trials.claims import trial_of, verdict_of
from grader.trials.variants import read_variants, solutions_folder

from .conftest import by_hand

SOLUTIONS = {each.exercise: each for each in read_variants(solutions_folder()) if each.kind == "solution"}
Changes = dict[str, Any]


def evidence_of(exercise: str) -> Evidence:
    evidence = recorded(SOLUTIONS[exercise])
    assert evidence is not None, "run `make evidence`"
    return evidence.model_copy(update={"trainings": {}})


class Row(NamedTuple):
    """What a student wrote, what that changes, the ids of all causes in order, part of the first line, and the call it points at."""

    exercise: str
    name: str
    changes: Changes
    causes: list[str]
    says: str = ""
    place: str = ""


def end(units: int, activation: str, loss: str, *, logits: bool = False, of: str = "model") -> Changes:
    return {
        f"calls.{of}.facts.output.shape": (units,),
        f"calls.{of}.facts.output.activation": activation,
        f"calls.{of}.facts.compiled.loss": loss,
        f"calls.{of}.facts.compiled.from_logits": logits,
    }


def pipeline(which: str, **facts: Any) -> Changes:
    return {f"calls.batches.facts.{which}.{key}": value for key, value in facts.items()}


def both(**facts: Any) -> Changes:
    return pipeline("training", **facts) | pipeline("validation", **facts)


def one_hot(width: int) -> Changes:
    return both(**{"labels.encoding": "one-hot", "labels.width": width, "labels.minimum": None, "labels.maximum": None})


def integers(classes: int) -> Changes:
    return both(**{"labels.encoding": "integer", "labels.width": 1, "labels.minimum": 0.0, "labels.maximum": classes - 1.0})


def scaled(which: str, scale: float, offset: float = 0.0) -> Changes:
    ends = sorted((offset, 255 * scale + offset))
    return pipeline(which, preprocessing={"resize": None, "scale": scale, "offset": offset}, low=ends[0], high=ends[1])


def layers_first(exercise: str, *kinds: tuple[str, Changes], of: str = "model") -> Changes:
    model = evidence_of(exercise).calls[of].facts
    extra = [by_hand.layer(kind, (1, 1, 3), (1, 1, 3), settings=settings) for kind, settings in kinds]
    return {f"calls.{of}.facts.layers": [one.model_dump() for one in (*extra, *model.layers)]}  # type: ignore[union-attr]


def thawed(call: str, *, known: int, parameters: int, **kinds: int) -> Changes:
    return {f"calls.{call}.facts.base.unfrozen": kinds or {"Conv2D": known}, f"calls.{call}.facts.base.trainable_parameters": parameters}


def trained(training: float, unseen: float, *, loss: float = 0.69, first: float | None = None) -> Changes:
    epochs = tuple(
        Epoch(steps=15 * number, loss=first if first and number == 1 else loss, accuracy=training, holdout_accuracy=unseen)
        for number in range(1, 13)
    )
    one = Try(number=1, epochs=epochs, best_epoch=1, holdout_accuracy=unseen, ended="budget")
    return {"trainings.training": by_hand.trained(unseen).model_copy(update={"tries": (one,)})}


def refused(message: str) -> Changes:
    return {
        "calls.model.status": "raised",
        "calls.model.facts": None,
        "calls.model.problem_type": "ValueError",
        "calls.model.problem": message,
    }


RESCALING = ("Rescaling", {"scale": 1 / 255, "offset": 0.0})
CENTRED = ("Rescaling", {"scale": 1 / 127.5, "offset": -1.0})
CATS, HANDS, LETTERS, CLOTHES, HORSES = "cats-vs-dogs", "rock-paper-scissors", "sign-language", "fashion", "transfer-learning"
ROWS = [
    # relatives of m01 to m11: labels, last layer and loss
    Row(CATS, "tanh at the end", end(1, "tanh", "binary_crossentropy"), ["output-not-a-probability"], "'tanh'", "model"),
    Row(CATS, "relu at the end of two", end(2, "relu", "sparse_categorical_crossentropy"), ["output-not-a-probability"], "'relu'", "model"),
    Row(
        CATS,
        "one sigmoid unit, categorical loss",
        end(1, "sigmoid", "categorical_crossentropy"),
        ["categorical-loss-for-one-unit"],
        "one sigmoid unit",
        "model",
    ),
    Row(
        CATS,
        "softmax over one unit, sparse loss",
        end(1, "softmax", "sparse_categorical_crossentropy"),
        ["softmax-over-one-unit"],
        "always 1.0",
        "model",
    ),
    Row(CATS, "two sigmoid units for 0 and 1", end(2, "sigmoid", "binary_crossentropy"), ["sigmoid-for-one-of-many"], "softmax", "model"),
    Row(
        CATS,
        "two softmax units, 0 and 1, binary loss",
        end(2, "softmax", "binary_crossentropy"),
        ["binary-loss-for-many-units"],
        "sparse_categorical_crossentropy",
        "model",
    ),
    Row(
        CATS,
        "two softmax units, one-hot, sparse loss",
        end(2, "softmax", "sparse_categorical_crossentropy") | one_hot(2),
        ["one-hot-labels-with-sparse-loss"],
        "`categorical_crossentropy`",
        "model",
    ),
    Row(
        CATS,
        "one-hot, one unit, categorical loss",
        end(1, "sigmoid", "categorical_crossentropy") | one_hot(2),
        ["one-unit-for-one-hot-labels"],
        "2 softmax units",
        "model",
    ),
    Row(
        CATS,
        "one-hot, one unit that gives logits",
        end(1, "linear", "binary_crossentropy", logits=True) | one_hot(2),
        ["one-unit-for-one-hot-labels"],
        "class_mode='binary'",
        "batches",
    ),
    Row(
        CATS,
        "class mode left out, focal loss",
        end(1, "sigmoid", "binary_focal_crossentropy") | one_hot(2),
        ["one-unit-for-one-hot-labels"],
        "class_mode='binary'",
        "batches",
    ),
    Row(
        CATS,
        "two softmax units, told to be logits",
        end(2, "softmax", "sparse_categorical_crossentropy", logits=True),
        ["probabilities-declared-logits"],
        "leave one",
        "model",
    ),
    Row(
        CATS,
        "two sigmoid units, one-hot",
        end(2, "sigmoid", "binary_crossentropy") | one_hot(2),
        ["sigmoid-for-one-of-many"],
        "exactly one class",
        "model",
    ),
    Row(HANDS, "one-hot, squared error, sigmoid", end(3, "sigmoid", "mean_squared_error"), ["sigmoid-for-one-of-many"], "3 units", "model"),
    Row(
        HANDS,
        "integers, everything else fits those",
        end(3, "softmax", "sparse_categorical_crossentropy") | integers(3),
        ["not-one-hot"],
        "class_mode='categorical'",
        "batches",
    ),
    Row(
        HANDS,
        "one-hot only in training",
        pipeline("validation", **{"labels.encoding": "integer", "labels.width": 1}),
        ["not-one-hot"],
        "for validation",
        "batches",
    ),
    Row(
        HANDS,
        "four units for one-hot labels of three",
        end(4, "softmax", "categorical_crossentropy"),
        ["units-differ-from-labels"],
        "width 3",
        "model",
    ),
    Row(
        HANDS,
        "two of three classes",
        both(classes=("paper", "rock"), **{"labels.encoding": "one-hot", "labels.width": 2, "labels.by_class": {"paper": 0, "rock": 1}}),
        ["classes-left-out"],
        "knows only the classes paper, rock",
        "batches",
    ),
    Row(
        HANDS, "logits without telling the loss", end(3, "linear", "categorical_crossentropy"), ["logits-not-declared"], "softmax", "model"
    ),
    Row(LETTERS, "ten units", end(10, "softmax", "sparse_categorical_crossentropy"), ["too-few-units"], "up to 24", "model"),
    Row(LETTERS, "one unit", end(1, "sigmoid", "binary_crossentropy"), ["too-few-units"], "1 unit", "model"),
    Row(
        LETTERS,
        "binary loss for 25 softmax units",
        end(25, "softmax", "binary_crossentropy"),
        ["binary-loss-for-many-units"],
        "25 units",
        "model",
    ),
    Row(
        CLOTHES,
        "one sigmoid unit for ten garments",
        end(1, "sigmoid", "binary_crossentropy", of="cnn"),
        ["too-few-units"],
        "up to 9",
        "cnn",
    ),
    # of m18, m19 and m64: scaling
    Row(CATS, "rescaled for validation only", scaled("training", 1.0), ["scaling-differs"], "0…255, validation images as 0…1", "batches"),
    Row(CATS, "rescaled for training only", scaled("validation", 1.0), ["scaling-differs"], "0…1, validation images as 0…255", "batches"),
    Row(CATS, "rescaled by both", layers_first(CATS, RESCALING), ["scaled-twice"], "keep one", "batches"),
    Row(CATS, "rescaled in the pipeline, centred in the model", layers_first(CATS, CENTRED), ["scaled-twice"], "keep one", "batches"),
    Row(
        CATS,
        "rescaled twice in the model",
        scaled("training", 1.0) | scaled("validation", 1.0) | layers_first(CATS, RESCALING, RESCALING),
        ["scaled-twice"],
        "`create_model`",
        "model",
    ),
    Row(CATS, "half of it", scaled("training", 1 / 127.5) | scaled("validation", 1 / 127.5), ["scaled-wrong"], "0…2", "batches"),
    Row(CLOTHES, "rescaled twice by the CNN", layers_first(CLOTHES, RESCALING, of="cnn"), ["scaled-twice"], "`cnn_model`", "cnn"),
    # of m36, m43, m47, m50, m52 and m62: folders and pipelines
    Row(
        CATS,
        "validation is a part of training",
        pipeline("validation", from_training=40, from_validation=60) | {"calls.batches.facts.overlap": 40},
        ["sets-overlap"],
        "40 images",
        "batches",
    ),
    Row(
        CATS,
        "training on everything",
        pipeline("training", from_training=500, from_validation=100) | {"calls.batches.facts.overlap": 100},
        ["sets-overlap"],
        "100 images",
        "batches",
    ),
    Row(
        CATS,
        "training on validation",
        pipeline("training", from_training=0, from_validation=600) | {"calls.batches.facts.overlap": 100},
        ["training-reads-validation"],
        "make it from the training images",
        "batches",
    ),
    Row(
        CATS,
        "folders swapped",
        pipeline("training", from_training=0, from_validation=600) | pipeline("validation", from_training=100, from_validation=0),
        ["folders-swapped"],
        "trains on the validation folder",
        "batches",
    ),
    Row(
        CATS,
        "classes named by hand, in another order",
        pipeline("validation", **{"labels.by_class": {"cats": 1, "dogs": 0}}),
        ["labels-differ"],
        "cats is 0",
        "batches",
    ),
    Row(
        CATS,
        "validation from the training folder",
        pipeline("validation", from_training=100, from_validation=0) | {"calls.batches.facts.overlap": 100},
        ["validation-reads-training"],
        "make it from the validation images",
        "batches",
    ),
    Row(
        CATS,
        "no labels for validation alone",
        pipeline("validation", **{"labels.encoding": "none", "labels.width": 0}),
        ["no-labels"],
        "validation pipeline",
        "batches",
    ),
    Row(CATS, "pictures with transparency", both(image_shape=(150, 150, 4)), ["image-channels"], "3 channels", "batches"),
    Row(
        CATS,
        "the other size for validation",
        pipeline("validation", image_shape=(150, 100, 3)),
        ["image-size"],
        "150×100×3 for validation",
        "batches",
    ),
    Row(
        "augmentation",
        "augments the wrong one",
        pipeline("training", augmented=False, augmentations={}) | pipeline("validation", augmented=True, augmentations={"flipped": 0.5}),
        ["not-augmented", "validation-augmented"],
        "nothing is augmented",
        "batches",
    ),
    # of m13, m15, m17 and m25: what Keras refuses
    Row(
        CATS,
        "a name that Keras does not know",
        refused("Could not interpret activation function identifier: rellu"),
        ["unknown-name"],
        "'rellu'",
        "model",
    ),
    Row(
        CATS,
        "an optimizer by its old argument",
        refused("Argument(s) not recognized: {'lr': 0.001}"),
        ["removed-in-keras-3"],
        "`learning_rate`",
        "model",
    ),
    Row(
        CATS,
        "metrics as one name",
        refused("Expected `metrics` argument to be a list, tuple, or dict. Received instead: metrics=accuracy"),
        ["metrics-form"],
        "metrics=['accuracy']",
        "model",
    ),
    Row(
        CATS,
        "layers one by one",
        refused("Expected `trainable` to be a boolean. Received: trainable=<Dense name=dense_7, built=False>"),
        ["layers-not-in-a-list"],
        "Sequential([...])",
        "model",
    ),
    # of m77, m79, m83 and m95: pretrained bases
    Row(
        HORSES,
        "the head frozen instead of the base",
        thawed("base", known=104, parameters=410_208)
        | thawed("final", known=96, parameters=199_120)
        | {f"calls.final.facts.layers.{n}.trainable": False for n in (143, 145)}
        | {"calls.final.facts.trainable_parameters": 199_120},
        ["head-frozen", "base-not-frozen"],
        "199,120 parameters of the base trainable",
        "final",
    ),
    Row(
        HORSES,
        "layers of a copy frozen",
        thawed("base", known=104, parameters=410_208, Conv2D=52, BatchNormalization=52)
        | thawed("final", known=96, parameters=199_120, Conv2D=48, BatchNormalization=48),
        ["base-not-frozen"],
        "410,208 trainable parameters",
        "base",
    ),
    Row(
        HORSES,
        "some weights loaded",
        {"calls.base.facts.base.equal": 60, "calls.final.facts.base.equal": 52},
        ["partly-loaded"],
        "60 of 104 layers",
        "base",
    ),
    Row(
        "dropout",
        "SpatialDropout1D for Dropout",
        {f"calls.{call}.facts.layers.9.kind": "SpatialDropout1D" for call in ("model", "half", "most")},
        ["another-kind"],
        "SpatialDropout1D",
        "model",
    ),
    Row(
        "dropout",
        "the same rate for all",
        {f"calls.{call}.facts.layers.9.settings": {"rate": 0.5} for call in ("model", "most")},
        ["other-default"],
        "50 %",
        "model",
    ),
    # of m11, m16 and m17: what spoils a training
    Row(
        CATS,
        "Adam at 0.1",
        {"calls.model.facts.compiled.optimizer": "adam", "calls.model.facts.compiled.learning_rate": 0.1}
        | trained(0.5, 0.5, first=39_176.0),
        ["learning-rate"],
        "0.1",
        "model",
    ),
    Row(
        CATS,
        "Adam at 0.01",
        {"calls.model.facts.compiled.optimizer": "adam", "calls.model.facts.compiled.learning_rate": 0.01}
        | trained(0.5, 0.5, first=4_711.0),
        ["overshoots"],
        "0.01, which is high for adam",
        "model",
    ),
    Row(CATS, "a millionth", {"calls.model.facts.compiled.learning_rate": 1e-6} | trained(0.51, 0.5), ["learning-rate"], "1e-06", "model"),
    Row(
        CATS,
        "all layers frozen",
        {"calls.model.facts.layers.*.trainable": False, "calls.model.facts.trainable_parameters": 0} | trained(0.5, 0.5),
        ["frozen-layers"],
        "0 of 9,494,561",
        "model",
    ),
    Row(
        CATS,
        "the convolutions frozen, Dense not",
        {f"calls.model.facts.layers.{n}.trainable": False for n in (0, 2, 4)} | trained(1.0, 0.6),
        ["frozen-layers"],
        "3 of the 5 layers",
        "model",
    ),
    Row(
        CATS,
        "other images than the network takes, channels first",
        {"calls.model.facts.input_shape": (3, 150, 150)}
        | {"trainings.training": {"status": "impossible", "reason": "Keras cannot make a single training step."}},
        ["input-shape-mismatch"],
        "expects 3×150×150",
        "model",
    ),
]
RIGHT = [
    Row(HORSES, "dropout of whole feature maps", {"calls.final.facts.layers.144.kind": "SpatialDropout2D"}, []),
    Row(
        CATS,
        "pools globally instead of flattening",
        {"calls.model.facts.layers.6.kind": "GlobalAveragePooling2D", "calls.model.facts.layers.6.output_shape": (64,)},
        [],
    ),
    Row(CATS, "tanh and hinge", end(1, "tanh", "hinge"), []),
    Row(CATS, "one linear unit and squared error", end(1, "linear", "mean_squared_error"), []),
    Row(HANDS, "two pipelines of different batch sizes", pipeline("validation", batch_size=1), []),
    Row(LETTERS, "26 units", end(26, "softmax", "sparse_categorical_crossentropy"), []),
    Row(CATS, "a pixel of 256ths", scaled("training", 1 / 256) | scaled("validation", 1 / 256), []),
    Row(CATS, "an unusual rate that works", {"calls.model.facts.compiled.learning_rate": 0.05}, []),
]


def judged(row: Row) -> tuple[Verdict, Evidence]:
    evidence = by_hand.changed(evidence_of(row.exercise), row.changes)
    return verdict_of(trial_of(SOLUTIONS[row.exercise]), evidence), evidence


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.exercise}: {row.name}")
def test_a_relative_is_known_by_its_id_and_first_line(row: Row) -> None:
    verdict, evidence = judged(row)
    assert [cause.id for cause in verdict.causes] == row.causes
    first = verdict.causes[0]
    assert row.says in first.sentence
    assert first.place == evidence.calls[row.place].place
    assert first.expected != first.found


@pytest.mark.parametrize("row", RIGHT, ids=lambda row: f"{row.exercise}: {row.name}")
def test_a_relative_of_what_is_right_has_no_cause(row: Row) -> None:
    assert judged(row)[0].causes == ()


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"from_training": 100, "from_validation": 0}, "all 100 images of the validation pipeline are training images"),
        ({"from_training": 85, "from_validation": 0, "unexplained": 15}, "85 of 100 images of the validation pipeline are training images"),
        (
            {"from_training": 50, "from_validation": 0, "checked": 50},
            "all 50 images checked of the validation pipeline are training images",
        ),
        ({"from_training": 30, "from_validation": 70}, "30 images in both, of 100 in validation"),
    ],
)
def test_a_leak_says_how_many_of_what(changes: Changes, found: str) -> None:
    (cause,) = judged(Row(CATS, "", pipeline("validation", **changes), []))[0].causes
    assert cause.found == found

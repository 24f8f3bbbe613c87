"""Honest models of many kinds: accepted, counted and described as Keras itself does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import pytest
import tensorflow as tf
from keras import layers as kl

from grader.build.recorders.model import payload_of
from grader.contracts.network_facts import ModelFacts
from grader.examine.canonical import Problem
from grader.examine.rebuild import build_model
from grader.examine.structure import ModelReading, model_facts

Build = Callable[[], Any]


def read(model: Any, input_shape: tuple[int, ...] | None = None) -> ModelReading:
    """Return the reading of a model that must be accepted."""
    reading = model_facts(payload_of(model), input_shape)
    assert isinstance(reading, ModelReading), reading
    return reading


def course_network() -> Any:
    return keras.Sequential(
        [
            keras.Input((150, 150, 3)),
            kl.Conv2D(16, 3, activation="relu"),
            kl.MaxPooling2D(2, 2),
            kl.Conv2D(32, 3, activation="relu"),
            kl.MaxPooling2D(2, 2),
            kl.Conv2D(64, 3, activation="relu"),
            kl.MaxPooling2D(2, 2),
            kl.Flatten(),
            kl.Dense(512, activation="relu"),
            kl.Dense(1, activation="sigmoid"),
        ]
    )


def functional(middle: Callable[[Any], Any], shape: tuple[int | None, ...] = (16, 16, 3), dtype: str = "float32") -> Any:
    inputs = keras.Input(shape, dtype=dtype)
    return keras.Model(inputs, middle(inputs))


def test_the_course_network_is_counted_exactly() -> None:
    facts = read(course_network()).facts
    assert facts.parameters == facts.trainable_parameters == 9_494_561
    assert [layer.output_shape and layer.output_shape[0] for layer in facts.layers] == [148, 74, 72, 36, 34, 17, 18_496, 512, 1]
    assert facts.input_shape == (150, 150, 3)
    assert facts.output is not None
    assert (facts.output.shape, facts.output.activation, facts.output.layer) == ((1,), "sigmoid", facts.layers[-1].name)
    convolutions = 148 * 148 * 16 * 27 + 72 * 72 * 32 * 144 + 34 * 34 * 64 * 288
    assert facts.multiplications == convolutions + 18_496 * 512 + 512
    assert facts.layers[0].settings["kernel_size"] == [3, 3]
    assert facts.layers[0].activation == "relu"
    assert facts.layers[1].activation is None


def _residual(x: Any) -> Any:
    y = kl.Conv2D(8, 3, padding="same", use_bias=False)(x)
    y = kl.BatchNormalization()(y)
    y = kl.ReLU()(y)
    return kl.Dense(2)(kl.GlobalAveragePooling2D()(kl.add([kl.Conv2D(8, 1)(x), y])))


def _shared(x: Any) -> Any:
    convolution = kl.Conv2D(3, 3, padding="same")
    return kl.Flatten()(kl.Concatenate()([convolution(x), convolution(convolution(x))]))


def _by_hand(x: Any) -> Any:
    x = 1 - (x / 255.0) * 2
    x = keras.ops.concatenate([x, x[:, ::-1]], axis=-1)
    x = keras.ops.relu(keras.ops.clip(-x, 0, 6))
    return keras.ops.mean(keras.ops.reshape(x, (-1, 16 * 16, 6)), axis=1)


LAYER_STACKS: dict[str, list[Any]] = {
    "augmentation": [
        kl.RandomFlip("horizontal"),
        kl.RandomRotation(0.1, fill_mode="nearest"),
        kl.RandomZoom((-0.1, 0.2)),
        kl.RandomTranslation(0.1, (-0.2, 0.2)),
        kl.RandomContrast(0.2),
        kl.RandomBrightness(0.1, value_range=(0, 1)),
        kl.RandomCrop(12, 12),
        kl.RandomShear(0.1, 0.1),
        kl.Rescaling(1 / 127.5, offset=-1),
    ],
    "preprocessing": [
        kl.Resizing(20, 20),
        kl.CenterCrop(18, 18),
        kl.Normalization(mean=[1.0, 2.0, 3.0], variance=[4.0, 5.0, 6.0]),
        kl.Rescaling([0.5, 0.5, 0.5]),
        kl.ZeroPadding2D((1, 2)),
        kl.Cropping2D(((1, 0), (0, 1))),
        kl.UpSampling2D(2),
    ],
    "convolutions": [
        kl.Conv2D(4, (3, 5), padding="same", activation=tf.nn.leaky_relu, kernel_regularizer="l2", kernel_constraint="max_norm"),
        kl.SeparableConv2D(6, 3, depth_multiplier=2),
        kl.DepthwiseConv2D(3, depth_multiplier=2),
        kl.Conv2DTranspose(3, 2, strides=2),
        kl.Conv2D(6, 3, groups=3, dilation_rate=2, kernel_initializer="he_normal", bias_initializer=keras.initializers.Constant(0.1)),
        kl.AveragePooling2D(2),
        kl.Reshape((-1, 6)),
        kl.Conv1D(4, 3, padding="causal"),
        kl.SeparableConv1D(4, 2),
        kl.MaxPooling1D(2),
        kl.GlobalMaxPooling1D(),
    ],
    "normalisation": [
        kl.Conv2D(8, 1),
        kl.BatchNormalization(momentum=0.9),
        kl.LayerNormalization(),
        kl.GroupNormalization(4),
        kl.UnitNormalization(),
        kl.RMSNormalization(),
        kl.PReLU(shared_axes=[1, 2]),
        kl.LeakyReLU(0.1),
        kl.ELU(),
        kl.ReLU(max_value=6),
        kl.Activation("gelu"),
    ],
    "dropouts": [
        kl.SpatialDropout2D(0.1),
        kl.GaussianNoise(0.1),
        kl.GaussianDropout(0.1),
        kl.AlphaDropout(0.1),
        tf.keras.layers.AlphaDropout(0.1),  # another class, of the same name
        kl.Permute((2, 1, 3)),
        kl.Flatten(),
        kl.Dropout(0.5),
        kl.Dense(3, activation=kl.LeakyReLU(0.2), kernel_regularizer=keras.regularizers.L1L2(0.1, 0.2)),
        kl.Identity(),
        kl.Softmax(),
    ],
}

ACCEPTED: dict[str, Build] = {
    **{name: lambda stack=stack: keras.Sequential([keras.Input((16, 16, 3)), *stack]) for name, stack in LAYER_STACKS.items()},
    "residual": lambda: functional(_residual),
    "a layer called three times": lambda: functional(_shared),
    "operations by hand": lambda: functional(_by_hand),
    "caffe preprocessing": lambda: functional(lambda x: kl.Flatten()(keras.applications.resnet50.preprocess_input(x))),
    "torch preprocessing": lambda: functional(lambda x: kl.Flatten()(keras.applications.densenet.preprocess_input(x))),
    "tf preprocessing": lambda: functional(lambda x: kl.Flatten()(keras.applications.mobilenet_v2.preprocess_input(x))),
    "integer input": lambda: functional(lambda x: kl.Flatten()(keras.ops.cast(x, "float32") / 255.0), dtype="uint8"),
    "nested Sequential": lambda: keras.Sequential(
        [keras.Input((16, 16, 3)), keras.Sequential([kl.Conv2D(4, 3), keras.Sequential([kl.MaxPooling2D()])]), kl.Flatten(), kl.Dense(1)]
    ),
    "several outputs": lambda: keras.Model(i := keras.Input((8,)), [kl.Dense(2)(i), kl.Dense(3)(i)]),
    "several inputs": lambda: keras.Model([a := keras.Input((8,)), b := keras.Input((3,))], kl.Dense(2)(kl.Concatenate()([a, b]))),
    "named input": lambda: keras.Model({"image": (i := keras.Input((8,), name="image"))}, {"y": kl.Dense(2)(i)}),
    "an output that is used further": lambda: keras.Model(i := keras.Input((8,)), [d := kl.Dense(2)(i), kl.Dense(3)(d)]),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_honest_models_are_counted_and_shaped_as_keras_does(name: str) -> None:
    model = ACCEPTED[name]()
    reading = read(model)
    assert reading.facts.parameters == model.count_params()
    assert reading.facts.trainable_parameters == sum(w.numpy().size for w in model.trainable_weights)
    rebuilt = build_model(reading.model, seed=1)
    assert [tuple(o.shape) for o in rebuilt.outputs] == [tuple(o.shape) for o in model.outputs]
    assert rebuilt.count_params() == model.count_params()
    again = read(rebuilt)
    assert again.facts.parameters == reading.facts.parameters


@pytest.mark.parametrize("name", ["InceptionV3", "MobileNetV2", "ResNet50"])
def test_applications_are_accepted(name: str) -> None:
    base = getattr(keras.applications, name)(weights=None, include_top=False, input_shape=(96, 96, 3))
    base.trainable = False
    head = kl.Dense(1, activation="sigmoid")(kl.Flatten()(base.output))
    facts = read(keras.Model(base.input, head)).facts
    assert facts.parameters == base.count_params() + facts.layers[-1].parameters
    assert facts.trainable_parameters == facts.layers[-1].parameters
    assert {layer.trainable for layer in facts.layers[:-1] if layer.parameters} == {False}


def test_a_nested_frozen_base_is_walked() -> None:
    base = keras.Sequential([keras.Input((16, 16, 3)), kl.Conv2D(4, 3, name="inner"), kl.BatchNormalization()], name="base")
    base.trainable = False
    model = functional(lambda x: kl.Dense(1, name="head")(kl.Flatten()(base(x, training=False))))
    facts = read(model).facts
    assert [(layer.name, layer.path, layer.trainable) for layer in facts.layers if layer.parameters] == [
        ("inner", ("base",), False),
        (base.layers[1].name, ("base",), False),
        ("head", (), True),
    ]
    assert facts.trainable_parameters == 14 * 14 * 4 + 1


ENDINGS: dict[str, tuple[list[Any], str, str]] = {
    "own activation": ([kl.Dense(2, activation="softmax", name="last")], "softmax", "last"),
    "Activation layer": ([kl.Dense(1, name="last"), kl.Activation("sigmoid")], "sigmoid", "last"),
    "Softmax, then Reshape": ([kl.Dense(4, name="last"), kl.Softmax(), kl.Reshape((2, 2))], "softmax", "last"),
    "dropout after the output": ([kl.Dense(3, activation="softmax", name="last"), kl.Dropout(0.2)], "softmax", "last"),
    "the last activation counts": ([kl.Dense(1, activation="relu", name="last"), kl.Activation("sigmoid")], "sigmoid", "last"),
    "linear": ([kl.Dense(1, name="last")], "linear", "last"),
    "nested": ([keras.Sequential([kl.Dense(2, name="last")]), kl.Softmax()], "softmax", "last"),
    "nested activation only": ([kl.Dense(2, name="last"), keras.Sequential([kl.Softmax()])], "softmax", "last"),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_the_end_is_seen_through_trailing_layers(name: str) -> None:
    layers, activation, last = ENDINGS[name]
    facts = read(keras.Sequential([keras.Input((8,)), *layers])).facts
    assert facts.output is not None
    assert (facts.output.activation, facts.output.layer) == (activation, last)


def test_an_operation_shows_its_name_and_arguments() -> None:
    layers = read(functional(lambda x: 1 - x / 255.0)).facts.layers
    assert [layer.kind for layer in layers] == ["Operation", "Operation"]
    assert layers[0].settings == {"operation": "divide", "arguments": ["tensor", 255.0]}
    assert layers[1].settings == {"operation": "subtract", "arguments": [1, "tensor"]}


def test_a_model_without_input_is_described_and_built_once_a_shape_is_known() -> None:
    model = keras.Sequential([kl.Conv2D(4, 3), kl.Flatten(), kl.Dense(1, activation="sigmoid")])
    unknown, known = read(model), read(model, (16, 16, 3))
    assert [note.id for note in unknown.notes] == ["no-input-shape"]
    assert [layer.kind for layer in unknown.facts.layers] == ["Conv2D", "Flatten", "Dense"]
    assert unknown.facts.input_shape is None
    assert known.facts.input_shape is None
    assert known.facts.parameters == 112 + 14 * 14 * 4 + 1
    assert known.facts.output is not None
    assert known.facts.output.shape == (1,)


def test_another_precision_is_trained_in_float32_and_said() -> None:
    model = keras.Sequential([keras.Input((8,)), kl.Dense(1, dtype="mixed_float16")])
    reading = read(model)
    assert [note.id for note in reading.notes] == ["other-precision"]
    assert build_model(reading.model, 0).layers[-1].compute_dtype == "float32"


UNBUILDABLE: dict[str, tuple[list[Any], tuple[int, ...], str]] = {
    "too many blocks": (
        [kl.MaxPooling2D(), kl.MaxPooling2D(), kl.MaxPooling2D(), kl.MaxPooling2D(), kl.Conv2D(8, 3, name="c")],
        (28, 28, 1),
        "After 4 pooling layers the feature map is too small for the Conv2D layer 'c': 1×1, and the layer needs at least 3×3.",
    ),
    "batch size in the shape": ([kl.Conv2D(8, 3)], (1, 28, 28, 1), "leave out the batch size"),
    "no channels": ([kl.Conv2D(8, 3)], (28, 28), "needs images of shape (height, width, channels)"),
    "Reshape": ([kl.Flatten(), kl.Reshape((7, 7))], (5, 5), "does not fit its input of shape (25,)."),
}


@pytest.mark.parametrize("name", UNBUILDABLE)
def test_layers_that_do_not_fit_are_explained_in_one_sentence(name: str) -> None:
    layers, shape, sentence = UNBUILDABLE[name]
    problem = model_facts(payload_of(keras.Sequential(layers)), shape)
    assert isinstance(problem, Problem)
    assert (problem.status, problem.id) == ("unbuildable", "unbuildable")
    assert sentence in problem.sentence
    assert problem.detail


def test_facts_survive_json() -> None:
    facts = read(course_network()).facts
    assert ModelFacts.model_validate_json(facts.model_dump_json()) == facts

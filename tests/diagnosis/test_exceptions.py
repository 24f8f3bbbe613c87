"""What Python and Keras say, and what a student is told it means; first the call and the words of the exception."""

from __future__ import annotations

import pytest

from grader.contracts.evidence import CallEvidence
from grader.course import load
from grader.diagnosis.exceptions import explain_exception
from grader.diagnosis.explanation import Explanation
from grader.diagnosis.spelling import closest

LAYERS = "module 'keras._tf_keras.keras.layers' has no attribute"
GIVEN_UP = "not supported between instances of"
ONLY_LAYERS = "Only instances of `keras.Layer` can be added to a Sequential model. Received:"
RANK = "Input data in `NumpyArrayIterator` should have rank 4. You passed an array with shape"


def explained(kind: str, problem_type: str, message: str, *, problem: str = "raised", detail: str = "") -> Explanation | None:
    call = CallEvidence.model_validate(
        {
            "id": "one",
            "kind": kind,
            "function": "create_model",
            "status": "raised",
            "problem_type": problem_type,
            "problem": f"`create_model` raised {problem_type}: {message}",
            "detail": detail,
        }
    )
    return explain_exception(problem, problem_type, call, load("cats-vs-dogs").protocol)


@pytest.mark.parametrize(
    ("kind", "problem_type", "message", "cause", "says"),
    [
        (
            "model",
            "AttributeError",
            f"{LAYERS} 'MaxPool2d'",
            "no-such-name",
            "`tf.keras.layers.MaxPool2d`, which does not exist (did you mean `MaxPool2D`?).",
        ),
        ("model", "AttributeError", f"{LAYERS} 'RandomBrightnessShift'", "no-such-name", "did you mean `RandomBrightness`?"),
        ("model", "AttributeError", "module 'tensorflow' has no attribute 'layers'", "no-such-name", "`tf.layers`, which does not exist."),
        ("batches", "AttributeError", "module 'numpy' has no attribute 'expand'", "no-such-name", "`numpy.expand`, which does not exist."),
        (
            "augmenter",
            "TypeError",
            "ImageDataGenerator.__init__() got an unexpected keyword argument 'rotation'",
            "no-such-argument",
            "`rotation=` to `ImageDataGenerator`, which takes none of that name (did you mean `rotation_range`?).",
        ),
        (
            "model",
            "ValueError",
            "Unrecognized keyword arguments passed to Conv2D: {'dropout': 0.2}",
            "no-such-argument",
            "`dropout=` to `Conv2D`, which takes none of that name.",
        ),
        (
            "model",
            "TypeError",
            "Trainer.compile() got an unexpected keyword argument 'epochs'",
            "no-such-argument",
            "`epochs=` to `compile`",
        ),
        ("model", "ValueError", "Argument(s) not recognized: {'lr': 0.1}", "removed-in-keras-3", "`learning_rate`"),
        ("model", "ValueError", "Could not interpret optimizer identifier: rmsprob", "unknown-name", "did you mean `rmsprop`?"),
        ("model", "NameError", "name 'RMSprop' is not defined", "undefined-name", "uses `RMSprop`, which it does not know; import it"),
        (
            "folders",
            "UnboundLocalError",
            "cannot access local variable 'files' where it is not associated with a value",
            "no-value-yet",
            "`files` before",
        ),
        ("model", "AttributeError", "'NoneType' object has no attribute 'add'", "none-used", "`model.add`"),
        ("batches", "AttributeError", "'tuple' object has no attribute 'flow_from_directory'", "comma-makes-tuple", "a comma"),
        ("loop", "TBNotInstalledError", "TensorBoard is not installed, missing implementation", "package-missing", "`TensorBoard`"),
        ("model", "ValueError", f"{ONLY_LAYERS} None (of type <class 'NoneType'>)", "placeholder-left", "`None` among its layers"),
        (
            "model",
            "ValueError",
            f"{ONLY_LAYERS} <class 'keras.src.layers.reshaping.flatten.Flatten'> (of type <class 'type'>)",
            "brackets-missing",
            "`Flatten()`",
        ),
        ("model", "ValueError", "Only input tensors may be passed as positional arguments.", "layer-not-tensor", "`.output`"),
        (
            "model",
            "ValueError",
            "All `inputs` values must be KerasTensors. Received: ...",
            "layer-not-tensor",
            "`inputs=base.input, outputs=x`",
        ),
        ("model", "ValueError", "Cannot convert '150' to a shape.", "shape-in-pieces", "`Input(shape=(150, 150, 3))`"),
        (
            "batches",
            "UFuncTypeError",
            "ufunc 'multiply' did not contain a loop with signature matching types (dtype('<U5'))",
            "text-for-number",
            "`rescale`",
        ),
        ("folders", "TypeError", "slice indices must be integers or None", "no-whole-number", "`int(len(files) * SPLIT_SIZE)`"),
        ("folders", "TypeError", "object of type 'NoneType' has no len()", "none-used", "`random.shuffle`"),
        ("batches", "TypeError", "'str' object cannot be interpreted as an integer", "target-size-form", "(150, 150)"),
        ("tensor", "AttributeError", "'Add' object has no attribute 'output_shape'", "removed-in-keras-3", "`layer.output.shape`"),
        (
            "callback",
            "TypeError",
            "on_epoch_end() takes from 1 to 2 positional arguments but 3 were given",
            "callback-without-logs",
            "logs=None",
        ),
        ("model", "TypeError", "'KerasTensor' object is not callable", "tensor-called", "without brackets"),
        ("model", "TypeError", f"'<=' {GIVEN_UP} 'tuple' and 'int'", "filters-and-window-swapped", "number of filters first"),
        ("model", "TypeError", f"'<=' {GIVEN_UP} 'int' and 'str'", "text-for-number", "quotation marks"),
        (
            "model",
            "ValueError",
            "Kernel shape must have the same length as input, but received kernel of shape (3, 150, 16).",
            "layer-for-sequences",
            "Conv1D",
        ),
        (
            "model",
            "ValueError",
            "Input 0 of layer 'spatial_dropout2d' is incompatible with the layer: expected ndim=4, found ndim=2.",
            "image-layer-behind-flatten",
            "behind Flatten",
        ),
        (
            "model",
            "ValueError",
            "A KerasTensor cannot be used as input to a TensorFlow function.",
            "tensorflow-function-in-network",
            "the Keras layer",
        ),
        (
            "loop",
            "ValueError",
            "When providing `x` as a PyDataset, `y` should not be passed.",
            "validation-by-position",
            "`validation_data=validation`",
        ),
        ("loop", "TypeError", f"'>' {GIVEN_UP} 'NoneType' and 'float'", "no-such-figure", "such as `acc`"),
        ("callback", "KeyError", "KeyError: 'acuracy'", "no-such-figure", "asks for `acuracy`"),
        (
            "batches",
            "FileNotFoundError",
            "[Errno 2] No such file or directory: '/tmp/cats-v-dogs/training'",
            "path-of-another-machine",
            "`/tmp/cats-v-dogs/training`, which is not there",
        ),
        (
            "model",
            "FileNotFoundError",
            "[Errno 2] Unable to synchronously open file (unable to open file: name = '/tmp/w.h5', errno = 2)",
            "path-of-another-machine",
            "`/tmp/w.h5`",
        ),
        ("parse", "ValueError", "cannot reshape array of size 785 into shape (28,28)", "label-among-pixels", "column 0"),
        ("parse", "ValueError", "cannot reshape array of size 3913728 into shape (28,28)", "number-of-images", "`reshape(-1, 28, 28)`"),
        ("parse", "ValueError", "I/O operation on closed file.", "file-closed", "inside the block"),
        ("batches", "ValueError", f"{RANK} (4992,)", "labels-for-images", "`flow(images, labels)`"),
        ("batches", "ValueError", f"{RANK} (4992, 28, 28)", "channel-axis-missing", "`np.expand_dims(images, axis=-1)`"),
        (
            "batches",
            "ValueError",
            "`x` (images tensor) and `y` (labels) should have the same length. Found: x.shape = (1, 4992, 28, 28)",
            "channel-axis-in-front",
            "comes last",
        ),
        (
            "model",
            "Exception",
            "URL fetch failure on https://storage.googleapis.com/tensorflow/tf-keras-datasets/x.gz: None",
            "downloads-data",
            "a dataset",
        ),
        (
            "model",
            "Exception",
            "URL fetch failure on https://storage.googleapis.com/tensorflow/keras-applications/x.h5: None",
            "downloads-weights",
            "`weights=None`",
        ),
    ],
)
def test_an_exception_is_told_in_the_courses_terms(kind: str, problem_type: str, message: str, cause: str, says: str) -> None:
    found = explained(kind, problem_type, message)

    assert found is not None
    assert found.id == cause
    assert says in found.sentence
    assert "{" not in found.sentence.replace("{'", "")


@pytest.mark.parametrize(
    ("problem", "message", "cause"),
    [
        ("scenario-raised", "ModuleNotFoundError: No module named 'sklearn'", "package-missing"),
        ("answer-raised", "KeyError: 'val_acc'", "no-such-figure"),
        ("answer-raised", "AttributeError: 'dict' object has no attribute 'history'", "history-is-a-dictionary"),
    ],
)
def test_so_is_one_of_a_single_case(problem: str, message: str, cause: str) -> None:
    call = CallEvidence(id="one", kind="folders" if problem == "scenario-raised" else "table", function="best_epoch", status="returned")

    found = explain_exception(problem, message, call, load("inside-the-network").protocol)

    assert found is not None
    assert found.id == cause


@pytest.mark.parametrize(("loss", "meant"), [("binary_cross_entropy", "'binary_crossentropy'"), ("my_own_loss", "")])
def test_a_misspelt_loss_is_told_from_ones_own(loss: str, meant: str) -> None:
    call = CallEvidence(id="one", kind="model", function="create_model", status="refused", problem_type="python-loss", subject=loss)

    found = explain_exception("python-loss", loss, call, load("cats-vs-dogs").protocol)

    assert (found.expected if found is not None else "") == meant


def test_the_lines_that_an_exception_went_through_say_nothing_about_what_went_wrong() -> None:
    """A student's own line may hold any word that a symptom looks for."""
    lines = '  File "submission.py", line 12, in train_val_generators\n    make(target_size=(150, 150), validation_split=0.1)\n'

    assert explained("batches", "KeyError", "'cat'", detail=lines) is None


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Conv", "Conv2D"),
        ("BatchNorm", "BatchNormalization"),
        ("AdamOptimizer", "adam"),
        ("flatten", "Flatten"),
        ("Dense", ""),
        ("train", ""),
    ],
)
def test_a_name_is_compared_with_those_of_the_course(name: str, meant: str) -> None:
    assert closest(name) == meant

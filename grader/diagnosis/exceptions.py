"""Says in the course's terms what an exception means. It chooses words only: that the call failed is measured elsewhere."""

from __future__ import annotations

import re
from typing import NamedTuple

from grader.contracts.data_facts import BatchesFacts
from grader.contracts.evidence import CallEvidence
from grader.contracts.protocol import Protocol
from grader.words import Table

from .explanation import Explanation

RAISED = frozenset(
    {"raised", "unbuildable", "pipeline-raised", "scenario-raised", "needs-slash", "second-call-raised", "case-raised", "callback-raised"}
)


class _Symptom(NamedTuple):
    kinds: frozenset[str]  # of the call
    pattern: re.Pattern[str]  # in "Type: message"
    id: str
    sentence: str
    expected: str  # "": what the criterion expected
    key: str  # of its sentence in `WORDS`: the id, unless several share that


def _symptom(kinds: str, pattern: str, cause: str, sentence: str, expected: str = "", *, key: str = "") -> _Symptom:
    return _Symptom(frozenset(kinds.split()), re.compile(pattern, re.IGNORECASE | re.DOTALL), cause, sentence, expected, key or cause)


ANY = "model tensor batches table parse folders loop augmenter callback"
SYMPTOMS = (
    _symptom(
        "model",
        r"URL fetch failure|urlopen error|storage\.googleapis\.com|data_utils\.get_file|file_utils\.py",
        "downloads-weights",
        "`{function}` asks Keras to download weights, but there is no network here; build the base with `weights=None`, and load the file "
        "that the function is given.",
        "`weights=None`, and the weights from the file",
    ),
    _symptom(
        "model",
        r"Layer count mismatch|Weight count mismatch|Shape mismatch in layer|could not be loaded|expects? \d+ weight|cannot be assigned|"
        r"incompatible shape",
        "weights-of-another-network",
        "`{function}` loads the file into another network than it belongs to; build the one that the instructions name, with "
        "`include_top=False`.",
        "the network that the file belongs to",
    ),
    _symptom(
        "model",
        r"Invalid value received for argument `rate`",
        "dropout-as-percent",
        "`{function}` gives Dropout a rate that is no share: it lies between 0 and 1, and `Dropout(0.2)` drops 20 % of the units.",
        "a rate from 0 to 1",
    ),
    _symptom(
        "model",
        r"Could not interpret (?:activation function|optimizer|initializer) identifier: (\w+)",
        "unknown-name",
        "`{function}` asks for '{match}', which Keras does not have; look at how it is spelled: 'relu', 'sigmoid', 'softmax', or "
        "'rmsprop', 'adam'.",
        "a name that Keras knows",
    ),
    _symptom(
        "model",
        r"Argument\(s\) not recognized: \{'(lr)'",
        "removed-in-keras-3",
        "`{function}` sets `{match}`; in Keras 3 an optimizer takes `learning_rate`.",
        "`learning_rate=...`",
        key="rate-renamed-in-keras-3",
    ),
    _symptom(
        "model",
        r"Expected `metrics` argument to be a list",
        "metrics-form",
        "`{function}` gives `metrics` one name; it is a list of them: `metrics=['accuracy']`.",
        "`metrics=['accuracy']`",
    ),
    _symptom(
        "model",
        r"Expected `trainable` to be a boolean. Received: trainable=<",
        "layers-not-in-a-list",
        "`{function}` hands `Sequential` its layers one by one; it takes one list of them: `Sequential([...])`.",
        "`Sequential([...])`",
    ),
    _symptom(
        "tensor",
        r"No such layer: (\w+)",
        "no-such-layer",
        "`{function}` asks for the layer {match}, but the base has no layer of that name.",
    ),
    _symptom(
        "callback loop",
        r"on_epoch_end\(\) (?:takes \d|missing|got an unexpected)",
        "callback-without-logs",
        "Keras calls the callback with the epoch and its figures: define `on_epoch_end(self, epoch, logs=None)` in `{function}`.",
        "`on_epoch_end(self, epoch, logs=None)`",
    ),
    _symptom(
        "augmenter",
        r"`factor` argument should be a number",
        "share-of-a-turn",
        "`{function}` gives a layer a factor outside -1 to 1; `RandomRotation` takes a fraction of a full turn, e.g. 0.1: `degrees / 360`.",
        "a factor from -1 to 1",
    ),
    _symptom(
        "augmenter batches",
        r"boundary mode not supported|Unknown `fill_mode`",
        "unknown-fill-mode",
        "`{function}` asks for a `fill_mode` that does not exist; there is `constant`, `nearest`, `reflect` and `wrap`.",
    ),
    _symptom(
        ANY, r"^SystemExit", "ends-the-program", "`{function}` ends the program; take out `exit()` or `quit()`, and end it with `return`."
    ),
    _symptom(
        ANY,
        r"PermissionError.*\[Errno 1\] Operation not permitted(?!: )",
        "not-allowed",
        "`{function}` does something that graded code may not, such as starting programs or processes, or using the network; do without.",
    ),
    _symptom(
        "model",
        r"RecursionError",
        "too-many-layers",
        "`{function}` puts more layers in a row than Keras can follow, or calls itself without end; some tens of layers are plenty.",
    ),
    _symptom(
        "model",
        r"ResourceExhaustedError|OOM when allocating|MemoryError|Unable to allocate",
        "out-of-memory",
        "`{function}` asks for more memory than there is: its network is too large. Most parameters lie in the Dense layer after Flatten; "
        "shrink the image further before it, or take fewer units.",
    ),
    _symptom(
        ANY, r"\[Errno 27\] File too large", "disk-full", "`{function}` writes a file that is larger than all its files may be, {disk} MB."
    ),
    _symptom(
        "model",
        r"kernel shape must have the same length as input|expected (ndim=4|shape.*|.*)found ndim=5|has (rank|ndim)[ =]5",
        "batch-size-in-input",
        "The input shape of `{function}` includes the batch size; leave it out: `Input(shape={shape})`.",
        "`Input(shape={shape})`",
    ),
    _symptom(
        "model",
        r"expected (min_)?ndim=4, found ndim=3",
        "channels-missing",
        "The input of `{function}` has no channels, and {colours}: `Input(shape={shape})`.",
        "`Input(shape={shape})`",
    ),
    _symptom(
        "model",
        r"negative dimension|zero or negative|would be negative|non-?positive|must be greater than (zero|0)",
        "feature-map-too-small",
        "In `{function}` the image becomes smaller than the window that slides over it; "
        "use fewer convolution and pooling layers, or `padding='same'`.",
        "an image of at least 1×1 in every layer",
    ),
    _symptom(
        "model batches table",
        r"has no attribute '(output_shape|input_shape)'",
        "removed-in-keras-3",
        "`{function}` asks a layer for its `{match}`; in Keras 3 use `layer.output.shape` or `layer.input.shape`.",
    ),
    _symptom(
        "model",
        r"(?:has never been called and thus|Sequential model '[^']*') has no defined (input|output)",
        "never-called",
        "`{function}` asks for the `{match}` of a Sequential model that has never been called; "
        "start it with `tf.keras.Input`, and take `model.inputs`, or `layer.output` of its layers.",
    ),
    _symptom(
        "loop model",
        r"has no attribute '(fit_generator|predict_classes|evaluate_generator)'",
        "removed-in-keras-3",
        "`{function}` uses `{match}`, which Keras 3 no longer has; `fit`, `evaluate` and `predict` take generators themselves.",
        key="methods-removed-in-keras-3",
    ),
    _symptom(
        "loop",
        r"validation_split.*only supported",
        "validation-split-of-pipeline",
        "`{function}` passes `validation_split` to `fit`, which works on arrays only; pass `validation_data=validation`.",
    ),
    _symptom(
        "parse",
        r"could not convert string.{0,20}\W(label|pixel\d+)\b|invalid literal for int\(\) with base 10: '\W*(?:label|pixel)",
        "header-row",
        "`{function}` reads the header as data; row 0 names the columns: skip it, for example with `next(reader)`.",
    ),
    _symptom(
        "parse",
        r"cannot reshape array of size",
        "label-among-pixels",
        "`{function}` cannot form images of 28×28: column 0 of each row is the label; only the 784 numbers after it are pixels.",
    ),
    _symptom(
        "batches",
        r"should have rank 4\. You passed an array with shape|expected min_ndim=4|got an input with shape \(\d+, \d+\)",
        "channel-axis-missing",
        "`{function}` gives images without a channel axis to something that wants one; add it: `np.expand_dims(images, axis=-1)` gives "
        "(n, {height}, {width}, {channels}).",
        "images of shape (n, {height}, {width}, {channels})",
    ),
    _symptom(
        "batches",
        r"'int' object is not (iterable|subscriptable)|could not broadcast|target_size|too many values to unpack",
        "target-size-form",
        "`{function}` gives the image size in the wrong form; `target_size` is (height, width), for example ({height}, {width}).",
        "`target_size=({height}, {width})`",
    ),
    _symptom(
        "batches",
        r"Invalid class_mode: (\w+)|`label_mode` argument must be",
        "unknown-class-mode",
        "`{function}` asks for labels in a way that does not exist; `class_mode` (`label_mode` for a dataset) is 'binary', "
        "'categorical' or 'sparse' ('int').",
        "a known `class_mode`",
    ),
    _symptom(
        "batches",
        r"If `subset` is set, `validation_split` must be set",
        "subset-without-split",
        "`{function}` gives only one of `validation_split` and `subset`: the first says how much is cut off, the second which part is "
        "meant; give both, or neither.",
        "`validation_split` and `subset`, or neither",
    ),
    _symptom(
        "batches",
        r"cannot identify image file|input is empty|UnidentifiedImageError",
        "broken-image",
        "`{function}` reads a file that is no image, such as a zero-length one; leave those out when you copy.",
    ),
    _symptom(
        "folders",
        r"No such file or directory: '[^/\\']+'",
        "path-not-joined",
        "`{function}` looks for a file by its bare name; join folder and name first: `os.path.join(SOURCE_DIR, name)`.",
    ),
    _symptom(
        "folders",
        r"FileExistsError|File exists",
        "folder-exists",
        "`{function}` makes a folder that is already there; use `os.makedirs(..., exist_ok=True)`.",
    ),
)
WORDS = Table(
    "exceptions",
    {symptom.key: symptom.sentence for symptom in SYMPTOMS}
    | {f"{symptom.key}-expected": symptom.expected for symptom in SYMPTOMS if symptom.expected}
    | {"colour-channels": "colour images have 3", "grey-channels": "grey images have 1"},
)
GENERAL = "`{function}` did not finish within {seconds:g} s; look for a loop that never ends."
BUILDING = "`{function}` did not finish within {seconds:g} s; look for a loop that never ends, or for training, which is not its task."
LOOPS = Table(  # by kind of call
    "exceptions.timeout",
    {
        "tensor": BUILDING,
        "callback": GENERAL,
        "model": BUILDING,
        "parse": "`{function}` did not finish within {seconds:g} s; look for a loop that never ends, or that grows an array row by row.",
        "table": GENERAL,
        "folders": GENERAL,
        "batches": "`{function}` did not finish in time; a Keras generator never ends, so take `next(generator)` instead of a `for` loop.",
        "loop": (
            "`{function}` did not finish in time on a few tiny batches; a few epochs are enough, and the pipelines know their own length."
        ),
    },
)


def explain_exception(problem: str, found: str, call: CallEvidence, protocol: Protocol) -> Explanation | None:
    """Return what an exception of the student's function most likely means; None where its own text says it best."""
    if problem == "timeout" and call.kind in LOOPS.english:
        return Explanation("timeout", LOOPS[call.kind].format(function=call.function, seconds=protocol.limits.seconds))
    if problem not in RAISED:
        return None
    text = f"{found} {_text(call)}"
    height, width, channels = protocol.image_size or (150, 150, 3)
    for symptom in SYMPTOMS:
        match = symptom.pattern.search(text) if call.kind in symptom.kinds else None
        if match is not None:
            values = {"function": call.function, "match": match.group(1) if match.re.groups else "", "height": height, "width": width}
            values |= {"disk": protocol.limits.disk_mb, "channels": channels}
            values |= {"shape": (height, width, channels), "colours": WORDS["colour-channels" if channels == 3 else "grey-channels"]}
            expected = WORDS.get(f"{symptom.key}-expected", "")
            return Explanation(symptom.id, WORDS[symptom.key].format(**values), expected.format(**values))
    return None


def _text(call: CallEvidence) -> str:
    parts = [call.problem_type, call.problem, call.detail]
    if isinstance(call.facts, BatchesFacts):
        for pipeline in (call.facts.training, call.facts.validation):
            parts += [pipeline.error_type, pipeline.error]
    return ": ".join(part for part in parts if part)

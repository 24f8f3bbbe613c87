"""The table of symptoms: which words of Python or Keras stand for which mistake, the first that fits counting."""

from __future__ import annotations

import re
from typing import NamedTuple


class Symptom(NamedTuple):
    """What an exception of some kinds of calls says, and what a student is told it means."""

    kinds: frozenset[str]  # of the call
    pattern: re.Pattern[str]  # in "Type: message"
    id: str
    sentence: str
    expected: str  # "": what the criterion expected
    key: str  # of its sentence in `WORDS`: the id, unless several share that
    multiple: int = 1  # of which the pattern's number must be one

    def search(self, text: str) -> re.Match[str] | None:
        """Return where the text says this, if it does."""
        match = self.pattern.search(text)
        return match if match is None or self.multiple == 1 or int(match.group(1)) % self.multiple == 0 else None


def _symptom(kinds: str, pattern: str, cause: str, sentence: str, expected: str = "", *, key: str = "", multiple: int = 1) -> Symptom:
    words = re.compile(pattern, re.IGNORECASE | re.DOTALL)
    return Symptom(frozenset(kinds.split()), words, cause, sentence, expected, key or cause, multiple)


ANY = "model tensor batches table parse folders loop augmenter callback"
SYMPTOMS = (
    _symptom(
        ANY,
        r"tf-keras-datasets|[/\\\\]datasets[/\\\\]\w+\.py",
        "downloads-data",
        "`{function}` downloads a dataset, but there is no network here; do without: the images come from the exercise.",
    ),
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
        r"Could not interpret (?:activation function|optimizer|initializer) identifier: (?P<name>\w+)",
        "unknown-name",
        "`{function}` asks for '{match}', which Keras does not have{closest}; look at how it is spelled: 'relu', 'sigmoid', 'softmax', or "
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
        r"on_epoch_end\(\) (?:takes (?:from )?\d|missing|got an unexpected)",
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
        r"kernel shape must have the same length as input, but received kernel of shape \((?:\w+, ){3}\w+\)|"
        r"expected (ndim=4|shape.*|.*)found ndim=5|has (rank|ndim)[ =]5",
        "batch-size-in-input",
        "The input shape of `{function}` includes the batch size; leave it out: `Input(shape={shape})`.",
        "`Input(shape={shape})`",
    ),
    _symptom(
        "model",
        r"expected (?:min_)?ndim=4, found ndim=3",
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
        "model batches table tensor",
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
        r"cannot reshape array of size (\d+)",
        "number-of-images",
        "`{function}` forms another number of images than the file has rows; let `reshape(-1, 28, 28)` count them.",
        "`reshape(-1, 28, 28)`",
        multiple=784,
    ),
    _symptom(
        "parse",
        r"cannot reshape array of size",
        "label-among-pixels",
        "`{function}` cannot form images of 28×28: column 0 of each row is the label; only the 784 numbers after it are pixels.",
    ),
    _symptom(
        "parse",
        r"I/O operation on closed file",
        "file-closed",
        "`{function}` reads from the file after the `with` block has closed it; read inside the block.",
    ),
    _symptom(
        "batches",
        r"should have rank 4\. You passed an array with shape \(\d+,\)",
        "labels-for-images",
        "`{function}` hands on the labels where the images belong: `flow(images, labels)`.",
        "images first, then labels",
    ),
    _symptom(
        "batches",
        r"should have the same length\. Found: x\.shape = \(1, \d",
        "channel-axis-in-front",
        "`{function}` puts the new axis in front of the images; the channel axis comes last: `np.expand_dims(images, axis=-1)` gives "
        "(n, {height}, {width}, {channels}).",
        "images of shape (n, {height}, {width}, {channels})",
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
        r"'int' object is not (iterable|subscriptable)|'str' object cannot be interpreted as an integer|"
        r"could not broadcast|target_size|too many values to unpack",
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
    _symptom(
        "model",
        r"kernel of shape \(\w+, \w+, \w+\)|expected (?:min_)?ndim=3, found ndim=4",
        "layer-for-sequences",
        "`{function}` puts a layer for sequences, such as Conv1D or MaxPooling1D, on images; take Conv2D, MaxPooling2D.",
    ),
    _symptom(
        "model",
        r"expected (?:min_)?ndim=4, found ndim=2",
        "image-layer-behind-flatten",
        "`{function}` puts a layer for images, such as Conv2D or SpatialDropout2D, where none is left: behind Flatten or Dense.",
    ),
    _symptom(
        "model",
        r"Only instances of `?keras\.Layer`? can be added[^:]*: None",
        "placeholder-left",
        "`{function}` has `None` among its layers; put a layer in its place.",
    ),
    _symptom(
        "model",
        r"Only instances of `?keras\.Layer`? can be added[^:]*: <class '[\w.]*?(\w+)'>",
        "brackets-missing",
        "`{function}` adds the class {match} instead of a layer of it; write `{match}()`, with brackets.",
        "`{match}()`",
    ),
    _symptom(
        "model",
        r"Only input tensors may be passed as positional arguments",
        "layer-not-tensor",
        "`{function}` hands a layer something that is no tensor: of a model or layer take `.output`; a layer gives one once it is called: "
        "`x = Dense(512)(x)`.",
        "a tensor",
    ),
    _symptom(
        "model",
        r"All `(?:in|out)puts` values must be KerasTensors",
        "layer-not-tensor",
        "`{function}` hands `tf.keras.Model` something that is no tensor; it takes tensors: `inputs=base.input, outputs=x`.",
        "`inputs=base.input, outputs=x`",
        key="model-of-tensors",
    ),
    _symptom(
        "model",
        r"Cannot convert '(\d+)' to a shape",
        "shape-in-pieces",
        "`{function}` gives `Input` a shape as separate numbers; it is one tuple of them: `Input(shape={shape})`.",
        "`Input(shape={shape})`",
    ),
    _symptom(
        "batches augmenter",
        r"did not contain a loop with signature matching types.*<U",
        "text-for-number",
        "`{function}` gives a text where a number belongs, such as in `rescale`; take the quotation marks away.",
        "a number",
        key="text-for-number-in-pipeline",
    ),
    _symptom(
        "folders batches",
        r"slice indices must be integers",
        "no-whole-number",
        "`{function}` cuts a list at a number with a fraction; a place in a list is a whole number: `int(len(files) * SPLIT_SIZE)`.",
        "a whole number",
    ),
    _symptom(
        "model tensor",
        r"'KerasTensor' object is not callable",
        "tensor-called",
        "`{function}` puts brackets behind a tensor; `layer.output` is the tensor itself, without brackets.",
    ),
    _symptom(
        "model",
        r"KerasTensor cannot be used as input to a TensorFlow function",
        "tensorflow-function-in-network",
        "`{function}` applies a function of TensorFlow's to what a layer gives; use the Keras layer for it, such as `Dropout` or `ReLU`.",
    ),
    _symptom(
        "model",
        r"'<=?' not supported between instances of 'tuple' and 'int'|invalid value for `filters`.*\(",
        "filters-and-window-swapped",
        "`{function}` gives a layer a pair where one number belongs; Conv2D takes the number of filters first, then the window: "
        "`Conv2D(16, (3, 3))`.",
        "`Conv2D(16, (3, 3))`",
    ),
    _symptom(
        "model",
        r"not supported between instances of '(?:int|float|str)' and '(?:int|float|str)'|"
        r"expected a positive integer\. Received: units=[A-Za-z_]",
        "text-for-number",
        "`{function}` gives a layer a text where a number belongs; take the quotation marks away.",
        "a number",
    ),
    _symptom(
        "loop",
        r"When providing `x` as a \w+, `y` should not be passed|`y` argument is not supported when using",
        "validation-by-position",
        "`{function}` hands `fit` its second pipeline by position, where the labels would be; pass it by name: "
        "`validation_data=validation`.",
        "`validation_data=validation`",
    ),
    _symptom(
        "loop callback",
        r"'[<>]=?' not supported between instances of (?:'NoneType'|'\w+' and 'NoneType')",
        "no-such-figure",
        "`{function}` asks `logs` for a figure that is not there, such as `acc`; with `metrics=['accuracy']` there are `loss`, `accuracy`, "
        "`val_loss` and `val_accuracy`.",
    ),
    _symptom(
        "loop callback",
        r"KeyError: '(\w+)'",
        "no-such-figure",
        "`{function}` asks for `{match}`, which is not there; with `metrics=['accuracy']` the figures are `loss`, `accuracy`, "
        "`val_loss` and `val_accuracy`.",
        key="figure-missing",
    ),
    _symptom(
        "table",
        r"KeyError: '((?:val_)?acc)'",
        "no-such-figure",
        "`{function}` asks the history for `{match}`; its figures are `loss`, `accuracy`, `val_loss` and `val_accuracy`.",
        key="no-such-figure-in-history",
    ),
    _symptom(
        "table",
        r"'dict' object has no attribute '(history)'",
        "history-is-a-dictionary",
        "`{function}` takes `history` for what `fit` gives back; it is the dictionary in there already: `history['val_loss']`.",
        "`history['val_loss']`",
    ),
    _symptom(
        ANY,
        r"'NoneType' object (?:has no attribute '\w+'|is not \w+)|object of type 'NoneType' has no len",
        "none-used",
        "`{function}` uses something that is None: `model.add`, `model.compile`, `list.sort` and `random.shuffle` change what they are "
        "given and return nothing, and so does a function without `return`; do not assign what these give back.",
    ),
    _symptom(
        ANY,
        r"'tuple' object has no attribute '(\w+)'",
        "comma-makes-tuple",
        "`{function}` asks a tuple for `{match}`: a comma at the end of the line that makes it turns one thing into a tuple of it.",
    ),
    _symptom(
        ANY,
        r"No module named '(\w+)|(TensorBoard) is not installed",
        "package-missing",
        "`{function}` needs the package `{match}`, which is not installed here; do without it.",
        "packages that the course uses",
    ),
    _symptom(
        ANY,
        r"cannot access local variable '(\w+)'",
        "no-value-yet",
        "`{function}` uses `{match}` before it has a value; give it one first, on every way through the function.",
    ),
    _symptom(
        ANY,
        r"name '(\w+)' is not defined",
        "undefined-name",
        "`{function}` uses `{match}`, which it does not know; import it, pass it in as a parameter, define it inside the function, or look "
        "at how it is spelled.",
    ),
    _symptom(
        ANY,
        r"module '(?P<where>[\w.]+)' has no attribute '(?P<name>\w+)'",
        "no-such-name",
        "`{function}` asks for `{where}.{match}`, which does not exist{closest}.",
        "a name that exists",
    ),
    _symptom(
        ANY,
        r"(?P<where>\w+)(?:\.__init__)?\(\) got an unexpected keyword argument '(?P<keyword>\w+)'|"
        r"Unrecognized keyword arguments? passed to (?P<layer>\w+): \{'(?P<argument>\w+)'|"
        r"Argument\(s\) not recognized: \{'(?P<setting>\w+)'",
        "no-such-argument",
        "`{function}` passes the argument `{match}=` to `{where}`, which takes none of that name{closest}.",
        "an argument that exists",
    ),
    _symptom(
        "batches model tensor parse augmenter loop",
        r"(?:No such file or directory: |unable to open file: name = )'(?!work[/\\\\])([^']+)'",
        "path-of-another-machine",
        "`{function}` looks for `{match}`, which is not there: a path of your own machine, perhaps; use what the function is given.",
        "a path that the function is given",
    ),
)

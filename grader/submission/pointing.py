"""Points at the expression that a cause is about: the one argument, call or assignment in the text of the function it names.

Where several could be meant, it points at none: a wrong line is worse than the function's own.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping
from typing import Literal, NamedTuple

from grader.contracts.base import Place
from grader.contracts.submission import HANDED_OUT, Submission

CONVOLUTIONS = ("Conv2D", "Convolution2D", "SeparableConv2D")
POOLINGS = ("MaxPooling2D", "MaxPool2D", "AveragePooling2D", "AvgPool2D")
DROPOUTS = ("Dropout", "SpatialDropout2D", "AlphaDropout", "GaussianDropout")
LONGEST = 120  # characters of a line that are shown
FOLDERS = ("flow_from_directory", "image_dataset_from_directory")


class Sought(NamedTuple):
    """What to look for: an argument of some calls, else these calls, else an assignment to an attribute.

    Of several, none is meant unless `which` says so; "alike": the first, if it is the same in every one of these calls.
    """

    calls: tuple[str, ...] = ()  # by the last part of their names; () = any
    argument: str = ""  # the line of its value
    attribute: str = ""
    lacks: str = ""  # an argument that the call must not have
    which: Literal["only", "first", "last", "alike"] = "only"


Looks = tuple[Sought, ...]  # tried one after the other


def _alike(calls: tuple[str, ...], argument: str) -> Looks:
    return Sought(calls, argument, which="alike"), Sought(calls, lacks=argument, which="alike")


SIZES: Looks = (*_alike(FOLDERS[:1], "target_size"), *_alike(FOLDERS[1:], "image_size"))
LABELS: Looks = (*_alike(FOLDERS[:1], "class_mode"), *_alike(FOLDERS[1:], "label_mode"))
SCALED: Looks = (Sought(("Rescaling",)), *_alike(("ImageDataGenerator",), "rescale"), Sought(FOLDERS[1:], which="alike"))
INPUT: Looks = (Sought(argument="input_shape"), Sought(("Input", "InputLayer")))
LAST_LAYER: Looks = (Sought(("Dense", "Activation", "Softmax"), which="last"),)
LAST_DENSE: Looks = (Sought(("Dense",), which="last"),)
COMPILE = Sought(("compile",))
LOSS: Looks = (Sought(("compile",), "loss"), COMPILE)
METRICS: Looks = (Sought(("compile",), "metrics"), COMPILE)
RATE: Looks = (Sought(argument="learning_rate"), Sought(("compile",), "optimizer"), COMPILE)
DROPOUT: Looks = (Sought(DROPOUTS),)
TRAINABLE: Looks = (Sought(attribute="trainable"),)
CUT: Looks = (Sought(("get_layer",)),)
FLIPPED: Looks = (Sought(argument="horizontal_flip"), Sought(("RandomFlip",)))
UPSIDE_DOWN: Looks = (Sought(argument="vertical_flip"), Sought(("RandomFlip",)))
TURNED: Looks = (Sought(argument="rotation_range"), Sought(("RandomRotation",)))

POINTERS: Mapping[str, Looks] = {
    # shapes and layers
    "padding-same": (Sought(argument="padding"),),
    "strides": (Sought(argument="strides"),),
    "dilation": (Sought(argument="dilation_rate"),),
    "setting": (Sought(CONVOLUTIONS + POOLINGS),),
    "convolution-before-pooling": (Sought(CONVOLUTIONS, which="first"),),
    "channels": INPUT,
    "input-shape": INPUT,
    "input-shape-mismatch": INPUT,
    "flatten-missing": (Sought(("Dense",), which="first"),),
    "no-activation": (Sought(CONVOLUTIONS, lacks="activation"),),
    # the end of the network
    "softmax-over-one-unit": LAST_LAYER,
    "sigmoid-for-one-of-many": LAST_LAYER,
    "one-unit-for-one-hot-labels": (*LABELS, *LAST_LAYER),
    "too-few-units": LAST_DENSE,
    "too-many-units": LAST_DENSE,
    "units-differ-from-labels": LAST_DENSE,
    "output-not-a-probability": LAST_LAYER,
    "no-loss": LOSS,
    "not-a-class-loss": LOSS,
    "distance-loss": LOSS,
    "sparse-loss-for-one-unit": LOSS,
    "categorical-loss-for-one-unit": LOSS,
    "one-hot-labels-with-sparse-loss": LOSS,
    "integer-labels-with-categorical-loss": LOSS,
    "integer-labels-with-distance-loss": LOSS,
    "binary-loss-for-many-units": LOSS,
    "binary-loss-for-many-classes": LOSS,
    "logits-not-declared": LOSS,
    "probabilities-declared-logits": (Sought(argument="from_logits"), *LOSS),
    "no-accuracy": METRICS,
    "accuracy-class": METRICS,
    "metric-does-not-fit": METRICS,
    # how it learns
    "learning-rate": RATE,
    "diverged": RATE,
    "too-slow": RATE,
    "penalty-too-strong": (Sought(argument="kernel_regularizer"), Sought(argument="activity_regularizer")),
    "dropout-too-high": DROPOUT,
    "frozen-layers": TRAINABLE,
    # dropout
    "dropout-after-output": (Sought(DROPOUTS, which="last"),),
    "another-kind": DROPOUT,
    "share-kept": DROPOUT,
    "other-rate": DROPOUT,
    "rate-too-high": DROPOUT,
    "rate-too-low": DROPOUT,
    # a pretrained base
    "base-not-frozen": TRAINABLE,
    "partly-frozen": TRAINABLE,
    "normalization-not-frozen": TRAINABLE,
    "everything-frozen": TRAINABLE,
    "head-frozen": TRAINABLE,
    "another-input": INPUT,
    "cut-elsewhere": CUT,
    "cut-unknown": CUT,
    "head-elsewhere": CUT,
    # pipelines
    "image-size": SIZES,
    "image-channels": _alike(FOLDERS, "color_mode"),
    "classes-left-out": _alike(FOLDERS, "classes")[:1],
    "no-labels": LABELS,
    "not-one-hot": LABELS,
    "not-integers": LABELS,
    "unshuffled": (Sought(argument="shuffle"),),
    "not-scaled": SCALED,
    "scaled-to-zero": SCALED,
    "scaled-up": SCALED,
    "scaled-wrong": SCALED,
    "scaled-too-small": SCALED,
    "rescale-lost": (Sought(("ImageDataGenerator",), lacks="rescale"),),
    "upside-down": UPSIDE_DOWN,
    "always-flipped": FLIPPED,
    "files-written": (Sought(argument="save_to_dir"),),
    # augmenters
    "text-for-true": FLIPPED,
    "flips-upside-down": UPSIDE_DOWN,
    "wrong-fill": (Sought(argument="fill_mode"),),
    "turns-as-share": TURNED,
    "turns-too-little": TURNED,
    "turns-too-far": TURNED,
    # training
    "no-validation": (Sought(("fit",)),),
    "trains-on-validation": (Sought(("fit",)),),
    "validates-on-training": (Sought(("fit",), "validation_data"),),
}


def pointed(submission: Submission, cause: str, place: Place | None) -> tuple[Place, str] | None:
    """Return where in the function that begins at `place` a cause is to be seen, and what stands there; None where it cannot be told."""
    names = {found.name for found in submission.functions.values() if found.place == place}
    looks = POINTERS.get(cause, ())
    if not (looks and names):
        return None
    try:
        with warnings.catch_warnings(action="ignore"):  # of odd escapes in a student's strings
            tree = ast.parse(submission.source)
    except (SyntaxError, ValueError, RecursionError):
        return None
    own, beside = _within(tree, names)
    line = next((found for sought in looks if (found := _line(own, beside, sought)) is not None), None)
    return (submission.place(line), _text(submission, line)) if line is not None else None


def _text(submission: Submission, line: int) -> str:
    """Return a line as it was written; "" where a folder of the grader's stands in it."""
    text = submission.source.splitlines()[line - 1].strip()
    if any(name in text for name in HANDED_OUT.values()):
        return ""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _within(tree: ast.Module, names: set[str]) -> tuple[list[ast.AST], list[ast.AST]]:
    """Return what the named functions are made of, in the order of the text, and what they use that is defined beside them."""
    known = {name: statement for statement in tree.body for name in _defined(statement)}
    met: dict[ast.stmt, list[ast.AST]] = {}
    waiting = [known[name] for name in sorted(names) if name in known]
    own = set(waiting)
    while waiting:
        statement = waiting.pop(0)
        if statement not in met:
            met[statement] = sorted(ast.walk(statement), key=lambda node: (getattr(node, "lineno", 0), getattr(node, "col_offset", 0)))
            waiting += [known[node.id] for node in met[statement] if isinstance(node, ast.Name) and node.id in known]
    parts: tuple[list[ast.AST], list[ast.AST]] = ([], [])
    for statement, nodes in met.items():
        parts[statement not in own].extend(nodes)
    return parts


def _defined(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [statement.name]
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target] if isinstance(statement, ast.AnnAssign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _line(own: list[ast.AST], beside: list[ast.AST], sought: Sought) -> int | None:
    """Return the line that is meant, of the function itself and what stands beside it; not where both hold what is sought."""
    found, further = ([node for node in nodes if _is_sought(node, sought)] for nodes in (own, beside))
    if (found and further) or not (found or further):
        return None
    nodes, found = (own, found) if found else (beside, further)
    if sought.which == "only" and len(found) > 1:
        return None
    if sought.which == "alike" and not _are_alike(nodes, found, sought):
        return None
    if sought.which in {"first", "last"} and _nested(nodes, found):
        return None
    return _line_of(found[-1] if sought.which == "last" else found[0], sought)


def _is_sought(node: ast.AST, sought: Sought) -> bool:
    if sought.attribute:
        targets = node.targets if isinstance(node, ast.Assign) else []
        return any(isinstance(target, ast.Attribute) and target.attr == sought.attribute for target in targets)
    if not isinstance(node, ast.Call) or not _is_call(node, sought.calls):
        return False
    given = {keyword.arg for keyword in node.keywords}  # None: `**more`, which may hold anything
    return (not sought.argument or sought.argument in given) and not (sought.lacks and given & {sought.lacks, None})


def _is_call(node: ast.AST, names: tuple[str, ...]) -> bool:
    if not isinstance(node, ast.Call):
        return False
    called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""
    return not names or called in names


def _are_alike(nodes: list[ast.AST], found: list[ast.AST], sought: Sought) -> bool:
    """Whether every call of that name is among those found, and their arguments are the same."""
    values = {ast.dump(_argument(node, sought.argument)) for node in found} if sought.argument else {""}
    return len(found) == sum(_is_call(node, sought.calls) for node in nodes) and len(values) == 1


def _nested(nodes: list[ast.AST], found: list[ast.AST]) -> bool:
    """Whether one layer is applied to what another gives in one expression: the order of the text is not that of the network then."""
    applied = [node for node in nodes if isinstance(node, ast.Call) and node.func in found]
    return any(inner in found for outer in applied for value in outer.args for inner in ast.walk(value))


def _argument(node: ast.AST, name: str) -> ast.expr:
    assert isinstance(node, ast.Call)
    return next(keyword.value for keyword in node.keywords if keyword.arg == name)


def _line_of(node: ast.AST, sought: Sought) -> int:
    if isinstance(node, ast.Assign):
        return node.lineno
    assert isinstance(node, ast.Call)
    if sought.argument:
        return _argument(node, sought.argument).lineno
    # A chain of calls begins where its first one does; what is meant stands where its name ends.
    return node.func.end_lineno or node.lineno

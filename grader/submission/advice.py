"""Notes about mistakes that can be seen in the text alone. They cost nothing by themselves; where training fails, they may be the cause."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from grader.contracts.submission import Finding
from grader.course import Exercise
from grader.course.profiles import NATIVE
from grader.words import Table

from .functions import Named
from .parsing import Parsed
from .side_effects import dotted

_ABSOLUTE = re.compile(r"(~|/(tmp|content|home|Users|kaggle|root|mnt|data|var|usr|opt|media|drive|workspace)\b|[A-Za-z]:[\\/])")
_FOLDER = re.compile(r"dir|path|file|folder|source|training|validation", re.IGNORECASE)
_PIPELINE_MAKERS = frozenset({"flow", "flow_from_directory", "flow_from_dataframe"})
REMOVED_ATTRIBUTE = "removed-attribute"  # a finding's id
Note = tuple[str, ast.AST, str]

WORDS = Table(
    "submission.advice",
    {
        "endless-loop": "`for … in {name}` never ends: a Keras generator starts again after its last batch; take `len({name})` of them.",
        "removed-attribute": "A layer has no `{name}` in Keras 3; write `layer.{now}.shape`.",
        "removed-method": "`{name}` was removed in Keras 3; use `predict`, then `argmax` over the classes or a threshold of 0.5.",
        "history-key": "`metrics=['acc']` names the history's keys `acc` and `val_acc`; use `metrics=['accuracy']`.",
        "positional-metrics": "The third positional argument of `compile` is `loss_weights`; pass `metrics=['accuracy']` by name.",
        "validation-split": "`validation_split=` works only on arrays, not on generators and datasets; pass `validation_data=`.",
        "steps": "Leave `{name}=` out: the pipeline knows its length, and too large a number ends the training early.",
        "trains-while-building": "`{name}` trains the model; it should only build and compile it. The grader trains it itself.",
        "absolute-path": "`{path}` exists only on your machine; use the parameter `{name}`.",
    },
)


def advise(exercise: Exercise, answers: dict[str, Named], kept: list[ast.stmt], parsed: Parsed) -> list[Finding]:
    """Return the findings about the kept statements."""
    findings: list[Finding] = []
    owner = {id(answers[call.id].unit.node): call for call in exercise.protocol.calls if call.id in answers}
    for node in kept:
        call = owner.get(id(node))
        notes = list(_general(node))
        if call is not None and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            notes += _absolute_paths(node)
            if call.kind == "model":
                notes += _training_inside(node)
        seen = set()
        for finding, where, message in notes:
            line = getattr(where, "lineno", node.lineno)
            if (finding, line) in seen or (finding == REMOVED_ATTRIBUTE and exercise.profile != NATIVE):  # translated there
                continue
            seen.add((finding, line))
            severity = "error" if finding == "absolute-path" else "note"
            asked = call.function[0] if call else None
            findings.append(Finding(id=finding, severity=severity, message=message, place=parsed.place(line), function=asked))
    return findings


def _general(top: ast.stmt) -> Iterator[Note]:
    pipelines = _pipelines(top)
    for node in ast.walk(top):
        if isinstance(node, ast.Call):
            yield from _call(node)
        elif isinstance(node, ast.For) and isinstance(node.iter, ast.Name) and node.iter.id in pipelines and not _leaves(node):
            name = node.iter.id
            yield "endless-loop", node, WORDS["endless-loop"].format(name=name)
        elif isinstance(node, ast.Attribute) and node.attr in {"output_shape", "input_shape"} and not _model_like(node.value):
            now = node.attr.removesuffix("_shape")
            yield REMOVED_ATTRIBUTE, node, WORDS["removed-attribute"].format(name=node.attr, now=now)


def _call(node: ast.Call) -> Iterator[Note]:
    if not isinstance(node.func, ast.Attribute):
        return
    method = node.func.attr
    keywords = {keyword.arg: keyword.value for keyword in node.keywords}
    if method in {"predict_classes", "predict_proba"}:
        yield "removed-method", node, WORDS["removed-method"].format(name=method)
    if (
        method == "compile"
        and "metrics" in keywords
        and any(isinstance(n, ast.Constant) and n.value == "acc" for n in ast.walk(keywords["metrics"]))
    ):
        yield "history-key", keywords["metrics"], WORDS["history-key"]
    if method == "compile" and len(node.args) > 2:
        yield "positional-metrics", node, WORDS["positional-metrics"]
    if method in {"fit", "fit_generator"}:
        if "validation_split" in keywords and "y" not in keywords and len(node.args) < 2:
            yield "validation-split", keywords["validation_split"], WORDS["validation-split"]
        for name in ("steps_per_epoch", "validation_steps"):
            if name in keywords:
                yield name.replace("_", "-"), keywords[name], WORDS["steps"].format(name=name)


def _pipelines(top: ast.stmt) -> set[str]:
    """Return the names that hold a generator's endless iterator."""
    found = set()
    for node in ast.walk(top):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
            if node.value.func.attr in _PIPELINE_MAKERS:
                found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.arg) and re.search(r"generator|_gen$", node.arg):
            found.add(node.arg)
    return found


def _model_like(node: ast.expr) -> bool:
    """Whether an expression reads like a model, which still has the attributes that a layer lost."""
    return not isinstance(node, ast.Subscript) and bool(re.search(r"model|net|base", dotted(node), re.IGNORECASE))


def _leaves(loop: ast.For) -> bool:
    return any(isinstance(node, ast.Break | ast.Return | ast.Raise) for node in ast.walk(loop))


def _training_inside(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Note]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) and inner.func.attr in {"fit", "fit_generator"}:
            yield "trains-while-building", inner, WORDS["trains-while-building"].format(name=node.name)


def _absolute_paths(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Note]:
    parameters = [a.arg for a in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs] if _FOLDER.search(a.arg)]
    if not parameters:
        return
    continued: set[int] = set()  # texts added to something: `TRAINING_DIR + "/cats"`
    docstring = node.body[0].value if isinstance(node.body[0], ast.Expr) else None
    for inner in (found for statement in node.body for found in ast.walk(statement)):
        if isinstance(inner, ast.JoinedStr):
            continued.update(id(value) for value in inner.values[1:])
        elif isinstance(inner, ast.BinOp):
            continued.add(id(inner.right))
        if (
            inner is docstring
            or id(inner) in continued
            or not (isinstance(inner, ast.Constant) and isinstance(inner.value, str) and _ABSOLUTE.match(inner.value))
        ):
            continue
        words = inner.value.lower()
        fitting = [name for name in parameters if any(len(part) > 3 and part in words for part in name.lower().split("_"))]
        fitting = fitting or [name for name in parameters if "valid" in name.lower() and re.search(r"test|val", words)]
        meant = (fitting or parameters)[0]
        yield (
            "absolute-path",
            inner,
            WORDS["absolute-path"].format(path=inner.value if len(inner.value) <= 60 else inner.value[:59] + "…", name=meant),
        )

"""Redirects paths of a student's machine to the grader's folders: for the styles whose functions have no parameter for them."""

from __future__ import annotations

import ast
import re
from collections.abc import Container
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from grader.contracts.submission import HANDED_OUT
from grader.words import Table

from .edits import Edit, end_of, start_of
from .side_effects import called, dotted
from .statements import Definition

UNKNOWN = "…"  # the part of a path that cannot be told
LOADERS = frozenset({"flow_from_directory", "image_dataset_from_directory"})
FOLDER_PARAMETER = re.compile(r"dir|path|file|folder|source|training|validation", re.IGNORECASE)
_TRAINING = re.compile(r"train(?!ed)")
_VALIDATION = re.compile(r"(val|valid|validation|test|testing|tests|eval|evaluation|dev)(?![a-z])")
_WHOLE = re.compile(r"(data|dataset|images?|base|root|source|src)?_?(dir|path|folder|directory|root)?$", re.IGNORECASE)
WEIGHTS = frozenset({".h5", ".hdf5", ".keras", ".npz"})
_SAME = frozenset({"abspath", "normpath", "expanduser", "realpath", "str", "fspath", "Path", "PosixPath"})

WORDS = Table(
    "submission.paths",
    {
        "training": "`{path}` is a folder of your machine; here it stands for the training images that the grader provides.",
        "validation": "`{path}` is a folder of your machine; here it stands for the validation images that the grader provides.",
        "weights": "`{path}` is a file of your machine; here it stands for the weights file that the grader provides.",
    },
)


@dataclass
class Redirections:
    """Edits, and for each the line, what stood there, and which folder stands for it."""

    edits: list[Edit] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)  # id of each expression replaced -> what stands there now
    bases: set[str] = field(default_factory=set)  # names that paths with a role begin with
    notes: list[tuple[int, str, str]] = field(default_factory=list)

    def sentences(self, lines: Container[int]) -> list[tuple[str, int, str]]:
        """Return the notes on some lines as (id, line, sentence)."""
        return [("redirected-path", line, WORDS[which].format(path=path[:60])) for line, path, which in self.notes if line in lines]


def redirect(statements: list[ast.stmt]) -> Redirections:
    """Put the grader's folders in the place of paths, in the syntax tree, and return the edits that do the same to the text.

    A path is followed through names, `os.path.join`, `+`, `/` and f-strings. One that says train, validation or test stands for the
    folder of those images; one that says neither, where a loader takes it or its name says data, for that of the training images.
    """
    bases = _walk(statements, None).bases
    found = _walk(statements, bases)
    for statement in statements:
        _Replacing(found.names).visit(statement)
    return found


def _walk(statements: list[ast.stmt], bases: set[str] | None) -> Redirections:
    """Return what is to be redirected, knowing (or, with None, finding out) which names are only the beginning of such paths."""
    found = Redirections()
    known: dict[str, str | None] = {}
    for statement in statements:
        _Walk(found, dict(known) if isinstance(statement, Definition) else known, bases).statement(statement)
    return found


class _Replacing(ast.NodeTransformer):
    """Puts a name in the place of some expressions."""

    def __init__(self, names: dict[int, str]) -> None:
        self.names = names

    def visit(self, node: ast.AST) -> ast.AST:
        name = self.names.get(id(node))
        if name is None:
            return self.generic_visit(node)
        return ast.copy_location(ast.Name(name, ast.Load()), node)


def takes_folder(node: ast.stmt) -> bool:
    """Whether a function has a parameter for a folder or file, so that no path of its own is needed."""
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(
        FOLDER_PARAMETER.search(argument.arg) for argument in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    )


def role(path: str) -> tuple[str, str]:
    """Return which folder a path means ("training", "validation", or "" where it does not say), and the rest of it below that folder."""
    steps = re.split(r"[/\\]", path)
    for index in range(len(steps) - 1, -1, -1):
        named = said(steps[index])
        if named and not (index == len([s for s in steps if s]) and PurePosixPath(steps[index]).suffix):
            rest = steps[index + 1 :]
            return named, "/" + "/".join(rest) if rest else ""
    return "", ""


def said(name: str) -> str:
    """Return which of the two sets a name says."""
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
    if any(_VALIDATION.match(word) for word in words):
        return "validation"
    return "training" if any(_TRAINING.match(word) for word in words) else ""


class _Walk:
    """Walks through one statement, knowing the paths that names hold so far."""

    def __init__(self, found: Redirections, known: dict[str, str | None], bases: set[str] | None) -> None:
        self.found = found
        self.known = known  # name -> the path that it holds, None where that cannot be told
        self.bases = bases
        self.values: dict[int, str | None] = {}  # of each expression looked at: long ones are looked at from every level
        self.given: dict[int, bool] = {}
        self.parameters: set[str] = set()

    def statement(self, node: ast.stmt) -> None:
        """Redirect what stands in it, and learn what it assigns."""
        if isinstance(node, Definition):
            if takes_folder(node):
                return
            self.parameters |= {argument.arg for argument in ast.walk(node) if isinstance(argument, ast.arg)}
            for inner in node.body:
                self.statement(inner)
            return
        blocks = [inner for name in ("body", "orelse", "finalbody") for inner in getattr(node, name, [])]
        blocks += [inner for handler in getattr(node, "handlers", []) for inner in handler.body]
        target = self._assigned(node)
        inside = {id(inner) for inner in blocks}
        for child in ast.iter_child_nodes(node):
            if id(child) not in inside and not isinstance(child, ast.ExceptHandler):
                self._expression(child, target)
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            value = self._value(node.value)
            if value is not None and target:
                self.known[target] = self._whole(node.value, target, value)
            else:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                self.known |= {name.id: None for one in targets for name in ast.walk(one) if isinstance(name, ast.Name)}
        for inner in blocks:
            self.statement(inner)

    @staticmethod
    def _assigned(node: ast.stmt) -> str:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else ""

    def _expression(self, node: ast.AST, target: str) -> None:
        if isinstance(node, ast.expr) and not isinstance(node, ast.Name):
            value = self._value(node)
            if value is not None and not self._is_path_call(node):
                named, rest = role(value)
                if named and self._path_like(node, value):
                    self.found.bases |= {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
                    self._replace(node, value, named, rest)
                    return
        if isinstance(node, ast.Call) and called(node) in LOADERS:
            self._directory(node, target)
        elif isinstance(node, ast.Call):
            self._weights(node)
        for child in () if isinstance(node, ast.JoinedStr) else ast.iter_child_nodes(node):  # whose parts have no place of their own
            self._expression(child, target)

    def _directory(self, call: ast.Call, target: str) -> None:
        """Redirect a loader's folder that does not say by itself which set it holds."""
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        folder = keywords.get("directory") or next(iter(call.args), None)
        if folder is None or self._given(folder):
            return
        value = self._value(folder)
        if role(value)[0] if value is not None else dotted(folder) not in self.known:
            return
        cut = {"subset", "validation_split"} & keywords.keys()
        named = "training" if cut else said(dotted(folder)) or said(target) or "training"
        self._replace(folder, value or ast.unparse(folder), named, "/" if value and value.endswith("/") else "")

    def _weights(self, call: ast.Call) -> None:
        """Redirect the file that a network's weights are loaded from, or that it is made with."""
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        loads = called(call) == "load_weights"
        file = keywords.get("filepath") or next(iter(call.args), None) if loads else keywords.get("weights")
        if file is None or (isinstance(file, ast.Constant) and not isinstance(file.value, str)) or self._given(file):
            return
        value = self._value(file)
        if loads or (value is not None and PurePosixPath(value).suffix in WEIGHTS):
            self._replace(file, value or ast.unparse(file), "weights", "")

    def _whole(self, node: ast.expr, target: str, value: str) -> str:
        """Redirect a folder by the name of its variable, such as DATA_DIR, unless others begin with it; return what the name now holds."""
        named = _WHOLE.fullmatch(target) or (said(target) and FOLDER_PARAMETER.search(target))
        if self.bases is None or target in self.bases or not named or role(value)[0] or not self._path_like(node, value):
            return value
        which = said(target) or "training"
        self._replace(node, value, which, "/" if value.endswith("/") else "")
        return f"/{which}" + ("/" if value.endswith("/") else "")

    def _given(self, node: ast.AST) -> bool:
        """Whether an expression holds what a function was called with."""
        if id(node) not in self.given:
            own = isinstance(node, ast.Name) and node.id in self.parameters
            self.given[id(node)] = own or any(self._given(child) for child in ast.iter_child_nodes(node))
        return self.given[id(node)]

    def _replace(self, node: ast.expr, value: str, named: str, rest: str) -> None:
        start, end = start_of(node), end_of(node)
        text = HANDED_OUT[named] + (f" + {rest!r}" if rest else "")
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            text = f"__import__('pathlib').Path({text})"
        breaks = "\n" * (end[0] - start[0])
        self.found.edits.append(Edit(start, end, f"({text}{breaks})" if rest or breaks else text))
        self.found.names[id(node)] = HANDED_OUT[named]
        self.found.notes.append((start[0], value, named))

    @staticmethod
    def _path_like(node: ast.expr, value: str) -> bool:
        """Whether a text is used as a path: it holds a slash, or was joined."""
        return "/" in value.strip() or "\\" in value or not isinstance(node, ast.Constant)

    @staticmethod
    def _is_path_call(node: ast.expr) -> bool:
        return isinstance(node, ast.Call) and called(node) in _SAME

    def _value(self, node: ast.expr) -> str | None:
        """Return the path that an expression stands for, where that can be told."""
        if id(node) not in self.values:
            self.values[id(node)] = self._told(node)
        return self.values[id(node)]

    def _told(self, node: ast.expr) -> str | None:
        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.Name(id=name):
                return self.known.get(name) if name not in self.parameters else None
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                return self._joined([left, right], "")
            case ast.BinOp(op=ast.Div(), left=left, right=right):
                return self._joined([left, right], "/")
            case ast.JoinedStr(values=values):
                return self._joined([v.value if isinstance(v, ast.FormattedValue) else v for v in values], "")
            case ast.Call(func=func, args=args) if args and dotted(func).endswith("path.join"):
                return self._joined(args, "/")
            case ast.Call(func=func, args=[only]) if dotted(func).rpartition(".")[2] in _SAME:
                return self._value(only)
        return None

    def _joined(self, nodes: list[ast.expr], between: str) -> str | None:
        """Return the parts as one path. What stands before the last part need not be known, but must be the file's own."""
        values = [self._value(node) for node in nodes]
        if values[-1] is None or any(self._given(node) for node in nodes) or (None in values and not between and "/" not in values[-1]):
            return None
        joined = values[0] if values[0] is not None else UNKNOWN
        for value in values[1:]:
            text = value if value is not None else UNKNOWN
            joined = text if between and text.startswith("/") else joined.rstrip("/") + between + text if between else joined + text
        return joined

"""Translates names that Keras 3 renamed, moved or hid into today's public ones, as edits that move no line. Costs no points."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field

from grader.course.vocabulary import vocabulary
from grader.words import Table

from .edits import Edit, end_of, replacement, start_of
from .side_effects import course_only_reason, dotted, resolve

WORDS = Table(
    "submission.translation",
    {
        "shape": "`.{old}` of a layer is called `.{new}` in Keras 3; it was translated.",
        "attribute": "`.{old}` is called `.{new}` in Keras 3; it was translated.",
        "name": "`{old}` is called `{new}` in Keras 3; it was translated.",
        "method": "`{old}` was removed in Keras 3; `{new}` does its work, and was put in its place.",
        "argument": "`{old}=` is called `{new}=` in Keras 3; it was translated.",
        "dropped": "`{old}=` was removed in Keras 3; it is left out.",
        "import": "`{old}` is private, gone or changed in Keras 3; `{new}` was put in its place.",
    },
)
SHAPES = {"output_shape": "output.shape", "input_shape": "input.shape"}  # attributes of a layer


@dataclass
class Translations:
    """Edits, and the notes that tell about them as (id, line, sentence)."""

    edits: list[Edit] = field(default_factory=list)
    notes: list[tuple[str, int, str]] = field(default_factory=list)

    def note(self, finding: str, line: int, message: str) -> None:
        """Tell about a translation, once per line and sentence."""
        if (finding, line, message) not in self.notes:
            self.notes.append((finding, line, message))


def public_module(path: str) -> str:
    """Return the public twin of a module's dotted path; the path itself where it is public (or unknown)."""
    names = vocabulary()
    for _ in range(4):  # a twin may itself have a twin
        twin = _replace_prefix(path, names.modules)
        root, _, rest = twin.partition("keras.")
        parts = rest.split(".")
        if (
            root in {"", "tensorflow."}
            and len(parts) > 1
            and parts[0] in names.packages
            and ".".join(parts[:2]) not in names.public_modules
        ):
            twin = f"{root}keras.{parts[0]}"
        if twin == path:
            break
        path = twin
    return path


def _replace_prefix(path: str, table: dict[str, str]) -> str:
    parts = path.split(".")
    for i in range(len(parts), 0, -1):
        if (twin := table.get(".".join(parts[:i]))) is not None:
            return ".".join([twin, *parts[i:]])
    return path


def public_name(module: str, name: str) -> tuple[str, str]:
    """Return (module, name) under which `from module import name` finds the same thing today; the module is empty for `import name`."""
    names = vocabulary()
    full = f"{module}.{name}"
    package = module.partition("keras.")[2].partition(".")[0]
    if full in names.modules or name in names.packages.get(package, ()):
        before, _, last = public_module(full).rpartition(".")
        return before, last
    root, found, _ = f"{module}.".partition("keras.engine.")
    if found:
        return f"{root}keras.{names.engine.get(name, 'layers')}", name
    return public_module(module), name


def translate(
    text: str, nodes: list[ast.stmt], imports: dict[str, str], wanted: Callable[[ast.stmt, str], bool], *, handed_out: bool = False
) -> Translations:
    """Translate the kept statements of a text.

    `imports` maps imported names to dotted paths; `wanted(node, name)` says whether a name that an import statement binds is needed.
    `handed_out`: the file holds code of an earlier year's assignment, which students need not have written: its attributes, too.
    """
    done = Translations()
    source = text.encode().split(b"\n")
    plain_keras = False
    found_imports: list[ast.Import | ast.ImportFrom] = []
    for top in nodes:
        inner: set[int] = set()  # parts of an attribute chain that was already looked at
        for node in ast.walk(top):
            if isinstance(node, ast.Import | ast.ImportFrom):
                found_imports.append(node)
            elif isinstance(node, ast.Attribute) and id(node) not in inner:
                inner.update(id(part) for part in ast.walk(node) if isinstance(part, ast.Attribute))
                plain_keras |= _attribute(node, imports, done)
                if handed_out and node.attr in SHAPES:
                    _shape(node, done)
            if isinstance(node, ast.Call):
                _call(node, imports, source, done)
    for node in found_imports:
        _import(node, done, wanted, plain_keras=plain_keras)
    return done


def _shape(node: ast.Attribute, done: Translations) -> None:
    end = end_of(node)
    done.edits.append(Edit((end[0], end[1] - len(node.attr)), end, SHAPES[node.attr]))
    done.note("renamed-name", end[0], WORDS["shape"].format(old=node.attr, new=SHAPES[node.attr]))


def _attribute(node: ast.Attribute, imports: dict[str, str], done: Translations) -> bool:
    """Translate one chain of attributes; return whether it needs TensorFlow's `keras` under the name `keras`."""
    path = dotted(node)
    if not path:
        return False
    if path.endswith("optimizer.lr"):
        done.edits.append(Edit((end_of(node)[0], end_of(node)[1] - 2), end_of(node), "learning_rate"))
        done.note("renamed-name", node.lineno, WORDS["attribute"].format(old="lr", new="learning_rate"))
        return False
    root = path.partition(".")[0]
    if root not in imports:
        return False
    full = resolve(path, imports)
    module, _, last = full.rpartition(".")
    public = public_module(module)
    if public == module or (public == "tensorflow." + module and full.startswith("keras.")):
        return public != module and imports[root] == "keras"
    base = public_module(imports[root])  # what the import will be after its own translation
    if public != base and not public.startswith(base + "."):
        if not ("tensorflow." + base == public or public.startswith(f"tensorflow.{base}.")):
            return False
        public = public.removeprefix("tensorflow.")
    text = root + public[len(base) :] + "." + last
    if text != path and end_of(node)[0] == node.lineno:
        done.edits.append(replacement(node, text))
        done.note("moved-name", node.lineno, WORDS["name"].format(old=path, new=text))
    return imports[root] == "keras" and public_module(module).startswith("tensorflow.")


def _call(node: ast.Call, imports: dict[str, str], source: list[bytes], done: Translations) -> None:
    names = vocabulary()
    path = resolve(dotted(node.func), imports) if dotted(node.func) else ""
    if path.rpartition(".")[2] in names.optimizers:
        for keyword in node.keywords:
            if keyword.arg in names.optimizer_arguments:
                _rename_keyword(keyword, names.optimizer_arguments[keyword.arg], done)
    if not isinstance(node.func, ast.Attribute):
        return
    method = node.func.attr
    if method in names.methods:
        end = end_of(node.func)
        done.edits.append(Edit((end[0], end[1] - len(method.encode())), end, names.methods[method]))
        done.note("removed-method", end[0], WORDS["method"].format(old=method, new=names.methods[method]))
        for keyword in node.keywords:
            if keyword.arg in names.method_arguments:
                start = start_of(keyword)
                end_of_name = (start[0], start[1] + len(keyword.arg.encode()))
                done.edits.append(Edit(start, end_of_name, names.method_arguments[keyword.arg]))
    if method in names.methods or method in names.methods.values():
        _drop_keywords(node, source, done)


def _rename_keyword(keyword: ast.keyword, name: str, done: Translations) -> None:
    assert keyword.arg is not None
    start = start_of(keyword)
    done.edits.append(Edit(start, (start[0], start[1] + len(keyword.arg.encode())), name))
    done.note("renamed-argument", start[0], WORDS["argument"].format(old=keyword.arg, new=name))


def _drop_keywords(node: ast.Call, source: list[bytes], done: Translations) -> None:
    """Take out arguments that no longer exist, each with the comma before it, or after it where nothing stands before."""
    arguments: list[ast.expr | ast.keyword] = sorted([*node.args, *node.keywords], key=start_of)
    dropped = [isinstance(a, ast.keyword) and a.arg in vocabulary().dropped_arguments for a in arguments]
    for i, argument in enumerate(arguments):
        if not dropped[i]:
            continue
        start, end = start_of(argument), end_of(argument)
        if not all(dropped[:i]):
            start = _comma(source, end_of(arguments[i - 1]), start, last=True)
        elif i + 1 < len(arguments):
            line, column = _comma(source, end, start_of(arguments[i + 1]), last=False)
            end = (line, column + 1)
        done.edits.append(Edit(start, end, "\n" * (end[0] - start[0])))
        assert isinstance(argument, ast.keyword)
        done.note("removed-argument", argument.lineno, WORDS["dropped"].format(old=argument.arg))


def _comma(source: list[bytes], start: tuple[int, int], end: tuple[int, int], *, last: bool) -> tuple[int, int]:
    """Return where the first or last comma between two positions stands."""
    found = []
    for line in range(start[0], end[0] + 1):
        text = source[line - 1]
        low, high = (start[1] if line == start[0] else 0), (end[1] if line == end[0] else len(text))
        at = text.find(b",", low, high)
        while at >= 0:
            found.append((line, at))
            at = text.find(b",", at + 1, high)
    return found[-1 if last else 0] if found else end


def _import(node: ast.Import | ast.ImportFrom, done: Translations, wanted: Callable[[ast.stmt, str], bool], *, plain_keras: bool) -> None:
    """Write an import anew with the names that are needed, from their public homes; leave it alone where nothing changes."""
    if isinstance(node, ast.ImportFrom) and (node.level or not node.module or node.module == "__future__"):
        return
    groups: dict[str, list[str]] = {}  # module -> names; the empty one holds whole `import …`
    changed = False
    for alias in node.names:
        bound = alias.asname or (alias.name.split(".")[0] if isinstance(node, ast.Import) else alias.name)
        if (alias.name != "*" and not wanted(node, bound)) or (isinstance(node, ast.Import) and course_only_reason(alias.name)):
            changed = True
            continue
        old = _spell("", alias.name, bound) if isinstance(node, ast.Import) else _spell(node.module or "", alias.name, bound)
        new = _modern(node, alias, bound, plain_keras=plain_keras)
        if new != old:
            changed = True
            source = ast.unparse(ast.Import([alias]) if isinstance(node, ast.Import) else ast.ImportFrom(node.module, [alias], 0))
            now = f"from {new[0]} import {new[1]}" if new[0] else f"import {new[1]}"
            done.note("private-import", node.lineno, WORDS["import"].format(old=source, new=now))
        groups.setdefault(new[0], []).append(new[1])
    if not changed or not groups:
        return
    statements = [
        f"from {module} import {', '.join(names)}" if module else f"import {', '.join(names)}" for module, names in groups.items()
    ]
    breaks = end_of(node)[0] - node.lineno
    if breaks:  # keep the number of lines: a bracket may hold line breaks
        module, names = list(groups.items())[-1]
        if not module:
            done.edits.append(Edit(start_of(node), end_of(node), "; ".join(statements) + " \\\n" * breaks))
            return
        newlines = "\n" * breaks
        statements[-1] = f"from {module} import ({', '.join(names)}{newlines})" if names != ["*"] else statements[-1]
    done.edits.append(Edit(start_of(node), end_of(node), "; ".join(statements)))


def _modern(node: ast.Import | ast.ImportFrom, alias: ast.alias, bound: str, *, plain_keras: bool) -> tuple[str, str]:
    if isinstance(node, ast.ImportFrom):
        if alias.name == "*":
            return public_module(node.module or ""), "*"
        module, name = public_name(node.module or "", alias.name)
        return _spell(module, name, bound)
    if plain_keras and alias.name.split(".")[0] == "keras" and bound == "keras":
        return "tensorflow", "keras"
    path = public_module(alias.name)
    if path.startswith("tensorflow.keras.") and path != alias.name and alias.asname:
        module, _, name = path.rpartition(".")
        return _spell(module, name, bound)
    if alias.asname is None and path.split(".")[0] != bound:
        return ("tensorflow", "keras") if bound == "keras" else ("", alias.name)
    return _spell("", path, bound)


def _spell(module: str, name: str, bound: str) -> tuple[str, str]:
    plain = name.partition(".")[0] == bound if not module else name == bound
    return module, name if plain else f"{name} as {bound}"

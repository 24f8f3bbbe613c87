"""YAML files with the line of every key, so that an author's mistake is reported where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from grader.contracts.errors import AuthorError

Key = tuple[str | int, ...]
Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # written in C where PyYAML was built so


@dataclass(frozen=True)
class Document:
    """A parsed YAML file: its data, and for each path of keys the line it starts on."""

    path: Path
    data: dict[str, Any]
    lines: dict[Key, int]

    def line(self, *keys: str | int) -> int:
        """Return the line (from 1) of the deepest part of `keys` that exists."""
        path: Key = tuple(keys)
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def error(self, message: str, *keys: str | int, hint: str = "") -> AuthorError:
        """Return an author's error that names file and line of `keys`."""
        return AuthorError(f"{self.path.name}, line {self.line(*keys)}: {message}", hint)


def load_document(path: Path) -> Document:
    """Read a YAML mapping. Raises `AuthorError` with file and line where it cannot be read, is no mapping or repeats a key."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AuthorError(f"{path} cannot be read: {error}") from error
    return parse_document(text, path)


def parse_document(text: str, path: Path) -> Document:
    """Parse a YAML mapping, as `load_document` does; `path` is named in errors."""
    try:
        loader = Loader(text)
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 1
        raise AuthorError(f"{path.name}, line {line}: this is not valid YAML: {error.problem or error.context}") from error
    if not isinstance(root, yaml.MappingNode):
        raise AuthorError(f"{path.name}, line 1: expected a mapping: lines of the form `key: value`")
    lines: dict[Key, int] = {}
    _walk(path, root, (), lines)
    data: dict[str, Any] = loader.construct_document(root)
    return Document(path=path, data=data, lines=lines)


def _walk(path: Path, node: yaml.Node, at: Key, lines: dict[Key, int]) -> None:
    lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = key.value
            line = key.start_mark.line + 1
            if (*at, name) in lines:
                raise AuthorError(f"{path.name}, line {line}: the key {name!r} stands twice (first on line {lines[(*at, name)]})")
            lines[(*at, name)] = line
            _walk(path, value, (*at, name), lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _walk(path, item, (*at, index), lines)

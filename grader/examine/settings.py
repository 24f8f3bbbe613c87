"""Kinds of values that a layer's, loss' or optimizer's config may hold: how each is checked, and how it becomes Keras' own again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from grader.examine.canonical import Problem, RejectedError

LIMIT = 10_000_000_000  # beyond any sensible size; keeps products small integers of Python and shapes within 64 bits
NUMBER_LIMIT = 1e6


class BadValueError(Exception):
    """A value that its setting does not take; the message says what it takes."""


class Kind(Protocol):
    """One kind of value."""

    def read(self, value: Any) -> Any:
        """Return the canonical JSON value, or raise `BadValueError` or `RejectedError`."""

    def make(self, value: Any, seed: int) -> Any:
        """Return what the Keras constructor takes for a canonical value."""


class _Plain:
    def make(self, value: Any, seed: int) -> Any:  # noqa: ARG002
        return value


def shown(value: Any) -> str:
    """Return an untrusted value as short printable text."""
    text = value if isinstance(value, str) else repr(value)[:200]
    return printable(text, 60)


def printable(text: str, limit: int = 60) -> str:
    """Return text without control characters, at most `limit` characters long."""
    clean = "".join(c if c.isprintable() else "?" for c in text[: limit + 1])
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


@dataclass(frozen=True)
class Integer(_Plain):
    """A whole number in a range."""

    low: int = 1
    high: int = LIMIT

    def read(self, value: Any) -> int:
        """Check one whole number; 3.0 counts as 3."""
        if isinstance(value, float) and value.is_integer() and abs(value) <= LIMIT:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not self.low <= value <= self.high:
            raise BadValueError(f"a whole number from {self.low} to {self.high}")
        return value


@dataclass(frozen=True)
class Number(_Plain):
    """A finite number in a range."""

    low: float = -NUMBER_LIMIT
    high: float = NUMBER_LIMIT

    def read(self, value: Any) -> float:
        """Check one number."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not self.low <= value <= self.high:
            raise BadValueError(f"a number from {self.low:g} to {self.high:g}")
        return float(value)


class Flag(_Plain):
    """True or false."""

    def read(self, value: Any) -> bool:
        """Check one flag."""
        if not isinstance(value, bool):
            raise BadValueError("True or False")
        return value


@dataclass(frozen=True)
class Choice(_Plain):
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, value: Any) -> str:
        """Check one word."""
        if not isinstance(value, str) or value not in self.words:
            raise BadValueError("one of " + ", ".join(self.words))
        return value


@dataclass(frozen=True)
class Optional:
    """Another kind, or None."""

    kind: Kind

    def read(self, value: Any) -> Any:
        """Let None pass."""
        return None if value is None else self.kind.read(value)

    def make(self, value: Any, seed: int) -> Any:
        """Let None pass."""
        return None if value is None else self.kind.make(value, seed)


@dataclass(frozen=True)
class Either:
    """The first of several kinds that takes the value."""

    kinds: tuple[Kind, ...]

    def read(self, value: Any) -> Any:
        """Try one kind after the other."""
        texts = []
        for kind in self.kinds:
            try:
                return kind.read(value)
            except BadValueError as error:
                texts.append(str(error))
        raise BadValueError(", or ".join(texts))

    def make(self, value: Any, seed: int) -> Any:  # noqa: ARG002
        """Give lists back as tuples; only plain kinds are combined."""
        return tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True)
class Sequence:
    """A short list of values of one kind; with `spread`, a single value stands for all."""

    kind: Kind
    least: int
    most: int
    spread: bool = False

    def read(self, value: Any) -> list[Any]:
        """Check length and members."""
        if self.spread and not isinstance(value, list | tuple):
            value = [value] * self.least
        if not isinstance(value, list | tuple) or not self.least <= len(value) <= self.most:
            length = str(self.least) if self.least == self.most else f"{self.least} to {self.most}"
            raise BadValueError(f"a list of {length} values")
        return [self.kind.read(item) for item in value]

    def make(self, value: Any, seed: int) -> Any:
        """Return a tuple."""
        return tuple(self.kind.make(item, seed) for item in value)


@dataclass(frozen=True)
class Fixed(_Plain):
    """A setting that is understood at one value only."""

    value: Any

    def read(self, value: Any) -> Any:
        """Accept the one value."""
        if value != self.value or isinstance(value, bool) != isinstance(self.value, bool):
            raise BadValueError(f"left at {self.value}")
        return self.value


_REQUIRED = object()


@dataclass(frozen=True)
class Setting:
    """One key of a config: its kind, and Keras' default where it has one."""

    kind: Kind
    default: Any = _REQUIRED

    @property
    def required(self) -> bool:
        """Whether Keras has no default."""
        return self.default is _REQUIRED


Schema = Mapping[str, Setting]
IGNORED = frozenset({"name", "trainable", "dtype", "seed", "autocast", "quantization_config"})


def read_config(config: Any, schema: Schema, ignored: frozenset[str] = IGNORED) -> dict[str, Any]:
    """Return the canonical form of one config, complete with defaults, or raise `BadValueError` (its message starts with the key)."""
    if not isinstance(config, dict):
        raise BadValueError("a config as Keras writes it")
    for key, value in config.items():
        # A newer Keras may write more keys; at None, False or empty they change nothing.
        if key not in schema and key not in ignored and value not in (None, False, [], {}):
            raise BadValueError(f"no setting `{shown(key)}`")
    canonical = {}
    for key, setting in schema.items():
        if key not in config:
            if setting.required:
                raise BadValueError(f"`{key}`, which is missing")
            canonical[key] = setting.default
            continue
        try:
            canonical[key] = setting.kind.read(config[key])
        except BadValueError as error:
            raise BadValueError(f"`{key}` as {error}; found {shown(config[key])}") from None
    return canonical


def finite(value: Any) -> bool:
    """Return whether a value is a number that is neither NaN nor infinite."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def refuse(problem: str, sentence: str, subject: str = "", detail: str = "") -> RejectedError:
    """Return the exception that refuses a model."""
    return RejectedError(Problem(status="refused", id=problem, sentence=sentence, subject=subject, detail=detail))

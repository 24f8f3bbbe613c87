"""Turns bytes into text, as Python itself would, and says what is wrong where that fails."""

from __future__ import annotations

import codecs
import io
import re
import tokenize

from grader.contracts.errors import SubmissionError
from grader.words import Table

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Codecs that map bytes to characters. Others (punycode, unicode_escape, hex …) transform text, some in quadratic time.
_TRUSTED = re.compile(r"(utf-8(-sig)?|ascii|latin-1|iso-?8859-\d+|cp\d+|gb\w+|big5\w*|shift_jis\w*|euc_\w+|koi8-\w+|mac-\w+)")

WORDS = Table(
    "submission.decoding",
    {
        "save": "Save the file as UTF-8 (in most editors: 'Save with encoding').",
        "unknown-encoding": "{name} is not UTF-8 text, and names no other encoding that is known.",
        "refused-encoding": "{name} says that it is encoded as {encoding}, which is not accepted.",
        "empty": "{name} is empty.",
        "save-work": "Save your work, then try again.",
        "utf-16": "{name} is encoded as UTF-16.",
        "binary": "{name} is a binary file, not text.",
        "hand-in": "Hand in the .py or .ipynb file itself.",
        "wrong-byte": "{name}, line {line}: a byte there is no valid {encoding} text.",
    },
)


def decode_python(data: bytes, name: str) -> str:
    """Return the text of a .py file with newlines as line ends. Raises `SubmissionError` where it is none."""
    _refuse_binary(data, name)
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        raise SubmissionError(WORDS["unknown-encoding"].format(name=name), hint=WORDS["save"]) from error
    canonical = codecs.lookup(encoding).name
    if not _TRUSTED.fullmatch(canonical) and not _TRUSTED.fullmatch(encoding):
        raise SubmissionError(WORDS["refused-encoding"].format(name=name, encoding=encoding), hint=WORDS["save"])
    return _decode(data, encoding, name)


def decode_notebook(data: bytes, name: str) -> str:
    """Return the text of a notebook, which is UTF-8 by definition."""
    _refuse_binary(data, name)
    return _decode(data, "utf-8-sig", name)


def _refuse_binary(data: bytes, name: str) -> None:
    if not data.strip():
        raise SubmissionError(WORDS["empty"].format(name=name), hint=WORDS["save-work"])
    if data.startswith(_UTF16):
        raise SubmissionError(WORDS["utf-16"].format(name=name), hint=WORDS["save"])
    if b"\0" in data:
        raise SubmissionError(WORDS["binary"].format(name=name), hint=WORDS["hand-in"])


def _decode(data: bytes, encoding: str, name: str) -> str:
    try:
        text = data.decode(encoding)
    except (UnicodeError, LookupError) as error:
        line = data[: getattr(error, "start", 0)].count(b"\n") + 1
        raise SubmissionError(WORDS["wrong-byte"].format(name=name, line=line, encoding=encoding), hint=WORDS["save"]) from error
    return clean(text)


def clean(text: str) -> str:
    """Return text with newlines as line ends and without what no encoder accepts (lone surrogates)."""
    return text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode("utf-8")

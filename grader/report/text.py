"""Makes untrusted text safe to show: no terminal escapes, no reordering or invisible characters, no CI workflow commands."""

from __future__ import annotations

import re
import unicodedata

# Control, format (bidi, zero-width), surrogate, private and unassigned characters; line and paragraph separators.
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# GitHub and Azure act on a log line that starts with `::name …::`, and on `##[name]` anywhere. Wrapping can put any word at a line's start.
_WORKFLOW = re.compile(r":(?=:+[A-Za-z])|#(?=#+\w*\[)")
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def hidden(character: str) -> bool:
    """Return whether a character could change how the text around it is shown without being seen itself."""
    return not " " <= character <= "~" and unicodedata.category(character) in _HIDDEN


def one_line(text: str) -> str:
    r"""Return `text` with every hidden character, line breaks included, spelled as an escape such as `\x1b`."""
    if not (text.isascii() and text.isprintable()):  # nearly every text is: a class's report shows millions of them
        text = "".join(_escape(c) if hidden(c) else c for c in text)
    return _WORKFLOW.sub(lambda match: match.group() + " ", text)


def many_lines(text: str) -> str:
    """Return `text` made safe as in `one_line`, but with its line breaks and tabs kept."""
    if text.isprintable():
        return one_line(text)
    lines = text.replace("\r\n", "\n").expandtabs(4).split("\n")
    return "\n".join(one_line(line) for line in lines)


def _escape(character: str) -> str:
    code = ord(character)
    if character in _NAMED:
        return _NAMED[character]
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"

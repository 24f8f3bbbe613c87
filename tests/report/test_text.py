"""Untrusted text on its way to a screen, a page or a log."""

from __future__ import annotations

import unicodedata

import pytest

from grader.report.text import hidden, many_lines, one_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text: 150×150 → 74", "plain text: 150×150 → 74"),
        ("Größe 日本 é 🐱", "Größe 日本 é 🐱"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("\x9b31m", "\\x9b31m"),
        ("a\nb\r\tc\x00\x7f", "a\\nb\\r\\tc\\x00\\x7f"),
        ("a\u202eb\u2066c\u200bd\ufeff\u00ad", "a\\u202eb\\u2066c\\u200bd\\ufeff\\xad"),
        ("a\u2028b\u2029", "a\\u2028b\\u2029"),
        ("\U000e0041\ud800", "\\U000e0041\\ud800"),
        ("::error::x", ": :error: :x"),
        ("a ::set-output name=x::y", "a : :set-output name=x: :y"),
        (":::error::", ": : :error::"),
        ("x[::2]", "x[::2]"),
        ("##[error]x ##vso[task]", "# #[error]x # #vso[task]"),
        ("## heading", "## heading"),
        ("[bold]x[/bold] :smile:", "[bold]x[/bold] :smile:"),
    ],
)
def test_one_line(text: str, shown: str) -> None:
    assert one_line(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", "a\nb"),
        ("a\r\nb", "a\nb"),
        ("progress\rover", "progress\\rover"),
        ("a\tb", "a   b"),
        ("a\n::error::\n\x1b[2J", "a\n: :error::\n\\x1b[2J"),
    ],
)
def test_many_lines(text: str, shown: str) -> None:
    assert many_lines(text) == shown


def test_no_control_or_format_character_is_left() -> None:
    everything = "".join(map(chr, range(0x3000)))
    left = [c for c in one_line(everything) if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"}]
    assert left == []
    assert not hidden("a")
    assert hidden("\u200f")

"""Blanks what IPython understands and Python does not: magics, shell lines, help. Lines keep their numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from grader.course.vocabulary import vocabulary

_CELL_MAGIC = re.compile(r"\s*%%(\w+)")
_TIME = re.compile(r"(\s*)%time\s+(?=\S)")
_LINE_MAGIC = re.compile(r"\s*(?:[%!?]|[\w.\s,()\[\]*]+=\s*[%!](?!=))")
_HELP = re.compile(r"\s*[\w.*]+\?{1,2}\s*(?:#.*)?")
_AUTOMAGIC = re.compile(r"\s*(?:pip3?|conda|cd|ls|ll|mkdir|rmdir|cp|mv|rm|cat|pwd|wget|curl|unzip)\s+[\w./~\"'-]")
_TOKEN = re.compile(
    r"""#.*|[rRbBuUfF]{0,2}(?P<quote>\"{3}|'{3})|[rRbBuUfF]{0,2}(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?P<open>[(\[{])|(?P<close>[)\]}])|\\."""
)


@dataclass(frozen=True)
class Blanked:
    """A text without magics, and the lines that they stood on (from 1) with what stood there."""

    text: str
    removed: tuple[tuple[int, str], ...] = ()
    skipped: str = ""  # the cell magic that makes the whole cell something other than Python


def blank_magics(text: str) -> Blanked:
    """Return the text with magics, shell lines and help blanked; inside a block they become `pass`."""
    lines = text.split("\n")
    removed: list[tuple[int, str]] = []
    first = next((i for i, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")), None)
    if first is not None and (match := _CELL_MAGIC.match(lines[first])):
        removed.append((first + 1, lines[first].strip()))
        if match[1] not in vocabulary().transparent_cell_magics:
            return Blanked("\n" * (len(lines) - 1), tuple(removed), skipped=lines[first].strip())
        lines[first] = ""
    scanner = _Scanner()
    number = 0
    while number < len(lines):
        line = lines[number]
        if scanner.at_start and (timed := _TIME.match(line)):
            removed.append((number + 1, line.strip()))
            line = lines[number] = timed[1] + line[timed.end() :]
        if not scanner.at_start or not _is_magic(line):
            scanner.feed(line)
            number += 1
            continue
        removed.append((number + 1, line.strip()))
        indent = line[: len(line) - len(line.lstrip())]
        continued = line.rstrip().endswith("\\")
        lines[number] = f"{indent}pass" if indent else ""
        number += 1
        while continued and number < len(lines):
            continued = lines[number].rstrip().endswith("\\")
            lines[number] = ""
            number += 1
    return Blanked("\n".join(lines), tuple(removed))


def _is_magic(line: str) -> bool:
    return bool(_LINE_MAGIC.match(line) or _HELP.fullmatch(line) or _AUTOMAGIC.match(line))


class _Scanner:
    """Knows whether the next physical line starts a statement, or stands inside brackets or a long string."""

    def __init__(self) -> None:
        self.depth = 0
        self.quote = ""
        self.continued = False

    @property
    def at_start(self) -> bool:
        return not (self.depth or self.quote or self.continued)

    def feed(self, line: str) -> None:
        at = 0
        while at < len(line):
            if self.quote:
                end = line.find(self.quote, at)
                if end < 0:
                    return
                at = end + 3
                self.quote = ""
                continue
            match = _TOKEN.search(line, at)
            if match is None:
                break
            at = match.end()
            self.quote = match["quote"] or ""
            self.depth = max(0, self.depth + bool(match["open"]) - bool(match["close"]))
        self.continued = not self.quote and line.endswith("\\")

"""A CSV that another program wrote: single cells are replaced, every other byte stays as it was."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from grader.contracts.errors import UsageError

_BOM = "\ufeff"
_WIDE = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_DELIMITERS = ",;\t"
_QUOTED = re.compile(r'"([^"]*+(?:""[^"]*+)*+)"')
_MOST_BYTES = 50_000_000
_AGAIN = "Download it again, and do not save it from a spreadsheet in between."


@dataclass(frozen=True)
class Cell:
    """A cell's text without its quotes, and where it stands in the file's text, quotes included."""

    text: str
    start: int
    end: int
    line: int  # from 1


class Sheet:
    """Rows of cells; a row that is a line without anything is left out. Raises `UsageError` for what is no CSV."""

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        self._encoding = _encoding(data, name)
        self._text = data.decode(self._encoding)
        start = len(_BOM) if self._text.startswith(_BOM) else 0
        self.delimiter = max(_DELIMITERS, key=lambda one: _columns(self._text, start, one))
        self.rows = _rows(self._text, start, self.delimiter, name)
        if not self.rows:
            raise UsageError(f"{name} is empty.", hint="A CSV with a header is expected.")
        self._new: dict[Cell, str] = {}

    @property
    def header(self) -> list[str]:
        """The names of the columns."""
        return [cell.text.strip() for cell in self.rows[0]]

    def cell(self, row: int, column: int) -> str:
        """Return the text of a cell, "" where the row is shorter."""
        cells = self.rows[row]
        return cells[column].text if column < len(cells) else ""

    def put(self, row: int, column: int, text: str) -> None:
        """Replace a cell's text; it is quoted where it was before, or has to be. Raises `UsageError` where the row is shorter."""
        if column >= len(self.rows[row]):
            line = self.rows[row][0].line
            raise UsageError(f"{self.name}, line {line}: this row has fewer cells than the header.", hint=_AGAIN)
        self._new[self.rows[row][column]] = text

    def to_bytes(self) -> bytes:
        """Return the file with what was put into it."""
        parts, at = [], 0
        for cell, text in sorted(self._new.items(), key=lambda item: item[0].start):
            quoted = self._text.startswith('"', cell.start) or any(character in text for character in (self.delimiter, '"', "\r", "\n"))
            parts += [self._text[at : cell.start], '"' + text.replace('"', '""') + '"' if quoted else text]
            at = cell.end
        # Only what was put in can be impossible to write in the file's own encoding.
        return "".join((*parts, self._text[at:])).encode(self._encoding, "replace")


def read_sheet(file: Path) -> Sheet:
    """Read a CSV: comma, semicolon or tab; UTF-8, UTF-16 with its mark, or Windows' Western alphabet."""
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise UsageError(f"{file} is larger than {_MOST_BYTES // 1_000_000} MB.", hint="Is it the export of a gradebook?")
        data = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}.", hint="Name the CSV that your LMS exports.") from error
    return Sheet(data, str(file))


def _encoding(data: bytes, name: str) -> str:
    if data.startswith(b"PK\x03\x04"):
        raise UsageError(f"{name} is no CSV but a spreadsheet or a zip.", hint="Export it as CSV.")
    wide = _WIDE.get(data[:2])
    for encoding in (wide,) if wide else ("utf-8", "cp1252"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if wide or b"\0" not in data:
            return encoding
    raise UsageError(f"{name} is not text in UTF-8 or UTF-16.", hint=_AGAIN)


def _columns(text: str, at: int, delimiter: str) -> int:
    """Return how many columns the header has if this is the delimiter: none where something follows the end of a quoted name."""
    try:
        header = next(iter(_rows(text, at, delimiter, "", 1)), [])
    except UsageError:
        return 0
    names = [text[cell.start : cell.end] for cell in header]
    return len(names) if all(_QUOTED.fullmatch(name) for name in names if name.startswith('"')) else 0


def _rows(text: str, at: int, delimiter: str, name: str, most: int | None = None) -> list[list[Cell]]:
    """Split a text as the csv module does: a quote counts at the beginning of a cell, and what follows its end belongs to it."""
    plain = re.compile(rf"[^{delimiter}\r\n]*")
    rows: list[list[Cell]] = []
    row: list[Cell] = []
    line = 1
    while at < len(text) or row:
        inside = _QUOTED.match(text, at)
        if inside is None and text.startswith('"', at):
            raise UsageError(f"{name}, line {line}: a quote is opened and never closed.", hint=_AGAIN)
        found = plain.match(text, inside.end() if inside else at)
        assert found is not None
        said = (inside[1].replace('""', '"') if inside else "") + found[0]
        row.append(Cell(said, at, found.end(), line))
        line += len(re.findall(r"\r\n|\r|\n", inside[0])) if inside else 0
        at = found.end()
        if text.startswith(delimiter, at):
            at += 1
            continue
        if len(row) > 1 or row[0].end > row[0].start:
            rows.append(row)
            if most is not None and len(rows) >= most:
                break
        row = []
        at += 2 if text.startswith("\r\n", at) else 1
        line += 1
    return rows

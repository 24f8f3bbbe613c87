"""A CSV of somebody else: read as the csv module reads it, and every byte that was not replaced stays."""

from __future__ import annotations

import csv
import io
import random

import pytest

from grader.contracts.errors import UsageError
from grader.runs.sheet import Sheet

HOSTILE = "ab1é \"'=,;\t\r\n"


def test_any_text_is_read_as_the_csv_module_does_and_written_as_it_was() -> None:
    chance = random.Random(20)
    read = 0
    for _ in range(3000):
        text = "".join(chance.choices(HOSTILE, k=chance.randrange(1, 16)))
        try:
            sheet = Sheet(text.encode(), "x.csv")
        except UsageError:
            continue
        expected = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=sheet.delimiter) if row]
        assert [[cell.text for cell in row] for row in sheet.rows] == expected
        assert sheet.to_bytes() == text.encode()
        read += 1
    assert read > 1500


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_one_cell_changes_and_nothing_else(encoding: str, end: str, delimiter: str) -> None:
    rows = ['"Name";"Note, ""so"""', '"Zoë; jr.";7,5', "Ana;", "", '  Bob ; "x" ;', '"two\nlines";1']
    text = end.join(row.replace(";", delimiter) for row in rows)
    sheet = Sheet(text.encode(encoding), "x.csv")
    sheet.put(2, 1, "8")
    assert sheet.to_bytes() == text.replace(f"Ana{delimiter}", f"Ana{delimiter}8").encode(encoding)


@pytest.mark.parametrize(
    ("before", "put", "after"),
    [
        ("a,b\n1,2", "7,5", 'a,b\n1,"7,5"'),
        ("a;b\n1;2", "7,5", "a;b\n1;7,5"),
        ('a,b\n1,"2"\n', "3", 'a,b\n1,"3"\n'),
        ("a,b\n1,2\n", 'say "so"', 'a,b\n1,"say ""so"""\n'),
        ("a,b\n1,\n", "x\ny", 'a,b\n1,"x\ny"\n'),
    ],
)
def test_what_is_put_in_is_quoted_where_it_has_to_be(before: str, put: str, after: str) -> None:
    sheet = Sheet(before.encode(), "x.csv")
    sheet.put(1, 1, put)
    assert sheet.to_bytes().decode() == after
    assert Sheet(after.encode(), "x.csv").cell(1, 1) == put


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"\n\r\n", "is empty"),
        (b"PK\x03\x04rest", "no CSV but a spreadsheet"),
        (b'a,b\n1,"2\n3', "line 2: a quote is opened and never closed"),
        (b"a\x00b", "not text in UTF-8 or UTF-16"),
        (b"\xff\xfea", "not text in UTF-8 or UTF-16"),
    ],
)
def test_what_is_no_csv_is_said(data: bytes, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        Sheet(data, "x.csv")
    assert words in raised.value.message
    assert raised.value.hint


def test_a_short_row_takes_nothing() -> None:
    with pytest.raises(UsageError, match="line 2: this row has fewer cells"):
        Sheet(b"a,b\n1\n", "x.csv").put(1, 1, "8")

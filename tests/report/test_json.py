"""The JSON report: its schema is current, every report fits it, and nothing in it acts on the place where it is shown."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from grader.contracts.report import Report
from grader.report import to_json
from grader.report.json import SCHEMA_FILE, schema, write_schema


def test_committed_schema_is_current(tmp_path: Path) -> None:
    write_schema(tmp_path / "schema.json")
    current = (tmp_path / "schema.json").read_text(encoding="utf-8")
    how = 'run: python -c "from grader.report.json import write_schema; write_schema()"'
    assert SCHEMA_FILE.read_text(encoding="utf-8") == current, how


def test_every_report_fits_the_schema(any_report: Report) -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(json.loads(to_json(any_report)), schema(), cls=jsonschema.Draft202012Validator)


def test_schema_refuses_what_is_no_report(any_report: Report) -> None:
    written = json.loads(to_json(any_report))
    for broken in ({**written, "mark": 1}, {k: v for k, v in written.items() if k != "points"}, {**written, "status": "great"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, schema(), cls=jsonschema.Draft202012Validator)


def test_reading_it_back_gives_the_same_text(any_report: Report) -> None:
    written = to_json(any_report)
    assert to_json(Report.model_validate_json(written)) == written
    assert written.endswith("}\n")
    assert list(json.loads(written)) == list(Report.model_fields)


def test_what_is_not_a_number_is_null(make_report) -> None:
    details = json.loads(to_json(make_report("hostile")))["criteria"][1]["details"]
    assert [values[1] for values in details.values()] == [None]


def test_hostile_text_is_spelled_as_escapes_and_comes_back_whole(make_report, hostile_text: str) -> None:
    written = to_json(make_report("hostile"))
    for raw in ("<script", "\x1b", "\u202e", "\u200b", "::", "##[", "&amp;"):
        assert raw not in written
    assert json.loads(written)["causes"][0]["sentence"] == hostile_text


def test_ordinary_letters_stay_readable(make_report) -> None:
    report = make_report("passed").model_copy(update={"title": "150×150 → 74, Größe, 日本"})
    assert "150×150 → 74, Größe, 日本" in to_json(report)


def test_a_hidden_character_beyond_the_basic_plane_is_a_pair(make_report) -> None:
    report = make_report("passed").model_copy(update={"title": "tag\U000e0041"})
    written = to_json(report)
    assert "tag\\udb40\\udc41" in written
    assert json.loads(written)["title"] == "tag\U000e0041"

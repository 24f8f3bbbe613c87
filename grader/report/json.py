"""The JSON report: a contract for other programs, described in docs/report.md and by report.schema.json beside this file.

`python -c "from grader.report.json import write_schema; write_schema()"` writes that file anew.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from grader.contracts.report import Report

from .text import hidden

SCHEMA_FILE = Path(__file__).parent / "report.schema.json"

# Spelled as JSON escapes, these reach a log, a page or a terminal without effect, and a parser gives back exactly what was there.
_UNSAFE = re.compile(r"[<>&\x7f]|[^\x00-\x7f]|:(?=:)|(?<=:):|#(?=#)")


def to_json(report: Report) -> str:
    """Return the report as indented JSON, keys in the order of the contract; reading it back gives an equal report."""
    return _UNSAFE.sub(_escape, report.model_dump_json(indent=2)) + "\n"


def without_pictures(report: Report) -> Report:
    """Return a report of the same contract without its images: what other formats, and a history of attempts, have room for."""
    trainings = tuple(one.model_copy(update={"maps": None, "mistaken": (), "augmented": None}) for one in report.trainings)
    return report.model_copy(update={"trainings": trainings, "augmentations": ()})


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of what `to_json` writes."""
    described = Report.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **described}


def write_schema(path: Path = SCHEMA_FILE) -> None:
    """Write the schema to its file."""
    path.write_text(json.dumps(schema(), indent=2) + "\n", encoding="utf-8")


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    if character > "\x7f" and not hidden(character):
        return character
    return "".join(f"\\u{unit:04x}" for unit in _utf16(character))


def _utf16(character: str) -> list[int]:
    data = character.encode("utf-16-be")
    return [int.from_bytes(data[i : i + 2]) for i in range(0, len(data), 2)]

"""The criterion on functions that read tables: which mistake loses what, and how it is said."""

from __future__ import annotations

from typing import Any

import pytest

from grader.contracts.data_facts import ParsedFacts, ParseFacts
from grader.contracts.evidence import CallEvidence, Evidence, Versions
from grader.contracts.verdict import Status
from grader.judge.criteria.tables import Parsed, parsed

GOOD: dict[str, Any] = {
    "images": {"kind": "array of float64", "shape": (7, 28, 28), "values": "equal"},
    "labels": {"kind": "array of int64", "shape": (7,), "values": "equal"},
}
PROPERTIES = ("shape", "pixels", "floats", "labels", "any_file")


def evidence(first: dict[str, Any], other: dict[str, Any]) -> Evidence:
    tables = tuple(
        ParsedFacts.model_validate({"file": name, "rows": 7, **facts}) for name, facts in (("training", first), ("other", other))
    )
    call = CallEvidence(id="parse", kind="parse", function="read", status="returned", facts=ParseFacts(tables=tables))
    return Evidence(
        exercise="e", submission="s", protocol="p", holdout="h", versions=Versions(grader="0", python="3"), calls={"parse": call}
    )


def with_images(**changes: Any) -> dict[str, Any]:
    return GOOD | {"images": GOOD["images"] | changes}


def with_labels(**changes: Any) -> dict[str, Any]:
    return GOOD | {"labels": GOOD["labels"] | changes}


@pytest.mark.parametrize(
    ("first", "other", "problems"),
    [
        (GOOD, GOOD, {}),
        (with_images(kind="list of 7", shape=None, values="other"), GOOD, dict.fromkeys(("shape", "pixels", "floats"), "no-array")),
        (
            {"images": {"kind": "array of text"}, "labels": {"kind": "array of text"}},
            GOOD,
            dict.fromkeys(("shape", "pixels", "floats", "labels"), "text"),
        ),
        (with_images(kind="array of uint8"), GOOD, {"floats": "not-floats"}),
        (with_images(shape=(7, 784), values="pixels"), GOOD, {"shape": "images-shape", "pixels": "images-shape"}),
        (with_images(shape=(7, 785), values="label-among-pixels"), GOOD, dict.fromkeys(("shape", "pixels"), "label-among-pixels")),
        (with_images(values="label-among-pixels"), GOOD, {"pixels": "label-among-pixels"}),
        (with_images(values="transposed"), GOOD, {"pixels": "transposed"}),
        (with_images(values="scaled"), GOOD, {"pixels": "scaled-early"}),
        (with_images(values="other"), GOOD, {"pixels": "other-pixels"}),
        (with_labels(shape=(7, 1), values="labels"), GOOD, {"labels": "labels-shape"}),
        (with_labels(values="other"), GOOD, {"labels": "other-labels"}),
        (
            {"images": GOOD["labels"] | {"values": "labels"}, "labels": GOOD["images"] | {"values": "pixels"}},
            GOOD,
            dict.fromkeys(("shape", "pixels", "floats", "labels"), "swapped"),
        ),
        (GOOD, with_images(shape=(5, 28, 28), values="other"), {"any_file": "other-file"}),
        (GOOD, {"error": "no such file", "error_type": "FileNotFoundError"}, {"any_file": "other-file-raised"}),
        (GOOD, {"returned": "NoneType"}, {"any_file": "other-file"}),
    ],
)
def test_each_mistake_loses_its_own_criteria(first: dict[str, Any], other: dict[str, Any], problems: dict[str, str]) -> None:
    found = {}
    for name in PROPERTIES:
        spec = Parsed.model_validate({"id": "x", "title": "T", "points": 1, "kind": "parsed", "of": "parse", "property": name})
        outcome = parsed(spec, evidence(first, other))
        if outcome.status is Status.FAILED:
            found[name] = outcome.problem
            assert "`read`" in outcome.message
            assert "{" not in outcome.message
    assert found == problems

"""Augmenters and augmentation as a table of facts: what each is charged with, and by which words."""

from __future__ import annotations

from typing import Any

import pytest

from grader.contracts.data_facts import AugmentedFacts, AugmenterFacts
from grader.contracts.evidence import CallEvidence, Evidence, FileFacts, Versions
from grader.contracts.verdict import Status
from grader.judge.criteria import JUDGES
from grader.judge.criteria.augmenters import ChangesOnly, FillsWith, Flips, NothingWritten, RotatesWithin, ShiftsWithin

PLAIN: dict[str, Any] = {"arguments": {}, "images": 48, "recognised": 1.0, "unchanged": 1.0, "scale": 1.0, "offset": 0.0}
BASE: dict[str, Any] = {"id": "x", "title": "T", "of": "call", "points": 1}
FLIPS = Flips(kind="flips", **BASE)
SHIFTS = ShiftsWithin(kind="shifts_within", share=0.2, **BASE)
FILLS = FillsWith(kind="fills_with", **BASE)
ROTATES = RotatesWithin(kind="rotates_within", **BASE)
FLIP_ONLY = ChangesOnly(kind="changes_only", only=("flip",), **BASE)
UNTOUCHED = ChangesOnly(kind="changes_only", **BASE)
WRITTEN = NothingWritten(kind="nothing_written", **BASE)


def evidence(*cases: dict[str, Any], files: FileFacts | None = None) -> Evidence:
    facts = AugmenterFacts(cases=tuple(AugmentedFacts(**(PLAIN | case)) for case in cases))
    call = CallEvidence(id="call", kind="augmenter", function="make", status="returned", facts=facts)
    versions = Versions(grader="0", python="3")
    return Evidence(exercise="e", submission="s", protocol="p", holdout="h", versions=versions, calls={"call": call}, files=files)


@pytest.mark.parametrize(
    ("spec", "case", "problem", "says"),
    [
        (FLIPS, {"flipped": 0.5}, "", ""),
        (FLIPS, {"flipped": 0.0}, "never-flips", "flips no image"),
        (FLIPS, {"flipped": 1.0}, "always-flips", "flip at random"),
        (FLIPS, {"upside_down": 0.5}, "flips-upside-down", "top and bottom"),
        (FLIPS, {"flipped": 0.5, "settings": {"horizontal_flip": "true"}}, "text-for-true", "use True, not a string"),
        (FLIPS, {"error": "no such mode", "error_type": "ValueError"}, "case-raised", "ValueError: no such mode"),
        (FLIPS, {"same_size": False}, "size-changed", "changes the size"),
        (FLIPS, {"recognised": 0.1}, "not-recognised", "beyond recognition"),
        (SHIFTS, {"shift_x": 0.2, "shift_y": 0.19}, "", ""),
        (SHIFTS, {"shift_x": 0.2, "shift_y": 0.0}, "shifts-one-way", "0% and 20%"),
        (SHIFTS, {"shift_x": 0.004, "shift_y": 0.004}, "never-shifts", "0% of the side at most"),
        (SHIFTS, {"shift_x": 0.4, "shift_y": 0.2}, "shifts-too-far", "40% of the side"),
        (FILLS, {"arguments": {"fill_mode": "wrap"}, "edge": "wrap"}, "", ""),
        (FILLS, {"arguments": {"fill_mode": "wrap"}, "edge": "nearest"}, "wrong-fill", "asked is `wrap`"),
        (FILLS, {"arguments": {"fill_mode": "wrap"}, "edge": "other"}, "wrong-fill", "something else"),
        (FILLS, {"arguments": {"fill_mode": "wrap"}}, "nothing-uncovered", "uncovers no pixels"),
        (ROTATES, {"arguments": {"degrees": 40}, "turn": 39.0}, "", ""),
        (ROTATES, {"arguments": {"degrees": 0}, "turn": 0.2}, "", ""),
        (ROTATES, {"arguments": {"degrees": 40}, "turn": 0.4}, "turns-as-share", "in degrees, e.g. 40"),
        (ROTATES, {"arguments": {"degrees": 40}, "turn": 12.0}, "turns-too-little", "degrees / 360"),
        (ROTATES, {"arguments": {"degrees": 40}, "turn": 79.0}, "turns-too-far", "up to 79.0°"),
        (FLIP_ONLY, {"flipped": 0.5}, "", ""),
        (FLIP_ONLY, {"flipped": 0.5, "turn": 20.0}, "does-more", "also turns images by up to 20°"),
        (FLIP_ONLY, {"distortion": 0.2}, "does-more", "zooms or shears"),
        (UNTOUCHED, {"scale": 1 / 255}, "", ""),
        (UNTOUCHED, {"flipped": 0.4}, "not-untouched", "at most rescaled"),
        (UNTOUCHED, {"recoloured": 0.4}, "not-untouched", "brightness"),
    ],
)
def test_an_augmenter_is_charged_with_what_its_images_show(spec: Any, case: dict[str, Any], problem: str, says: str) -> None:
    outcome = JUDGES[spec.kind](spec, evidence(case))
    assert outcome.problem == problem
    assert (outcome.status is Status.PASSED) == (not problem)
    assert says in outcome.message


def test_the_first_case_that_fails_is_named_with_its_arguments() -> None:
    good = {"arguments": {"fill_mode": "wrap"}, "edge": "wrap"}
    outcome = JUDGES["fills_with"](FILLS, evidence(good, {"arguments": {"fill_mode": "reflect"}, "edge": "wrap"}))
    assert outcome.message.startswith("`make('reflect')` fills")
    assert (outcome.expected, outcome.found) == ("`reflect`", "`wrap`")


def test_what_raises_is_charged_once() -> None:
    raised = {"error": "no", "error_type": "ValueError"}
    assert JUDGES["changes_only"](FLIP_ONLY, evidence(raised)).status is Status.SKIPPED
    assert JUDGES["changes_only"](UNTOUCHED, evidence(raised)).status is Status.FAILED


@pytest.mark.parametrize(
    ("files", "problem", "says"),
    [
        (FileFacts(), "", ""),
        (FileFacts(elsewhere=2), "files-written", "2 new files"),
        (FileFacts(added=1), "files-written", "1 new file on disk"),
        (FileFacts(altered=3, missing=1), "files-changed", "1 file gone, 3 files altered"),
    ],
)
def test_what_lies_on_disk(files: FileFacts, problem: str, says: str) -> None:
    outcome = JUDGES["nothing_written"](WRITTEN, evidence({}, files=files))
    assert outcome.problem == problem
    assert says in outcome.message

"""Writes a calibrated threshold into a rubric file, and leaves every other character as its author wrote it."""

from __future__ import annotations

import copy
import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from grader import course
from grader.contracts.errors import AuthorError, GraderError
from grader.course.documents import load_document

from .calibration import Proposal

_THRESHOLD = re.compile(r"(?<=\bat_least:)(\s*)[\d.eE+-]+")
_CALIBRATION = re.compile(r"\bcalibration:\s*\{[^{}]*\}")


def write_thresholds(path: Path, proposals: Sequence[Proposal]) -> None:
    """Write the proposals that have no problem, in one step.

    Raises `AuthorError` where the file is written in a way that a line of it cannot be changed by itself.
    """
    exercise = course.load_file(path)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    expected = copy.deepcopy(exercise.document.data)
    found = []
    for proposal in proposals:
        index = next(number for number, item in enumerate(exercise.criteria) if item["id"] == proposal.criterion)
        place = exercise.place(index)
        found.append((exercise.document.line(*place, "at_least"), proposal))
        item: Any = expected
        for key in place:
            item = item[key]
        item["at_least"] = proposal.threshold
        item["calibration"] = proposal.calibration.model_dump(mode="json")
        if (*place, "calibration") in exercise.document.lines:
            line = exercise.document.line(*place, "calibration")
            lines[line - 1] = _CALIBRATION.sub(_written(proposal), lines[line - 1], count=1)
    known = {number for number, proposal in found if _has_calibration(exercise, proposal)}
    for number, proposal in sorted(found, key=lambda pair: -pair[0]):  # from the end, since lines are added
        lines[number - 1 : number] = _changed(lines[number - 1], proposal, number in known)
    _put_in_place(path, "".join(lines), expected)


def _has_calibration(exercise: course.Exercise, proposal: Proposal) -> bool:
    return any(item["id"] == proposal.criterion and "calibration" in item for item in exercise.criteria)


def _changed(line: str, proposal: Proposal, calibrated: bool) -> list[str]:
    """Return the line of a threshold with the new one, and the calibration after it where there is none yet."""
    threshold = f"{proposal.threshold:.2f}"
    block = line.lstrip().startswith("at_least:")
    within = "" if calibrated or block else f", {_written(proposal)}"
    changed = _THRESHOLD.sub(lambda match: f"{match[1]}{threshold}{within}", line, count=1)
    if calibrated or not block:
        return [changed]
    indent = line[: len(line) - len(line.lstrip())]
    return [changed, f"{indent}{_written(proposal)}\n"]


def _written(proposal: Proposal) -> str:
    values = proposal.calibration.model_dump(mode="json")
    return "calibration: {" + ", ".join(f"{key}: {value}" for key, value in values.items()) + "}"


def _put_in_place(path: Path, text: str, expected: dict[str, Any]) -> None:
    """Replace the file once the new text is known to say what it should, and nothing else."""
    draft = path.with_name(f".{path.stem}.{secrets.token_hex(4)}.yaml")
    try:
        draft.write_text(text, encoding="utf-8")
        try:
            same = load_document(draft).data == expected
        except AuthorError:
            same = False
        if not same:
            raise AuthorError(
                f"{path.name}: the threshold could not be written without changing anything else.",
                hint="Put `at_least` and `calibration: {...}` on one line each, or copy the figures by hand.",
            )
        draft.replace(path)
    except OSError as error:
        raise GraderError(f"{path} cannot be written: {error.strerror or error}.", hint="Copy the figures by hand.") from error
    finally:
        draft.unlink(missing_ok=True)
    course.load_file.cache_clear()

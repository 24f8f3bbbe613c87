"""Fits what was measured of one submission to another one's file, where their functions say the same."""

from __future__ import annotations

import json
import re

from grader.contracts.evidence import CallStatus, Evidence
from grader.contracts.submission import Submission

_LINE = re.compile(r'"line":\s*\d|\bline \d|variable \'')  # a place in one file, or a name that another file need not have
_PLACE = re.compile(r'"file":"(?:[^"\\]|\\.)*","line":')
_BY_CHANCE: frozenset[CallStatus] = frozenset({"timeout", "out-of-memory", "disk-full", "died"})  # may depend on the machine's load
_OF_AN_ERROR: frozenset[CallStatus] = frozenset({"raised", "not-run"})  # their place is the error's, not the function's


def holds_elsewhere(evidence: Evidence) -> bool:
    """Return whether evidence of one submission is that of every other one whose functions say the same."""
    if any(call.status in _BY_CHANCE for call in evidence.calls.values()):
        return False
    return _LINE.search(nobodys(evidence).model_dump_json()) is None


def nobodys(evidence: Evidence) -> Evidence:
    """Return evidence without whose it is: no digest of a submission, no names of files, no places of functions."""
    calls = {id_: call if call.status in _OF_AN_ERROR else call.model_copy(update={"place": None}) for id_, call in evidence.calls.items()}
    bare = evidence.model_copy(update={"submission": "", "calls": calls})
    return Evidence.model_validate_json(with_file(bare.model_dump_json(), "submission.py"))


def with_file(written: str, file: str) -> str:
    """Return evidence as JSON with another file in all its places."""
    return _PLACE.sub(lambda _: f'"file":{json.dumps(file, ensure_ascii=False)},"line":', written)


def fitted(evidence: Evidence, submission: Submission) -> Evidence:
    """Return evidence of an equal submission as that of this one: each function stands where it does in this file."""
    calls = {
        id_: call
        if call.status in _OF_AN_ERROR or id_ not in submission.functions
        else call.model_copy(update={"place": submission.functions[id_].place})
        for id_, call in evidence.calls.items()
    }
    return evidence.model_copy(update={"submission": submission.digest, "calls": calls})

"""Tells which submissions must show the same when they are measured, and fits what one of them showed to another one's file."""

from __future__ import annotations

import importlib.metadata
import json
import re
from dataclasses import dataclass

from grader import course
from grader.contracts.base import digest
from grader.contracts.evidence import EVIDENCE_VERSION, CallStatus, Evidence
from grader.contracts.submission import Submission
from grader.datasets import holdout_digest, prepare_any
from grader.datasets.dataset import Variant
from grader.parts import base_of, parts_of

_LINE = re.compile(r'"line":\s*\d|\bline \d|variable \'')  # a place in one file, or a name that another file need not have
_PLACE = re.compile(r'"file":"(?:[^"\\]|\\.)*","line":')
_BY_CHANCE: frozenset[CallStatus] = frozenset({"timeout", "out-of-memory", "disk-full", "died"})  # may depend on the machine's load
_OF_AN_ERROR: frozenset[CallStatus] = frozenset({"raised", "not-run"})  # their place is the error's, not the function's


@dataclass(frozen=True)
class Keys:
    """What evidence may be kept under."""

    alike: str  # equal for submissions whose functions say the same: all that is measured of them is equal but for places
    exact: str  # equal for submissions that were reduced to the same text from the same lines
    trainings: frozenset[str] = frozenset()  # equal where the network and the batches of a training come from equal functions

    def of(self, evidence: Evidence) -> str:
        """Return the key that evidence is to be kept under: the wider one, where nothing in it holds for one file only."""
        return self.alike if holds_elsewhere(evidence) else self.exact


def evidence_keys(submission: Submission, asked: course.Exercise, data: Variant, secret: bytes) -> Keys:
    """Return the digests of everything that decides what is measured of a submission."""
    dataset = prepare_any(asked.protocol.data, data) if asked.protocol.data else None
    base = base_of(submission, asked)
    terms = (dataset.digest if dataset else "", holdout_digest(dataset, secret), base.digest if base else "")
    parts = parts_of(submission, asked.protocol, terms, apart=True)
    alike = digest(
        {
            "functions": {call: [found.name, found.unattempted] for call, found in submission.functions.items()},
            "parts": [part.key for part in parts],
            "protocol": digest(asked.protocol),
            "terms": terms,
            "evidence": EVIDENCE_VERSION,
            "versions": [importlib.metadata.version(name) for name in ("tensorflow", "keras")],
        }
    )
    part_of = {call: part.key for part in parts for call in part.functions}
    trainings = [
        digest([part_of.get(one.model), part_of.get(one.batches or "")]) for one in asked.protocol.trainings if one.model in part_of
    ]
    return Keys(alike, digest([alike, submission.source, *(run.model_dump() for run in submission.lines)]), frozenset(trainings))


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

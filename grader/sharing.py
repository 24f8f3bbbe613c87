"""Tells which submissions must show the same when they are measured: the keys that evidence is kept under."""

from __future__ import annotations

import importlib.metadata
from dataclasses import dataclass

from grader import course
from grader.contracts.base import digest
from grader.contracts.evidence import EVIDENCE_VERSION, Evidence
from grader.contracts.submission import Submission
from grader.datasets import holdout_digest, prepare_any
from grader.datasets.dataset import Variant
from grader.fitting import holds_elsewhere
from grader.parts import base_of, parts_of


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

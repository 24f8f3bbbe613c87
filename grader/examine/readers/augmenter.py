"""Reads what augmenters made of the test images, and measures by their pixels what each of them does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.contracts.artifacts import AugmentedCase, AugmenterPayload
from grader.contracts.data_facts import AugmentedFacts, AugmenterFacts
from grader.contracts.pictures import MAX_VERSIONS, AugmentedImage
from grader.contracts.protocol import AugmenterCall
from grader.contracts.submission import Submission
from grader.datasets.drawn.patterns import patterns
from grader.examine.canonical import Problem
from grader.examine.pictures import photo
from grader.examine.readers.files import Unreadable, open_array
from grader.examine.settings import printable
from grader.examine.transforms import measure


def augmenter_facts(call: AugmenterCall, payload: AugmenterPayload, folder: Path, submission: Submission) -> AugmenterFacts | Problem:
    """Return what each case's augmenter does; `folder` holds the arrays that the payload names."""
    if len(payload.cases) != len(call.cases):
        sentence = f"{len(call.cases)} cases were asked, but {len(payload.cases)} answers came back."
        return Problem(status="refused", id="malformed-answers", sentence=sentence)
    facts = []
    for case, row in zip(call.cases, payload.cases, strict=True):
        begun = AugmentedFacts(
            arguments=dict(zip(call.parameters, case, strict=True)),
            augmenter_class=printable(row.augmenter_class),
            settings={printable(key): printable(value) if isinstance(value, str) else value for key, value in row.settings.items()},
        )
        try:
            facts.append(_measured(begun, row, call.times, folder, submission))
        except Unreadable as error:
            return Problem(status="refused", id="unreadable-result", sentence=f"The recorded images cannot be read: {error}.")
    return AugmenterFacts(cases=tuple(facts))


def _measured(facts: AugmentedFacts, row: AugmentedCase, times: int, folder: Path, submission: Submission) -> AugmentedFacts:
    if row.error is not None or row.images is None:
        error = row.error
        update = {
            "error": printable(error.message, 500) if error else "it yields no images",
            "error_type": printable(error.type, 100) if error else "an error",
            "place": submission.place(error.line) if error else None,
        }
        return facts.model_copy(update=update)
    if not (np.isfinite(row.scale) and np.isfinite(row.offset)):
        raise Unreadable("they are scaled by no number")
    stored = open_array(folder, row.images)
    originals = patterns()
    if stored.ndim != 4 or stored.dtype.kind not in "fiub" or len(stored) != times * len(originals):
        raise Unreadable(f"they have the shape {stored.shape}")
    if stored.shape[1:] != originals.shape[1:]:
        return facts.model_copy(update={"images": len(stored), "same_size": False})
    values = np.nan_to_num(np.asarray(stored, np.float64) * row.scale + row.offset, posinf=0.0, neginf=0.0)
    measured = measure(values, originals)
    return facts.model_copy(update={"images": len(values), **measured, "shown": _shown(values, originals, measured)})


def _shown(values: npt.NDArray[np.float64], originals: npt.NDArray[np.uint8], measured: Mapping[str, Any]) -> AugmentedImage:
    """Return the first test image and what became of it, in the pixels that the values stand for, as far as that is known."""
    scale, offset = measured["scale"] or 1.0, measured["offset"] or 0.0
    versions = (values[:: len(originals)][:MAX_VERSIONS] - offset) / scale
    return AugmentedImage(original=photo(originals[0]), versions=tuple(photo(version) for version in versions))

"""Looks closely at augmented images: which handed-out image each shows, and which class their labels stand for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from grader.contracts.data_facts import Preprocessing

from .labels import Labels, classes_of_labels
from .matching import Originals
from .readers.batches import Recording
from .registration import Explanation, explain, recoloured

DOUBTFUL = 0.2  # share of contradictions between augmented images and their labels up to which it is the recognition that errs


def spread(rows: npt.NDArray[np.intp], labels: Labels) -> npt.NDArray[np.intp]:
    """Return the rows so that the first ones are of as many labels as possible."""
    if labels.values is None:
        return rows
    met: Counter[int] = Counter()
    rounds = np.empty(len(rows), np.intp)
    for place, label in enumerate(labels.values[rows].tolist()):
        rounds[place] = met[label]
        met[label] += 1
    return rows[np.argsort(rounds, kind="stable")]


def recognise(
    recording: Recording,
    labels: Labels,
    originals: Originals,
    nearest: npt.NDArray[np.intp],
    rows: npt.NDArray[np.intp],
    own: npt.NDArray[np.bool_],
    classes: Sequence[str],
    certain: Mapping[int, str],
    usual: Mapping[int, str],
) -> tuple[list[Explanation], Mapping[int, str]]:
    """Return which handed-out image each of some recorded ones shows, changed how, and which class a label means, where that is sure.

    `nearest`: per recorded image the most similar original; `own`, `classes`: per original whether it is of this pipeline's split, and
    its class; `certain`: the classes of labels as unchanged images of either pipeline show them; `usual`: as they are handed out.

    Some letters, turned a little, are hardly told apart, so an image that seems to be of another class than its label says shows its
    own class, if that explains it at all. What its label says is what is certain, else what is usual, if most agree, else what most
    images of that label show. A few contradictions that remain count as not recognised: a false alarm is worse than silence.
    """
    images, closest = recording.values(rows), nearest[rows]
    explanations = explain(images, originals, np.tile(own, (len(rows), 1)), closest)
    trusted: Mapping[int, str] = {}
    if labels.values is not None:
        names = np.array(classes)
        values = labels.values[rows].tolist()
        seen = [classes[each.index] if each.index >= 0 else None for each in explanations]
        agreeing = sum(usual.get(label) == name for label, name in zip(values, seen, strict=True) if name is not None)
        trusted = {**(usual if 2 * agreeing > len(seen) - seen.count(None) else {}), **certain}
        expected = {**classes_of_labels(zip(values, seen, strict=True)), **trusted}
        odd = [i for i in range(len(rows)) if seen[i] is not None and expected.get(values[i], seen[i]) != seen[i]]
        if odd:
            wanted = np.stack([own & (names == expected[values[i]]) for i in odd])
            again = explain(images[odd], originals, wanted, closest[odd], handicap=1.0)
            few = len(odd) <= DOUBTFUL * (len(seen) - seen.count(None))
            for i, explanation in zip(odd, again, strict=True):
                if explanation.index >= 0:
                    explanations[i] = explanation
                elif few:
                    explanations[i] = replace(explanations[i], index=-1)
    return recoloured(explanations), trusted


def estimated(explanations: Sequence[Explanation], recording: Recording) -> Preprocessing | None:
    """Return the scale and offset that augmented images have in common, where these are clear: geometry blurs, it does not recolour."""
    low, high, _ = recording.extremes()
    assert low is not None
    assert high is not None
    fits = np.array([(explanation.scale, explanation.offset) for explanation in explanations if explanation.index >= 0])
    if len(fits) < max(3, len(explanations) // 2):
        return None
    middle = np.median(fits, axis=0)
    for scale, offset in ((1 / 255, 0.0), (1.0, 0.0), (1 / 127.5, -1.0)):
        near = abs(middle[0] / scale - 1) <= 0.3 and abs(middle[1] - offset) <= 0.25 * 255 * scale
        # Blurred contrast makes the slope vague, but no usual augmentation leaves the range.
        if near and low >= offset - 5 * scale and high <= offset + 260 * scale:
            return Preprocessing(resize=None, scale=scale, offset=offset)
    return None

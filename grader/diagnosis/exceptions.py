"""Says in the course's terms what an exception means. It chooses words only: that the call failed is measured elsewhere."""

from __future__ import annotations

import re

from grader.contracts.data_facts import BatchesFacts
from grader.contracts.evidence import CallEvidence
from grader.contracts.protocol import Protocol
from grader.words import Table

from .explanation import Explanation
from .spelling import closest, public
from .symptoms import SYMPTOMS

RAISED = frozenset(
    {"raised", "unbuildable", "pipeline-raised", "scenario-raised", "needs-slash", "second-call-raised", "case-raised", "callback-raised"}
    | {"answer-raised"}
)


WORDS = Table(
    "exceptions",
    {symptom.key: symptom.sentence for symptom in SYMPTOMS}
    | {f"{symptom.key}-expected": symptom.expected for symptom in SYMPTOMS if symptom.expected}
    | {"misspelt-loss": "`{function}` asks for the loss '{match}', which Keras does not have; did you mean '{name}'?"}
    | {"closest": " (did you mean `{name}`?)", "colour-channels": "colour images have 3", "grey-channels": "grey images have 1"},
)
GENERAL = "`{function}` did not finish within {seconds:g} s; look for a loop that never ends."
BUILDING = "`{function}` did not finish within {seconds:g} s; look for a loop that never ends, or for training, which is not its task."
LOOPS = Table(  # by kind of call
    "exceptions.timeout",
    {
        "tensor": BUILDING,
        "callback": GENERAL,
        "model": BUILDING,
        "parse": "`{function}` did not finish within {seconds:g} s; look for a loop that never ends, or that grows an array row by row.",
        "table": GENERAL,
        "folders": GENERAL,
        "batches": "`{function}` did not finish in time; a Keras generator never ends, so take `next(generator)` instead of a `for` loop.",
        "loop": (
            "`{function}` did not finish in time on a few tiny batches; a few epochs are enough, and the pipelines know their own length."
        ),
    },
)


def explain_exception(problem: str, found: str, call: CallEvidence, protocol: Protocol) -> Explanation | None:
    """Return what an exception of the student's function most likely means; None where its own text says it best."""
    if problem == "timeout" and call.kind in LOOPS.english:
        return Explanation("timeout", LOOPS[call.kind].format(function=call.function, seconds=protocol.limits.seconds))
    if problem == "python-loss" and (meant := closest(call.subject)):
        return Explanation(problem, WORDS["misspelt-loss"].format(function=call.function, match=call.subject, name=meant), f"'{meant}'")
    if problem not in RAISED:
        return None
    text = f"{found} {_text(call)}"
    height, width, channels = protocol.image_size or (150, 150, 3)
    for symptom in SYMPTOMS:
        match = symptom.search(text) if call.kind in symptom.kinds else None
        if match is not None:
            values = {"function": call.function, "height": height, "width": width, "channels": channels, **_matched(match)}
            values |= {"disk": protocol.limits.disk_mb, "shape": (height, width, channels)}
            values |= {"colours": WORDS["colour-channels" if channels == 3 else "grey-channels"]}
            expected = WORDS.get(f"{symptom.key}-expected", "")
            return Explanation(symptom.id, WORDS[symptom.key].format(**values), expected.format(**values))
    return None


def _matched(match: re.Match[str]) -> dict[str, str]:
    """Return what the pattern's groups found: the word in question, where it was asked for, and what it may have been meant to be."""
    named = {key: value for key, value in match.groupdict().items() if value}
    argument = named.get("argument") or named.get("keyword") or named.get("setting") or ""
    name = named.get("name") or argument
    other = closest(name, "argument" if argument else "name")
    return {
        "match": name or next((group for group in match.groups() if group), ""),
        "where": public(named.get("where") or named.get("layer") or "compile"),
        "closest": WORDS["closest"].format(name=other) if other else "",
    }


def _text(call: CallEvidence) -> str:
    """Return the exception's own words and the files it went through, not their lines: these say what was tried, not what went wrong."""
    frames = [line for line in call.detail.splitlines() if line.startswith('  File "')] or [call.detail]
    parts = [call.problem_type, call.problem, *frames]
    if isinstance(call.facts, BatchesFacts):
        for pipeline in (call.facts.training, call.facts.validation):
            parts += [pipeline.error_type, pipeline.error]
    return ": ".join(part for part in parts if part)

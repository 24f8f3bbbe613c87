"""How a call that gave no facts reads as a sentence: one table, used by every criterion of that call."""

from __future__ import annotations

from typing import NamedTuple

from grader.contracts.base import Frozen, Place
from grader.contracts.evidence import BatchesFacts, CallEvidence
from grader.contracts.protocol import Limits

from .criteria.base import where_text

WANTED = {
    "model": "a Keras model",
    "batches": "two pipelines, (training, validation)",
    "table": "a number for each call",
    "parse": "two arrays, (images, labels)",
    "folders": "nothing, after copying files",
    "loop": "the History of `fit`",
    "tensor": "the output of a layer, a tensor",
    "callback": "a Keras callback",
    "augmenter": "an `ImageDataGenerator`, or augmentation layers such as `RandomFlip`,",
}


class Reading(NamedTuple):
    """A problem id and the templates of its sentence, of what was expected and of what was found."""

    problem: str
    sentence: str
    expected: str
    found: str


BY_STATUS = {
    "missing": Reading(
        "function-missing",
        "`{function}` is missing: the file defines no function of that name.",
        "a function `{function}`",
        "no such function",
    ),
    "unattempted": Reading("unattempted", "`{function}` is still as the starter has it.", "your own code", "the starter's"),
    "raised": Reading("raised", "`{function}` raised {problem_type}{where}: {problem}", "{wanted}", "{problem_type}"),
    "wrong-result": Reading(
        "wrong-result", "`{function}` must return {wanted}; it returned {returned}.{return_hint}", "{wanted}", "{returned}"
    ),
    "refused": Reading("refused", "`{function}` cannot be graded: {problem}", "Keras' own layers, losses and optimizers", "{subject}"),
    "unbuildable": Reading("unbuildable", "`{function}` builds no network: {problem}", "{wanted}", "no model"),
    "timeout": Reading("timeout", "`{function}` did not finish within {seconds:g} s.", "an answer within {seconds:g} s", "still running"),
    "out-of-memory": Reading(
        "out-of-memory",
        "`{function}` needed more than {memory:,} MB of memory; make fewer or smaller arrays, and load images batch by batch.",
        "at most {memory:,} MB",
        "more memory",
    ),
    "disk-full": Reading(
        "disk-full", "`{function}` wrote more than {disk:,} MB; write less, or clean up as you go.", "at most {disk:,} MB", "more than that"
    ),
    "died": Reading("died", "`{function}` ended the whole process ({detail}) instead of returning.", "{wanted}", "the process ended"),
    "not-run": Reading(
        "import-failed",
        "None of the file's functions could be called, because importing it stopped with {problem_type}{where}: {problem}",
        "a file that can be imported",
        "{problem_type}",
    ),
}
# What the problem's type says better than the status alone; "{subject}" is a module's name.
BY_TYPE = {
    ("raised", "ModuleNotFoundError"): Reading(
        "package-missing",
        "`{function}` needs the package `{subject}`, which is not installed here; do without it.",
        "packages that the course uses",
        "{subject}",
    ),
    ("not-run", "ModuleNotFoundError"): Reading(
        "package-missing",
        "The file imports the package `{subject}`, which is not installed here, so none of its functions could be called; do without it.",
        "packages that the course uses",
        "{subject}",
    ),
}
PIPELINE_RAISED = Reading(
    "pipeline-raised",
    "The {which} pipeline of `{function}` raised {problem_type}{where} while batches were drawn from it: {problem}",
    "batches of images and labels",
    "{problem_type}",
)
RETURN_HINTS = {
    ("model", "NoneType"): " Does it end with `return model`? (`model.summary()` and `model.compile()` give back None.)",
    ("model", "History"): " `fit` gives back a history; return the model itself.",
    ("model", "type"): " Call the class, and return what it gives back.",
    ("model", "list"): " Return one model: `tf.keras.Sequential([...])` of layers, or `tf.keras.Model(inputs=..., outputs=[...])`.",
    ("model", "tuple"): " Return the model alone.",
    ("batches", "NoneType"): " Does it end with a `return`?",
    ("tensor", "NoneType"): " Does it end with a `return`?",
    ("tensor", "str"): " Get the layer of that name from the model, and return its `output`.",
    ("callback", "NoneType"): " Is it a class?",
    ("augmenter", "NoneType"): " Does it end with a `return`?",
    ("loop", "NoneType"): " Does it end with a `return`?",
    ("parse", "NoneType"): " Does it end with a `return`?",
    ("table", "NoneType"): " Does it end with a `return`?",
}
LAYER_HINT = " Return the layer's `output`, which is the tensor, not the layer."


class Trouble(Frozen):
    """Why a call gave no facts: the one cause that fails all its criteria."""

    problem: str
    sentence: str
    expected: str
    found: str
    place: Place | None = None
    unattempted: bool = False


def trouble_of(call: CallEvidence, limits: Limits) -> Trouble | None:
    """Return why nothing can be said about a call, or None where it returned something to judge."""
    if call.status == "returned":
        return _pipeline_trouble(call)
    reading = BY_TYPE.get((call.status, call.problem_type)) if call.subject or call.problem_type != "ModuleNotFoundError" else None
    return _fill(reading or BY_STATUS[call.status], call, limits)


def _pipeline_trouble(call: CallEvidence) -> Trouble | None:
    if not isinstance(call.facts, BatchesFacts):
        return None
    for which, pipeline in (("training", call.facts.training), ("validation", call.facts.validation)):
        if pipeline.error:
            changed = {"problem": pipeline.error, "problem_type": pipeline.error_type or "an error", "place": pipeline.place}
            return _fill(PIPELINE_RAISED, call.model_copy(update=changed), Limits(), which=which)
    return None


def _message(call: CallEvidence) -> str:
    """Return what the sentence does not say already: an exception's message without function and type."""
    text = call.problem or call.detail or "no message."
    for known in (f"`{call.function}` raised ", "The file cannot be imported: ", f"{call.problem_type}: "):
        text = text.removeprefix(known)
    return text


def _return_hint(call: CallEvidence) -> str:
    known = RETURN_HINTS.get((call.kind, call.returned.split(" of ")[0]))  # of "list of 2", say
    return known if known is not None else LAYER_HINT if call.kind == "tensor" else ""


def _with_article(noun: str) -> str:
    return f"{'an' if noun[0] in 'AEIOUaeiou' else 'a'} {noun}"


def _fill(reading: Reading, call: CallEvidence, limits: Limits, **values: str) -> Trouble:
    returned = {"": "something else", "NoneType": "None"}.get(call.returned) or _with_article(call.returned)
    fields: dict[str, object] = {
        "function": call.function,
        "wanted": WANTED[call.kind],
        "returned": returned,
        "return_hint": _return_hint(call),
        "problem": _message(call),
        "problem_type": call.problem_type or "an error",
        "subject": call.subject or call.problem_type or "something else",
        "detail": call.detail or call.problem or "without a word",
        "where": where_text(call.place),
        "seconds": limits.seconds,
        "memory": limits.memory_mb,
        "disk": limits.disk_mb,
        **values,
    }
    return Trouble(
        problem=(call.problem_type if call.status == "refused" else "") or reading.problem,
        sentence=reading.sentence.format(**fields),
        expected=reading.expected.format(**fields),
        found=reading.found.format(**fields),
        place=call.place,
        unattempted=call.status == "unattempted",
    )

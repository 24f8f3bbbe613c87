"""How a call that gave no facts reads as a sentence: one table, used by every criterion of that call."""

from __future__ import annotations

from grader.contracts.base import Frozen, Place
from grader.contracts.data_facts import BatchesFacts
from grader.contracts.evidence import CallEvidence
from grader.contracts.protocol import Limits
from grader.words import Table

from .criteria.base import COMMON, where_text

WANTED = Table(
    "wanted",
    {
        "model": "a Keras model",
        "batches": "two pipelines, (training, validation)",
        "table": "a number for each call",
        "parse": "two arrays, (images, labels)",
        "folders": "nothing, after copying files",
        "loop": "the History of `fit`",
        "tensor": "the output of a layer, a tensor",
        "callback": "a Keras callback",
        "augmenter": "an `ImageDataGenerator` or augmentation layers such as `RandomFlip`",
    },
)
ENGLISH = {  # by problem, and what was expected and found
    "function-missing": "`{function}` is missing: the file defines no function of that name.",
    "function-missing-expected": "a function `{function}`",
    "function-missing-found": "no such function",
    "unattempted": "`{function}` is still as the starter has it.",
    "unattempted-expected": "your own code",
    "unattempted-found": "the starter's",
    "raised": "`{function}` raised {problem_type}{where}: {problem}",
    "raised-expected": "{wanted}",
    "raised-found": "{problem_type}",
    "wrong-result": "`{function}` must return {wanted}; it returned {returned}.{return_hint}",
    "wrong-result-expected": "{wanted}",
    "wrong-result-found": "{returned}",
    "refused": "`{function}` cannot be graded: {problem}",
    "refused-expected": "Keras' own layers, losses and optimizers",
    "refused-found": "{subject}",
    "unbuildable": "`{function}` builds no network: {problem}",
    "unbuildable-expected": "{wanted}",
    "unbuildable-found": "no model",
    "timeout": "`{function}` did not finish within {seconds:g} s.",
    "timeout-expected": "an answer within {seconds:g} s",
    "timeout-found": "still running",
    "out-of-memory": "`{function}` needed more than {memory:,} MB of memory; make fewer or smaller arrays, and load images batch by batch.",
    "out-of-memory-expected": "at most {memory:,} MB",
    "out-of-memory-found": "more memory",
    "disk-full": "`{function}` wrote more than {disk:,} MB; write less, or clean up as you go.",
    "disk-full-expected": "at most {disk:,} MB",
    "disk-full-found": "more than that",
    "died": "`{function}` ended the whole process ({detail}) instead of returning.",
    "died-expected": "{wanted}",
    "died-found": "the process ended",
    "import-failed": "None of the file's functions could be called, because importing it stopped with {problem_type}{where}: {problem}",
    "import-failed-expected": "a file that can be imported",
    "import-failed-found": "{problem_type}",
    # What the problem's type says better than the status alone; "{subject}" is a module's name.
    "package-missing": "`{function}` needs the package `{subject}`, which is not installed here; do without it.",
    "package-missing-expected": "packages that the course uses",
    "package-missing-found": "{subject}",
    "package-missing-file": (
        "The file imports the package `{subject}`, which is not installed here, so none of its functions could be called; do without it."
    ),
    "pipeline-raised": "The {which} pipeline of `{function}` raised {problem_type}{where} while batches were drawn from it: {problem}",
    "pipeline-raised-expected": "batches of images and labels",
    "pipeline-raised-found": "{problem_type}",
    "no-message": "no message.",
    "without-a-word": "without a word",
    "a": "a {noun}",
    "an": "an {noun}",
}
WORDS = Table("trouble", ENGLISH)
BY_STATUS = {"missing": "function-missing", "not-run": "import-failed"}  # the others are called as the status is
RETURN_HINTS = Table(  # by kind of call and class of what came back
    "return-hints",
    {
        "model NoneType": " Does it end with `return model`? (`model.summary()` and `model.compile()` give back None.)",
        "model History": " `fit` gives back a history; return the model itself.",
        "model type": " Call the class, and return what it gives back.",
        "model list": " Return one model: `tf.keras.Sequential([...])` of layers, or `tf.keras.Model(inputs=..., outputs=[...])`.",
        "model tuple": " Return the model alone.",
        "tensor str": " Get the layer of that name from the model, and return its `output`.",
        "callback NoneType": " Is it a class?",
        "NoneType": " Does it end with a `return`?",
        "tensor": " Return the layer's `output`, which is the tensor, not the layer.",
    },
)
KINDS_THAT_RETURN = frozenset({"batches", "tensor", "augmenter", "loop", "parse", "table"})  # and may have forgotten to


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
    problem = BY_STATUS.get(call.status, call.status)
    if call.problem_type == "ModuleNotFoundError" and call.subject and call.status in {"raised", "not-run"}:
        sentence = "package-missing" if call.status == "raised" else "package-missing-file"
        return _fill("package-missing", call, limits, sentence=sentence)
    return _fill(problem, call, limits)


def _pipeline_trouble(call: CallEvidence) -> Trouble | None:
    if not isinstance(call.facts, BatchesFacts):
        return None
    for which, pipeline in (("training", call.facts.training), ("validation", call.facts.validation)):
        if pipeline.error:
            changed = {"problem": pipeline.error, "problem_type": pipeline.error_type or COMMON["an-error"], "place": pipeline.place}
            return _fill("pipeline-raised", call.model_copy(update=changed), Limits(), which=COMMON[f"{which}-of"])
    return None


def _message(call: CallEvidence) -> str:
    """Return what the sentence does not say already: an exception's message without function and type."""
    text = call.problem or call.detail or WORDS["no-message"]
    for known in (f"`{call.function}` raised ", "The file cannot be imported: ", f"{call.problem_type}: "):
        text = text.removeprefix(known)
    return text


def _return_hint(call: CallEvidence) -> str:
    returned = call.returned.split(" of ")[0]  # of "list of 2", say
    keys = [f"{call.kind} {returned}", *([returned] if call.kind in KINDS_THAT_RETURN else []), call.kind]
    return next((RETURN_HINTS[key] for key in keys if key in RETURN_HINTS.english), "")


def _with_article(noun: str) -> str:
    return WORDS["an" if noun[0] in "AEIOUaeiou" else "a"].format(noun=noun)


def _fill(problem: str, call: CallEvidence, limits: Limits, *, sentence: str = "", **values: str) -> Trouble:
    returned = {"": COMMON["something-else"], "NoneType": "None"}.get(call.returned) or _with_article(call.returned)
    fields: dict[str, object] = {
        "function": call.function,
        "wanted": WANTED[call.kind],
        "returned": returned,
        "return_hint": _return_hint(call),
        "problem": _message(call),
        "problem_type": call.problem_type or COMMON["an-error"],
        "subject": call.subject or call.problem_type or COMMON["something-else"],
        "detail": call.detail or call.problem or WORDS["without-a-word"],
        "where": where_text(call.place),
        "seconds": limits.seconds,
        "memory": limits.memory_mb,
        "disk": limits.disk_mb,
        **values,
    }
    return Trouble(
        problem=(call.problem_type if call.status == "refused" else "") or problem,
        sentence=WORDS[sentence or problem].format(**fields),
        expected=WORDS[f"{problem}-expected"].format(**fields),
        found=WORDS[f"{problem}-found"].format(**fields),
        place=call.place,
        unattempted=call.status == "unattempted",
    )

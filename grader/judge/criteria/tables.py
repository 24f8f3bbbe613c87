"""The criterion on a function that reads tables of images: what it makes of each, compared with what the table holds."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from grader.contracts.data_facts import ParsedArray, ParsedFacts, ParseFacts
from grader.contracts.evidence import Evidence
from grader.contracts.protocol import Identifier
from grader.words import Table

from .base import COMMON, Outcome, Spec, call_of, count_text, facts_of, failed, passed, skipped, where_text

SIDE = 28

ENGLISH = {
    "swapped": "`{function}` gives back the labels first; give back `(images, labels)`, in this order.",
    "header-row": "`{function}` takes the header for an image: row 0 names the columns; skip it.",
    "label-among-pixels": (
        "`{function}` takes the label for a pixel: column 0 of each row is the label, and the 784 = 28×28 pixels follow it."
    ),
    "text": "`{function}` gives back text instead of numbers; cast what is read: `np.array(...).astype('float')`.",
    "no-array": "`{function}` gives back {found} for the {what}; give back a NumPy array: `np.array(...)`.",
    "rows-missing": "`{function}` gives back {found}; the file holds {rows} images, and a header that is none of them.",
    "images-shape": "`{function}` gives back images of shape {found}; {expected} is asked, with one row of 28 pixels under the other.",
    "transposed": "`{function}` exchanges rows and columns of each image; the pixels stand row by row, as `reshape(28, 28)` takes them.",
    "scaled-early": "`{function}` scales the pixels already; leave them at 0…255 here, and scale them once, on the way to the network.",
    "other-pixels": "The pixels that `{function}` gives back are not those of the table; each row holds one image, row by row.",
    "not-floats": "`{function}` gives back the images as {found}; floating point numbers are asked: `.astype('float')`.",
    "labels-shape": "`{function}` gives back labels of shape {found}; {expected} is asked, one number for each image.",
    "other-labels": "The labels that `{function}` gives back are not those of the table; they stand in column 0, as they are.",
    "other-file": "`{function}` gives back something else than the file holds that it is given; open `filename`, whatever it is called.",
    "other-file-raised": "`{function}` reads one table, but raises {found} for another{where}; it must work for any file of this format.",
    "no-pair": "This cannot be told, because no pair came back.",
    "swapped-expected": "(images, labels)",
    "swapped-found": "(labels, images)",
    "label-among-pixels-expected": "the 784 numbers after the label",
    "label-among-pixels-found": "the label among them",
    "scaled-early-expected": "pixels of 0…255",
    "scaled-early-found": "scaled pixels",
    "transposed-expected": "rows of pixels as rows",
    "transposed-found": "rows of pixels as columns",
    "text-expected": "an array of numbers",
    "no-array-expected": "a NumPy array",
    "floats": "floating point numbers",
    "labels": "labels",
    "images": "images",
    "each-file": "what each file holds",
    "another-array": "another array",
    "images-of-shape": "images of shape {shape}",
}
WORDS = Table("tables", ENGLISH)
_CONTRASTS = frozenset({"swapped", "label-among-pixels", "scaled-early", "transposed", "text", "no-array"})  # no shape shows these
PROPERTIES = Literal["shape", "pixels", "floats", "labels", "any_file"]


class Parsed(Spec):
    """Whether a table comes back as two arrays: the images' shape, their pixels, as floats; the labels; and any other table as well."""

    kind: Literal["parsed"]
    of: Identifier
    property: PROPERTIES

    selectors: ClassVar = {"of": "parse"}


def parsed(spec: Parsed, evidence: Evidence) -> Outcome:
    """Look at the first table, or at the others."""
    facts, function = facts_of(evidence, spec.of, ParseFacts), call_of(evidence, spec.of).function
    first, *others = facts.tables
    if spec.property == "any_file":
        return _others(others, function)
    images, labels = first.images, first.labels
    if images is None or labels is None:
        return skipped(WORDS["no-pair"], expected=WORDS["swapped-expected"], found=first.returned)
    expected = {"floats": WORDS["floats"], "labels": f"({first.rows},)"}.get(spec.property, f"({first.rows}, {SIDE}, {SIDE})")
    problem = _PROBLEMS[spec.property](first, images, labels)
    part, what = (labels, WORDS["labels"]) if spec.property == "labels" else (images, WORDS["images"])
    found = part.kind if problem in {"no-array", "not-floats", "text"} or part.shape is None else str(part.shape)
    if problem == "rows-missing" and images.shape is not None:
        expected, found = count_text(first.rows, "image"), count_text(images.shape[0] or 0, "image")
    if problem in _CONTRASTS:
        expected, found = WORDS[f"{problem}-expected"], WORDS.get(f"{problem}-found", found)
    if problem:
        return failed(WORDS, problem, expected=expected, found=found, function=function, what=what, rows=first.rows)
    return passed(expected=expected, found=found)


def _common(images: ParsedArray, labels: ParsedArray, part: ParsedArray) -> str:
    """Return what spoils both arrays, or makes one of them none."""
    if images.values == "labels" or (labels.values == "pixels" and images.values != "equal"):
        return "swapped"
    if "text" in part.kind:
        return "text"
    if part.shape is None:
        return "no-array"
    return "header-row" if part.values == "header-row" else ""


def _shape(first: ParsedFacts, images: ParsedArray, labels: ParsedArray) -> str:
    if problem := _common(images, labels, images):
        return problem
    if images.shape == (first.rows, SIDE, SIDE):
        return ""
    if _same_rows_missing(first, images, labels):
        return "rows-missing"
    return images.values if images.values == "label-among-pixels" else "images-shape"


def _pixels(first: ParsedFacts, images: ParsedArray, labels: ParsedArray) -> str:
    names = {"equal": "", "scaled": "scaled-early", "transposed": "transposed", "label-among-pixels": "label-among-pixels"}
    return _shape(first, images, labels) or names.get(images.values, "other-pixels")


def _floats(_: ParsedFacts, images: ParsedArray, labels: ParsedArray) -> str:
    return _common(images, labels, images) or ("" if "float" in images.kind else "not-floats")


def _labels(first: ParsedFacts, images: ParsedArray, labels: ParsedArray) -> str:
    if problem := _common(images, labels, labels):
        return problem
    if labels.values == "equal":
        return ""
    if _same_rows_missing(first, images, labels):
        return "rows-missing"
    return "labels-shape" if labels.shape != (first.rows,) else "other-labels"


def _same_rows_missing(first: ParsedFacts, images: ParsedArray, labels: ParsedArray) -> bool:
    """Return whether images and labels are of one number of rows, which is not the table's: one mistake, not two."""
    if not images.shape or labels.shape is None or images.shape[1:] != (SIDE, SIDE):
        return False
    return labels.shape == images.shape[:1] != (first.rows,)


def _others(others: list[ParsedFacts], function: str) -> Outcome:
    expected = WORDS["each-file"]
    for table in others:
        if table.error:
            found = table.error_type or COMMON["an-error"]
            values: dict[str, Any] = {"function": function, "where": where_text(table.place)}
            return failed(WORDS, "other-file-raised", expected=expected, found=found, place=table.place, **values)
        good = table.images is not None and table.images.values == "equal" and table.labels is not None and table.labels.values == "equal"
        if not good:
            shape = table.images.shape if table.images is not None else None
            found = WORDS["another-array"] if shape is None else WORDS["images-of-shape"].format(shape=shape)
            return failed(WORDS, "other-file", expected=expected, found=found, function=function)
    return passed(expected=expected, found=expected)


_PROBLEMS = {"shape": _shape, "pixels": _pixels, "floats": _floats, "labels": _labels}
JUDGES = {"parsed": parsed}

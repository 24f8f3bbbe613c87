"""Parses a .py file or the cells of a notebook into one list of statements, and explains what is no Python."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass, field

from grader.contracts.base import Place
from grader.contracts.errors import SubmissionError
from grader.contracts.submission import Finding, LeftOut, SourceLine
from grader.words import Table
from grader.words.places import placed

from .magics import blank_magics
from .notebook import CodeCell

MAX_EXCERPT = 80

# By the beginning of CPython's message: what it usually means here.
EXPLANATIONS = Table(
    "submission.syntax",
    {
        "Missing parentheses in call to 'print'": "In Python 3 `print` is a function: `print(...)`.",
        "Missing parentheses in call to 'exec'": "This is Python 2; the course uses Python 3.",
        "multiple exception types must be parenthesized": "This is Python 2: write `except (A, B):` or `except A as error:`.",
        "inconsistent use of tabs": "Tabs and spaces are mixed: indent with four spaces everywhere.",
        "unindent does not match": "Indent every line of a block by the same number of spaces.",
        "unexpected indent": "Remove the spaces before this line, or put it inside a block.",
        "expected an indented block": "A block must hold at least one indented statement; `pass` does nothing.",
        "invalid character": "Typographic quotes and dashes come from word processors; type them as plain ' \" and -.",
        "invalid non-printable character": "Delete the invisible character and type a plain space.",
        "unterminated": "Close the quotation marks.",
        "'return' outside function": "Check the indentation: this `return` stands outside of its function.",
        "```": "Take out the line of ```: it marks code in a chat or a README, and is no Python.",
        "invalid decimal literal": "A name must not begin with a digit, and a number ends before a letter.",
        "was never closed": "Find the bracket that belongs to this {bracket} and close it.",
    },
)
WORDS = Table(
    "submission.parsing",
    {
        "notebook": "{file} is a notebook, not Python.",
        "notebook-do": "Name it .ipynb.",
        "web-page": "{file} is a web page, not Python.",
        "web-page-do": "Download the file itself, not the page that shows it.",
        "text": "{file} is text, but not Python.",
        "text-do": "Hand in the file that holds your functions.",
        "not-valid": "{place}: this is not valid Python: {reason}.",
        "cell": "Cell {cell} is not valid Python and is left out: {reason}.",
        "cell-line": "Cell {cell} is not valid Python and is left out: {reason} in `{code}`.",
        "broken-cell": "a syntax error in this cell",
        "other-cell": "a cell that is not Python",
        "magic": "a magic, shell or help line",
        "too-deep": "it is nested too deeply",
    },
)


@dataclass
class Parsed:
    """A submission as statements. Line numbers count through `text`; `place` maps them back."""

    file: str
    text: str = ""
    body: list[ast.stmt] = field(default_factory=list)
    runs: list[SourceLine] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    broken: list[tuple[Place, str]] = field(default_factory=list)  # cells with a syntax error

    def place(self, line: int) -> Place:
        """Return the place in the student's file of a line of `text`."""
        low, high = 0, len(self.runs)
        while low < high:  # a notebook may have thousands of cells
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self.runs[middle].first <= line else (low, middle)
        if not low:
            return Place(file=self.file, line=line)
        run = self.runs[low - 1]
        return Place(file=self.file, line=line - run.offset, cell=run.cell)


def excerpt(text: str) -> str:
    """Return text on one line, at most 80 characters long."""
    line = " ".join(text[:400].split())
    return line if len(line) <= MAX_EXCERPT else line[: MAX_EXCERPT - 1] + "…"


def parse_python(text: str, file: str) -> Parsed:
    """Parse a .py file. Raises `SubmissionError` with line and caret at a syntax error."""
    if text.lstrip().startswith("{") and '"cells"' in text:  # which is valid Python, where nothing in it is true, false or null
        raise SubmissionError(WORDS["notebook"].format(file=file), hint=WORDS["notebook-do"])
    parsed = Parsed(file)
    error = _add(parsed, text, None)
    if error is None:
        return parsed
    if text.lstrip()[:1] == "<":
        raise SubmissionError(WORDS["web-page"].format(file=file), hint=WORDS["web-page-do"])
    if not re.search(r"^\s*(def|import|from|class)\b|=", text, re.MULTILINE):
        raise SubmissionError(WORDS["text"].format(file=file), hint=WORDS["text-do"])
    place = Place(file=file, line=error.lineno or 1)
    message = WORDS["not-valid"].format(place=placed(place), reason=_reason(error))
    raise SubmissionError(message + _caret(text, error), hint=_explanation(error), place=place)


def parse_notebook(cells: tuple[CodeCell, ...], file: str) -> Parsed:
    """Parse each code cell by itself: a syntax error costs its cell, and is a finding."""
    parsed = Parsed(file)
    texts: list[str] = []
    offset = 0
    for cell in cells:
        parsed.runs.append(SourceLine(first=offset + 1, cell=cell.number, offset=offset))
        before = len(parsed.text)
        error = _add(parsed, cell.text, cell.number, offset)
        added, parsed.text = parsed.text[before:], ""
        if error is not None:
            added = "\n" * cell.text.count("\n")
            _report_broken(parsed, cell, error)
        texts.append(added)
        offset += added.count("\n") + 1
    parsed.text = "\n".join(texts)
    return parsed


def _report_broken(parsed: Parsed, cell: CodeCell, error: SyntaxError) -> None:
    place = Place(file=parsed.file, line=error.lineno, cell=cell.number)
    lines = cell.text.split("\n")
    code = excerpt(lines[error.lineno - 1]) if error.lineno and error.lineno <= len(lines) else ""
    hint = _explanation(error)
    message = WORDS["cell-line" if code else "cell"].format(cell=cell.number, reason=_reason(error), code=code)
    parsed.findings.append(Finding(id="syntax-error", severity="error", message=f"{message} {hint}".strip(), place=place))
    parsed.left_out.append(LeftOut(what=excerpt(cell.text), why=WORDS["broken-cell"], place=place))
    parsed.broken.append((place, cell.text))


def _add(parsed: Parsed, text: str, cell: int | None, offset: int = 0) -> SyntaxError | None:
    """Append one chunk's statements and text to `parsed`; or return the syntax error."""
    tree = _tree(text)
    if isinstance(tree, SyntaxError):
        first_error = tree
        blanked = blank_magics(text)
        text = blanked.text
        tree = _tree(text)
        if isinstance(tree, SyntaxError) and cell is not None and text[:1] in " \t\n":
            text = _dedent(text)  # as IPython does
            tree = _tree(text)
        if isinstance(tree, SyntaxError):
            return tree if blanked.removed else first_error
        why = WORDS["other-cell" if blanked.skipped else "magic"]
        for line, what in blanked.removed:
            parsed.left_out.append(LeftOut(what=excerpt(what), why=why, place=Place(file=parsed.file, line=line, cell=cell)))
    ast.increment_lineno(tree, offset)
    parsed.body.extend(tree.body)
    parsed.text += text
    return None


def _dedent(text: str) -> str:
    first = next((line for line in text.split("\n") if line.strip()), "")
    indent = first[: len(first) - len(first.lstrip())]
    return "\n".join(line.removeprefix(indent) for line in text.split("\n"))


def _tree(text: str) -> ast.Module | SyntaxError:
    """Parse and compile (which finds a `return` outside of a function), but never run."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
            compile(tree, "submission", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except SyntaxError as error:
        return error
    except (RecursionError, MemoryError):
        return SyntaxError(WORDS["too-deep"])
    except (ValueError, OverflowError) as error:  # e.g. an integer of 5,000 digits
        return SyntaxError(str(error).split(";")[0])
    return tree


def _reason(error: SyntaxError) -> str:
    text = error.msg.split(" (<")[0].removesuffix(".")
    return re.sub(r"\. Did you mean .*", "", text).removesuffix("?")


def _explanation(error: SyntaxError) -> str:
    message = error.msg
    if (error.text or "").lstrip().startswith("```"):
        return EXPLANATIONS["```"]
    if "was never closed" in message:
        return EXPLANATIONS["was never closed"].format(bracket=message[:3])
    return next((EXPLANATIONS[start] for start in EXPLANATIONS if message.startswith(start)), "")


def _caret(text: str, error: SyntaxError) -> str:
    lines = text.split("\n")
    if not error.lineno or not 1 <= error.lineno <= len(lines):
        return ""
    line = lines[error.lineno - 1].replace("\t", " ")
    column = max(0, (error.offset or 1) - 1)
    start = max(0, min(column, len(line)) - 60)
    return f"\n    {line[start : start + 120]}\n    {' ' * (min(column, len(line)) - start)}^"

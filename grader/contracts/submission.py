"""What reading a submission gives: the statements that matter, and what was noticed on the way."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .base import Frozen, Place

# What stands for a folder or file in a source whose functions have no parameter for it: the name that holds it while the file is imported.
HANDED_OUT = {"training": "grader_training_folder", "validation": "grader_validation_folder", "weights": "grader_weights_file"}


class Finding(Frozen):
    """Something noticed in the text, before anything ran. Only `error` findings concern marks (through the missing function they cause)."""

    id: str  # stable, kebab-case: "syntax-error", "missing-function", "renamed-argument", ...
    severity: Literal["error", "note"]
    message: str  # one sentence, in the course's terms
    place: Place | None = None
    function: str | None = None  # the asked function it concerns, under the name that the rubric gives it


class LeftOut(Frozen):
    """A statement or cell that was not kept, and why."""

    what: str  # an excerpt of at most 80 characters
    why: str
    place: Place


class FoundFunction(Frozen):
    """A function or class that the exercise asks for, as it stands in the file."""

    name: str  # as the file names it
    parameters: tuple[str, ...]
    place: Place
    unattempted: bool = False  # its body is the starter's


class SourceLine(Frozen):
    """Maps a run of lines of the kept source back to the file."""

    first: int  # line in `Submission.source`, from 1
    cell: int | None
    offset: int  # line in the cell (or file) = line in source - offset


class Submission(Frozen):
    """One student's file, reduced to the statements that the called functions need."""

    file: str  # shown name, untrusted text
    exercise: str
    profile: str = "native"
    source: str  # importable Python; lines of a .py keep their numbers (what was left out is blank)
    digest: str
    lines: tuple[SourceLine, ...] = ()
    functions: dict[str, FoundFunction] = Field(default_factory=dict)  # call id -> what answers that call; absent = missing
    findings: tuple[Finding, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    def place(self, line: int | None) -> Place:
        """Return the place in the student's file of a line of the kept source."""
        if line is not None:
            for run in reversed(self.lines):
                if line >= run.first:
                    return Place(file=self.file, line=line - run.offset, cell=run.cell)
        return Place(file=self.file, line=line)

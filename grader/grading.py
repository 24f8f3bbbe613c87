"""Grading as a function: `from grader import grade`; and a report also for a file that cannot be read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from grader.contracts.errors import SubmissionError

if TYPE_CHECKING:  # what grades is imported when something is graded
    from grader.contracts.report import Report
    from grader.datasets.dataset import Variant


def grade(
    path: str | Path,
    exercise: str | None = None,
    *,
    profile: str = "native",
    data: Variant = "embedded",
    secret: bytes | None = None,
    train: bool = True,
    language: str | None = None,
) -> Report:
    """Grade one submission and return its report; nothing is printed or written.

    Args:
        path: a .py file, an .ipynb notebook, a folder that holds one, or a .zip.
        exercise: such as "cats-vs-dogs"; None: the file says it in its line `# exercise: NAME`.
        profile: which generation of the assignment the file answers.
        data: "embedded" images, drawn by the grader, or "official" ones, which were imported before.
        secret: draws the hidden images, and decides the seeds; None: the public practice images.
        train: False leaves out the training; what only training can show is then `pending`.
        language: code of the language of what a student reads, such as "de"; None: what GRADER_LANGUAGE says, else English.

    Raises:
        SubmissionError: the file cannot be read as a submission.
        UsageError: there is no such file, exercise or language.
        GraderError: the grader's own fault, or the machine's.
    """
    from grader import pipeline, words  # noqa: PLC0415
    from grader.datasets import PRACTICE_SECRET  # noqa: PLC0415

    secret = PRACTICE_SECRET if secret is None else secret
    with words.speaking(words.asked(language)):
        return pipeline.check(Path(path), exercise=exercise, profile=profile, data=data, secret=secret, train=train)


def unreadable_report(error: SubmissionError, file: str, exercise: str, profile: str = "native", data: Variant = "embedded") -> Report:
    """Return the report of a file that cannot be read, for harnesses that want a mark for everything: no points, and why."""
    from grader import course  # noqa: PLC0415
    from grader.assembling import conclude  # noqa: PLC0415
    from grader.contracts.base import Place, digest  # noqa: PLC0415
    from grader.contracts.submission import Submission  # noqa: PLC0415
    from grader.contracts.verdict import Cause  # noqa: PLC0415
    from grader.judge import load_rubric  # noqa: PLC0415
    from grader.unmeasured import unmeasured  # noqa: PLC0415

    asked = course.load(exercise, profile)
    submission = Submission(file=file, exercise=asked.name, profile=profile, source="", digest=digest(["unreadable", file]))
    report = conclude(submission, asked, load_rubric(asked), unmeasured(submission, asked), data=data, official=False)
    cause = Cause(
        id="unreadable",
        sentence=error.message,
        detail=error.hint,
        criteria=tuple(criterion.id for criterion in report.criteria),
        place=error.place or Place(file=file),
    )
    silent = {"message": "", "expected": "", "found": "", "hints": ()}  # the one cause says it all
    return report.model_copy(update={"causes": (cause,), "criteria": tuple(one.model_copy(update=silent) for one in report.criteria)})

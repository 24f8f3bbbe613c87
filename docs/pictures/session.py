"""The first session of docs/students.md, as it is printed today: `python docs/pictures/session.py` writes it there, a test compares."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from grader.contracts.report import Report
from grader.pipeline import Pipeline
from grader.report import to_terminal

FOLDER = Path(__file__).parent
PAGE = FOLDER.parent / "students.md"
ATTEMPT = FOLDER / "first-shapes.py"
COLUMNS = 80
POOL = "        tf.keras.layers.MaxPooling2D((2, 2)),\n    ])\n\n\ndef conv_pool_model"
CONVOLUTION = '        tf.keras.layers.Conv2D(16, (3, 3), activation="relu"),\n'
EDITS = (  # what the student does, as a comment: the text that goes, the text that comes
    ('without padding="same"', 'padding="same", ', ""),
    ("without the convolution in pool_model", CONVOLUTION + POOL, POOL),
    ("-(-size // stride) in place of size // stride", "size // stride\n    return (", "-(-size // stride)\n    return ("),
)
COMMAND = "$ grader check\n"


def main() -> None:
    """Put the session of today in the place of the one that stands on the page."""
    page = PAGE.read_text(encoding="utf-8")
    start = page.index("```\n" + COMMAND) + len("```\n")
    PAGE.write_text(page[:start] + session() + page[page.index("```", start) :], encoding="utf-8")


def session() -> str:
    """Return what is typed and printed, from the first attempt to full marks, without the criteria."""
    reports = list(_reports())
    comments = ["", *(f"$ # {edit[0]}\n" for edit in EDITS)]
    last = len(reports) - 1
    return "".join(
        comment + COMMAND + _shortened(report, whole=number == last)
        for number, (comment, report) in enumerate(zip(comments, reports, strict=True))
    )


def _reports() -> Iterator[Report]:
    source = ATTEMPT.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder, Pipeline(keep=True) as pipeline:
        file = Path(folder) / "submission.py"
        for old, new in (("", ""), *(edit[1:] for edit in EDITS)):
            assert not old or source.count(old) == 1
            source = source.replace(old, new) if old else source
            file.write_text(source, encoding="utf-8")
            yield pipeline.check(file)


def _shortened(report: Report, *, whole: bool) -> str:
    """Return what is printed of a report, its criteria left out; `whole`: with what stands below the points."""
    console = Console(file=io.StringIO(), width=COLUMNS, force_terminal=False)
    to_terminal(report, console)
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().strip().splitlines()
    criteria = next(number for number, line in enumerate(lines) if line.startswith(report.criteria[0].function or ""))
    points = next(number for number, line in enumerate(lines) if " of 10 points" in line)
    kept = [*lines[: criteria - 1], "…", *lines[points : None if whole else points + 1]]
    return "".join(f"{line.rstrip()}\n" for line in kept)


if __name__ == "__main__":
    main()

"""Writes what a student needs to look into a mark: their submission, the rubric, the evidence, and how to grade it again.

Nothing of it tells the secret or the hidden images: arguments that were drawn from the secret are left out, and so are images of a secret
holdout. Nothing of it is another student's.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from grader import course
from grader.contracts.data_facts import TableFacts
from grader.contracts.errors import GraderError
from grader.contracts.evidence import Evidence
from grader.contracts.report import Report
from grader.contracts.submission import Submission
from grader.fitting import fitted
from grader.report import to_json

from .explaining import Marked, explained
from .reading import Reader
from .store import content_of

_README = """# {title}: how this mark came about

`explanation.txt` says, criterion by criterion, what was measured, what is asked and how many points that made.
The same stands in `report.json`, for programs; `evidence.json` holds everything that was measured, without points.

## Grade it again

    grader check {file} --exercise {exercise}{profile} --rubrics rubrics

in this folder, with grader {grader}{tools}.
It runs your submission (`{file}`{as_read}) under the rubric of the mark (`rubrics/`).

What is written down must come out the same: layers, shapes, data, tables. What the grader trains is measured on the
public practice images here, and was measured on hidden ones for the mark, so accuracies may differ by a few hundredths.
Hidden images, and the arguments that were drawn together with them, are not in this file: others still have to be
measured on them.{by_hand}

## What is here

- `{file}`: your submission{as_read}
- `explanation.txt`, `report.json`, `evidence.json`: see above
- `rubrics/{exercise}.yaml`: what is measured and what it is worth{rubric_note}
- `exercise/`: the instructions and the starter
"""


def write_bundle(store: Reader, marked: Marked, file: Path) -> None:
    """Write the bundle of one mark as a zip. Raises `GraderError` where that is not possible."""
    report = _without_hidden(marked.mark.report)
    submission = store.submission(marked.row.id)
    stored = store.evidence(marked.row.evidence, marked.row.file)
    if submission is None or stored is None:
        raise GraderError("What was read and measured is no longer in the run.", hint="`grader grade` measures it again.")
    evidence = fitted(stored, submission)
    name, source, original = _source(marked, submission)
    asked = course.load(report.exercise, report.profile)
    rubric = marked.rubric or asked.rubric_path.read_text(encoding="utf-8")
    readme = _README.format(
        title=report.title,
        file=name,
        exercise=report.exercise,
        profile="" if report.profile == "native" else f" --profile {report.profile}",
        grader=marked.mark.grader,
        tools=f", TensorFlow {report.versions.tensorflow}, Keras {report.versions.keras}" if report.versions.tensorflow else "",
        as_read="" if original else ", the statements of it that were run",
        by_hand="" if not marked.decisions else " What a human decided is not repeated.",
        rubric_note="" if marked.rubric else " (as it is today: the run did not keep that of the mark)",
    )
    files = {
        "README.md": readme.encode(),
        name: source,
        "explanation.txt": explained(marked).encode(),
        "report.json": to_json(report).encode(),
        "evidence.json": _shareable(evidence).model_dump_json(indent=1).encode(),
        f"rubrics/{report.exercise}.yaml": rubric.encode(),
        "exercise/README.md": (asked.folder / "README.md").read_bytes(),
        "exercise/submission.py": asked.starter.encode(),
    }
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            archive.writestr(path, data)


def _source(marked: Marked, submission: Submission) -> tuple[str, bytes, bool]:
    """Return name and bytes of the submission: the file as handed in where it is still the same, else the statements that were kept."""
    path = Path(marked.row.path)
    suffix = path.suffix.lower()
    try:
        if suffix in (".py", ".ipynb") and path.is_file() and content_of(path) == marked.row.content:
            return f"submission{suffix}", path.read_bytes(), True
    except OSError:
        pass
    return "submission.py", submission.source.encode(), False


def _shareable(evidence: Evidence) -> Evidence:
    """Return evidence without what was drawn from the secret."""
    calls = {
        id_: call.model_copy(
            update={"facts": call.facts.model_copy(update={"rows": tuple(row for row in call.facts.rows if not row.drawn)})}
        )
        if isinstance(call.facts, TableFacts)
        else call
        for id_, call in evidence.calls.items()
    }
    trainings = {id_: facts.model_copy(update={"mistaken": ()}) for id_, facts in evidence.trainings.items()}
    return evidence.model_copy(update={"calls": calls, "trainings": trainings})


def _without_hidden(report: Report) -> Report:
    return report.model_copy(update={"trainings": tuple(one.model_copy(update={"mistaken": ()}) for one in report.trainings)})

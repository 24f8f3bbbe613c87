"""Equal submissions share what was measured, and each report is the one that grading alone would have given."""

from __future__ import annotations

import ast
import json
import re
import threading
from pathlib import Path
from typing import Any

import pytest

from benchmarks.proof.recorded import KINDS, recorded
from grader import course
from grader.assembling import conclude
from grader.contracts.evidence import Evidence
from grader.contracts.report import Report
from grader.contracts.submission import Submission
from grader.fitting import fitted, holds_elsewhere, nobodys, with_file
from grader.judge import load_rubric
from grader.pipeline import Pipeline
from grader.runs.collect import collect
from grader.runs.grading import grade
from grader.runs.reading import Row
from grader.runs.store import Store
from grader.runs.waiting import Waiting, Work
from grader.sharing import Keys
from grader.submission import meaning, read_submission
from grader.trials.variants import read_variants

from .conftest import ROOT, SECRET, Notes

SHAPES = ROOT / "solutions/output-shapes"
COPIED = ("solution.py", "wrong/m57-convolution-padded.py", "wrong/m15-prints-the-answer.py", "wrong/m22-no-channels.py")
RAISES = """

def pool_model():
    model = tf.keras.Sequential([
        tf.keras.Input((150, 150, 3)),
        tf.keras.layers.Pool(2)])
    return model
"""


def in_other_words(source: str) -> str:
    """Return the same functions in another order, further down, under comments; no statement is another one."""
    lines, tree = source.splitlines(), ast.parse(source)
    pieces: list[list[str]] = []
    row: list[list[str]] = []
    begun = 0
    for node in tree.body:
        assert node.end_lineno is not None
        piece = lines[begun : node.end_lineno]
        begun = node.end_lineno
        if isinstance(node, ast.FunctionDef):
            head = node.lineno - node.end_lineno - 1 + len(piece)
            inside = ["    # and so on"] if piece[head].endswith(":") else []
            row.append(["", f"# this is {node.name}", *piece[: head + 1], *inside, *piece[head + 1 :]])
            continue
        pieces += [*reversed(row), piece]
        row = []
    pieces += [*reversed(row), lines[begun:]]
    first, *rest = [line for piece in pieces for line in piece]
    return "\n".join([first, "# mine", "", *rest, "", "# the end", ""])


def variants(exercise: str) -> list[Any]:
    found = [one for one in read_variants(ROOT / "solutions", exercise) if one.path.suffix == ".py" and one.kind in KINDS]
    return [pytest.param(one, id=one.title, marks=[pytest.mark.exhaustive] if number % 5 else []) for number, one in enumerate(found)]


@pytest.mark.parametrize("variant", [*variants("transfer-learning"), *variants("cats-vs-dogs")])
def test_what_holds_elsewhere_is_told_of_the_other_file(variant: Any, tmp_path: Path) -> None:
    evidence = recorded(variant)
    assert evidence is not None, "run `make evidence`"
    source = variant.path.read_text(encoding="utf-8")
    file = tmp_path / "other-student.py"
    file.write_text(in_other_words(source), encoding="utf-8")
    own, other = (read_submission(path, exercise=variant.exercise) for path in (variant.path, file))
    assert meaning(own.source) == meaning(other.source)
    asked = course.load(variant.exercise)
    rubric = load_rubric(asked)
    if not holds_elsewhere(evidence):
        assert re.search(r'"line":[0-9]|line [0-9]', nobodys(evidence).model_dump_json())
        return
    stored = nobodys(evidence).model_dump_json()
    assert variant.path.name not in stored
    told, expected = (
        conclude(
            each, asked, rubric, fitted(Evidence.model_validate_json(with_file(stored, each.file)), each), data="embedded", official=True
        )
        for each in (other, own)
    )
    assert [(c.id, c.status, c.points, c.message) for c in told.criteria] == [
        (c.id, c.status, c.points, c.message) for c in expected.criteria
    ]
    assert [(c.id, c.sentence) for c in told.causes] == [(c.id, c.sentence) for c in expected.causes]
    assert "" not in (found := _places(told, other, file))
    assert found == _places(expected, own, variant.path)


def _places(report: Report, submission: Submission, file: Path) -> list[str]:
    """Return what stands at each place of a report: the line itself, which is the same in both files."""
    lines = file.read_text(encoding="utf-8").splitlines()
    places = [one.place for one in (*report.criteria, *report.causes)]
    assert all(place.file == submission.file for place in places if place)
    return [lines[place.line - 1] for place in places if place and place.line]


def test_a_shared_report_is_that_of_grading_alone(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file and the same in other words, one of them with an error that names a line; then the others alone."""
    sources = {Path(name).stem: (SHAPES / name).read_text(encoding="utf-8") for name in COPIED}
    sources["raises"] = sources["solution"].replace("def pool_model", "def unused_pool") + RAISES
    for name, source in sources.items():
        (tmp_path / "class" / f"{name}-a.py").parent.mkdir(exist_ok=True)
        (tmp_path / "class" / f"{name}-a.py").write_text(source, encoding="utf-8")
        (tmp_path / "class" / f"{name}-b.py").write_text(in_other_words(source), encoding="utf-8")
    measured: list[str] = []
    measure = Pipeline.measure

    def counted(self: Pipeline, submission: Submission, *rest: Any, **more: Any) -> Any:
        measured.append(submission.file)
        return measure(self, submission, *rest, **more)

    monkeypatch.setattr(Pipeline, "measure", counted)
    handed = collect(tmp_path / "class", tmp_path / "unpacked")
    grade(store, handed, secret=SECRET, progress=Notes(), stop=threading.Event(), jobs=1)
    assert sorted(measured) == sorted([*(f"{name}-a.py" for name in sources), "m22-no-channels-b.py", "raises-b.py"])
    asked = course.load("output-shapes")
    rubric = load_rubric(asked)
    with Pipeline(secret=SECRET, workers=1, wall="bubblewrap") as alone:
        for mark in store.marks():
            if mark.student.endswith("-b"):
                submission = read_submission(tmp_path / "class" / f"{mark.student}.py")
                expected = conclude(submission, asked, rubric, alone.measure(submission, asked, rubric), data="embedded", official=True)
                assert _timeless(mark.report) == _timeless(expected), mark.student
    raised = next(mark.report for mark in store.marks() if mark.student == "raises-b")
    assert raised.causes[0].place is not None
    assert raised.causes[0].place.line == 1 + in_other_words(sources["raises"]).splitlines().index("        tf.keras.layers.Pool(2)])")


def _timeless(report: Report) -> dict[str, Any]:
    written: dict[str, Any] = json.loads(report.model_copy(update={"timings": ()}).model_dump_json())
    return written


def _work(name: str, alike: str, *trainings: str) -> Work:
    row = Row(0, name, name, 0, "", "output-shapes", name, "waiting", "", None, None, "", False)
    submission = Submission(file=name, exercise="output-shapes", source="", digest="")
    return Work(row, submission, Keys(alike, name, frozenset(trainings)))


def test_distinct_ones_come_first_and_no_one_waits_for_another() -> None:
    works = {work.row.student: work for work in (_work("a", "1", "t"), _work("a2", "1", "t"), _work("b", "2", "t"), _work("c", "3", "u"))}
    waiting = Waiting(list(works.values()))

    def take() -> str:
        work = waiting.take(lambda: False)
        assert work is not None
        return work.row.student

    assert [take(), take(), take()] == ["a", "c", "b"]  # b needs the training that is under way for a
    waited: list[str] = []
    thread = threading.Thread(target=lambda: waited.append(take()))
    thread.start()  # a2 equals a, which is under way
    waiting.done(works["c"])
    assert not waited
    waiting.done(works["a"])
    thread.join(10)
    assert waited == ["a2"]
    assert waiting.take(lambda: False) is None


def test_a_run_that_ends_begins_nothing_more() -> None:
    waiting = Waiting([_work("a", "1"), _work("a2", "1")])
    assert waiting.take(lambda: False) is not None
    assert waiting.take(lambda: True) is None
